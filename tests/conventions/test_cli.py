"""Every command says what it does and gives an example that can be typed; every text that names a command is right."""

import re
import shlex

import pytest
import typer

from apps.cli import app
from tests.conventions.repository import accept, files, modules, strings, text

GROUPS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
COMMANDS = {
    f"{name} {below}".strip(): command
    for name, group in GROUPS.items()
    for below, command in getattr(group, "commands", {"": group}).items()
}
# A program may read what these print.
JSON_TOO = {"titles", "build", "check", "lineage", "audit", "status", "sql", "doctor", "show title", "show comment"}
TARGETS = set(re.findall(r"^([a-z]+):.*## ", text("Makefile"), re.MULTILINE))

every_command = pytest.mark.parametrize("name", sorted(COMMANDS))


def example(name: str) -> str:
    found = re.search(r"^\s*Example: (.+)$", COMMANDS[name].help or "", re.MULTILINE)
    assert found, f'moviepulse {name} --help has no line "Example: moviepulse {name} ..."'
    return found[1]


def parsed(line: str) -> dict[str, object]:
    """The parameters that the command line's own parser makes of `moviepulse ...`; raises its usage error."""
    program, *words = shlex.split(line, comments=True)
    assert program == "moviepulse"
    name = words.pop(0)
    if name not in COMMANDS:
        name = f"{name} {words.pop(0)}"
    return COMMANDS[name].make_context(name, words).params


@every_command
def test_a_command_says_in_one_sentence_what_it_does_and_gives_an_example_that_can_be_typed(name):
    first = (COMMANDS[name].help or "").strip().splitlines()[0]
    assert re.fullmatch(r"[A-Z][^\n]+\.", first), f"moviepulse {name} --help begins with {first!r}"
    assert example(name).startswith(f"moviepulse {name}")
    parsed(example(name))


@every_command
def test_every_option_and_argument_says_what_it_is_for(name):
    unsaid = [param.name for param in COMMANDS[name].params if not getattr(param, "help", None)]
    assert unsaid == []


@every_command
def test_a_command_whose_output_a_program_may_read_has_json(name):
    assert ("json" in {param.name for param in COMMANDS[name].params}) == (name in JSON_TOO)


@every_command
def test_a_command_stands_in_the_readme(name):
    assert re.search(rf"moviepulse {name}\b", text("README.md")), f"say in README.md what moviepulse {name} is for"


def test_every_target_of_make_has_its_line_of_help_and_stands_in_a_page():
    written = set(re.findall(r"^([a-z]+):(?!=)", text("Makefile"), re.MULTILINE))
    assert written == TARGETS
    pages = text("README.md") + text("CONTRIBUTING.md")
    unsaid = [each for each in TARGETS - {"help"} if f"make {each}" not in pages]
    accept(*(f"neither README.md nor CONTRIBUTING.md says make {each}" for each in unsaid))


def test_commands_that_messages_and_hints_name_exist():
    strange = []
    for path in (*modules(), *files("prefect.yaml", "docker-compose.yml", "Dockerfile", ".env.example")):
        said = strings(path) if path.endswith(".py") else enumerate(text(path).splitlines(), start=1)
        for line, value in said:
            strange += [f"{path}:{line} names {one}" for one in unknown(value)]
    accept(*strange)


def unknown(value: str) -> list[str]:
    """The `moviepulse x` and `make x` of a text that do not exist; only where the text reads as a command."""
    named = re.findall(r"(?:^|[`:,] |`|then )moviepulse ([a-z][\w-]*)", value)
    made = re.findall(r"(?:^|: |`|then )make ([a-z]+)", value)
    return [f"moviepulse {each}" for each in named if each not in GROUPS] + [
        f"make {each}" for each in made if each not in TARGETS
    ]
