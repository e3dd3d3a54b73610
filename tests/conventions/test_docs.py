"""The pages say what is: generated ones are current, links lead somewhere, and what they name exists."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from apps import catalogue
from lakehouse import contracts
from tests.conventions.repository import ROOT, accept, files, text, tree
from tests.conventions.test_cli import COMMANDS, TARGETS, parsed

PAGES = files(".md")
MINE = tuple(path for path in PAGES if not path.startswith("tests/data/"))
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
FILE = re.compile(r"(?<![\w./<>-])[\w.-]+(?:/[\w.-]+)*\.(?:py|ya?ml|md|toml|xml|sha256|lock)\b(?!\w)")
PLACES = re.compile(r"/(?:home|root|Users|work|mnt|srv)/\w[\w./-]*|\b[A-Z]:\\\\\w+")
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|maven\.org|maven\.apache\.org/maven2|maven-central|registry\.npmjs|registry\.docker|docker\.io"
    r"|ghcr\.io|quay\.io|gcr\.io|jfrog|artifactory|nexus|index-url[ =]+http|trusted-host",
    re.IGNORECASE,
)
CLASSIFYING = ("streaming/classify.py", "lakehouse/lines.py", "lakehouse/classify.py")
every_page = pytest.mark.parametrize("page", MINE)


def code(page: str) -> list[str]:
    """Lines of fenced blocks and texts between backticks."""
    return [line for block, inline in CODE.findall(text(page)) for line in (block or inline).splitlines()]


def test_docs_tables_is_what_the_contracts_say_now():
    assert text("docs/tables.md") == catalogue.markdown(), "run: moviepulse tables --markdown > docs/tables.md"


@every_page
def test_links_lead_to_files_and_headings_that_exist(page):
    for target, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]+)?\)", text(page)):
        there = (ROOT / page).parent / target if target else ROOT / page
        assert there.exists(), f"{page} links to {target}"
        if anchor and there.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor[1:] in slugs, f"{page} links to {target}{anchor}"


@every_page
def test_commands_on_a_page_can_be_typed(page):
    for line in code(page):
        command = re.sub(r"^\.venv/bin/", "", line.strip())
        if re.fullmatch(r"moviepulse [a-z][a-z-]*", command):
            assert command.split()[1] in COMMANDS, f"{page}: {line}"
        elif re.match(r"moviepulse [a-z]", command):
            parsed(re.sub(r"\s+[>&|].*$", "", command))
        for target in re.findall(r"(?:^|&& )make ([a-z]+)", command):
            assert target in TARGETS, f"{page}: {line}"


@every_page
def test_files_and_settings_that_a_page_names_exist(page):
    base = yaml.safe_load(text("conf/base.yaml"))
    for line in code(page):
        for named in FILE.findall(line):
            assert any(f"/{path}".endswith(f"/{named}") for path in files()), f"{page} names {named}"
        for section, key in re.findall(r"MOVIEPULSE_([A-Z]+)__([A-Z_]+)", line):
            assert key.lower() in base[section.lower()], f"{page} names MOVIEPULSE_{section}__{key}"


@every_page
def test_tables_that_a_page_names_exist(page):
    known = {table.name for table in contracts.TABLES}
    named = re.findall(r"\b((?:bronze|silver|gold|quality)\.[a-z][a-z0-9_]+)\b(?!\()", "\n".join(code(page)))
    assert {name for name in named if not name.endswith(".py")} - known == set() or page == "CONTRIBUTING.md"


def test_every_reason_for_a_reject_is_explained_and_no_other():
    said: set[str] = set()
    for path in CLASSIFYING:
        listed = re.search(r"^Reasons: (.+?)\.$", ast.get_docstring(tree(path)) or "", re.MULTILINE | re.DOTALL)
        assert listed, f"{path} lists its reasons in its docstring"
        here = set(re.split(r",\s+", listed[1]))
        given = {
            node.value
            for function in ast.walk(tree(path))
            for node in ast.walk(function)
            if isinstance(function, ast.Tuple | ast.Dict)
            and isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[a-z]+(_[a-z]+)*", node.value)
        }
        assert here - given == set(), f"listed in {path}, but no rule gives it"
        said |= here
    explained = set(re.findall(r"^\| `(\w+)` \|", text("docs/rejects.md"), re.MULTILINE))
    assert explained == said


@pytest.mark.parametrize("page", [path for path in PAGES if path.startswith("docs/decisions/")])
def test_a_decision_says_why_what_and_how_it_is_known(page):
    headings = re.findall(r"^## (.+)$", text(page), re.MULTILINE)
    assert headings == ["Context", "Decision", "Evidence"]


def test_no_file_names_a_place_on_one_machine_or_a_registry():
    strange = []
    for path in files():
        if path in OF_THE_RULE or Path(path).suffix in {".gz", ".png", ".jar"}:
            continue
        for number, line in enumerate(text(path).splitlines(), start=1):
            strange += [f"{path}:{number} names {found}" for found in PLACES.findall(line)]
            strange += [f"{path}:{number} names {found}" for found in REGISTRIES.findall(line)]
    accept(*strange)


OF_THE_RULE = {"tests/conventions/test_docs.py"}


def test_the_notices_that_others_ask_for_are_there():
    assert "This product uses the TMDB API but is not endorsed or certified by TMDB." in text("README.md")
    assert "Apache License" in text("LICENSE")
    assert 'license = "Apache-2.0"' in text("pyproject.toml")
