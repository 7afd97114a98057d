"""What the documentation names exists, and what exists to be used is documented."""

import ast
import importlib.util
import itertools
import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from knowledge_base.documents import read_document
from knowledge_base.passages import cut
from peipao.asgi import ALIVE

BASE = Path(__file__).resolve().parents[3]
READMES = [BASE / "README.md", BASE / "README.zh-CN.md"]
PAGES = [*READMES, BASE / "CONTRIBUTING.md", *sorted((BASE / "docs").rglob("*.md"))]
OPERATIONS = BASE / "docs" / "operations.md"
ARCHITECTURE = BASE / "docs" / "architecture.md"
ROOMS = ["peipao", "channels", "actions", "desk", "knowledge_base", "bot"]
TOP = {*ROOMS, "tests", "docs", "requirements", ".ci"}
FILE = re.compile(r"\.(py|md|yml|toml|lock|in|sh|css|js|html|tsv|txt|jsonl|example|cfg)$")
# What our own processes and libraries hand each other; nobody who runs the product sets these.
INTERNAL = {"RASA_PORT", "ACTIONS_PORT", "WORKER_PORT"}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def read(path):
    return path.read_text(encoding="utf-8")


def fences(page, *languages):
    """The code blocks of `page`; of these languages when any is named."""
    return [text for kind, text in FENCE.findall(read(page)) if not languages or kind in languages]


def spans(page):
    """What stands between backticks in the prose of `page`."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", read(page)))


def code(page):
    """All code of `page`: spans and blocks."""
    return "\n".join([*spans(page), *fences(page)])


def named(pattern, pages):
    """(page, name) of every match of `pattern` in the code of `pages`."""
    return [(page.name, name) for page in pages for name in re.findall(pattern, code(page))]


MAKE = r"(?m)^\s*(?:[A-Z_]+=\S+ )*make ([a-z][a-z-]*)"


# --- Settings ---


def example():
    """The variables of .env.example with their defaults."""
    lines = read(BASE / ".env.example").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def reads_of(tree):
    """Names of environment variables that a module reads (not those it only sets)."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if (
                ast.unparse(func).split(".")[-1] in ("setting", "listed", "getenv")
                or ast.unparse(func) == "os.environ.get"
            ):
                yield name
            case ast.Subscript(value=held, slice=ast.Constant(value=str(name)), ctx=ast.Load()) if (
                ast.unparse(held) == "os.environ"
            ):
                yield name
            case ast.Compare(left=ast.Constant(value=str(name)), comparators=[held]) if (
                ast.unparse(held) == "os.environ"
            ):
                yield name


def read_in_code():
    files = [BASE / "manage.py", *itertools.chain(*((BASE / r).rglob("*.py") for r in ROOMS))]
    return {name for file in files for name in reads_of(ast.parse(read(file)))}


def read_in_scripts():
    """Shell variables of the Makefile and of the scripts its targets start."""
    scripts = [BASE / "Makefile", *(BASE / "tests").rglob("*.sh")]
    texts = [read(script) for script in scripts if script.is_file()]
    return {name for text in texts for name in re.findall(r"\$+\{?([A-Z][A-Z_]+)", text)}


def test_every_setting_of_the_example_is_read_somewhere():
    assert set(example()) - read_in_code() - read_in_scripts() == set()


def test_every_variable_the_code_reads_stands_in_the_example():
    assert read_in_code() - set(example()) - INTERNAL == set()


def test_no_internal_name_is_listed_that_nothing_reads():
    assert INTERNAL - read_in_code() == set()


def test_the_settings_table_is_the_example_with_its_defaults():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\S+) \| .+ \|$", read(OPERATIONS), re.MULTILINE)
    told = {name: "" if default == "empty" else default.strip("`") for name, default in rows}
    assert told == example()


def test_every_internal_name_is_explained_to_operators():
    assert set(spans(OPERATIONS)) >= INTERNAL


# --- Commands ---


def targets():
    """make's targets, each with whether `make help` shows it."""
    rows = re.findall(r"^([a-z][a-z-]*):(?!=)(.*)$", read(BASE / "Makefile"), re.MULTILINE)
    return {name: "##" in rest for name, rest in rows}


def test_every_make_target_the_docs_name_exists():
    wanted = named(MAKE, PAGES)
    assert wanted
    assert [pair for pair in wanted if pair[1] not in targets()] == []


def test_every_documented_make_target_stands_in_the_operations():
    shown = {name for name, is_shown in targets().items() if is_shown}
    assert len(shown) > 5
    assert shown - {name for _, name in named(MAKE, [OPERATIONS])} == set()


def test_every_management_command_the_docs_name_exists():
    wanted = named(r"manage\.py ([a-z_]+)", PAGES)
    assert wanted
    assert [pair for pair in wanted if pair[1] not in get_commands()] == []


def test_every_management_command_of_ours_stands_in_the_operations():
    ours = {name for name, app in get_commands().items() if app.split(".")[0] in ROOMS}
    assert ours
    assert ours - {name for _, name in named(r"manage\.py ([a-z_]+)", [OPERATIONS])} == set()


def test_every_module_the_docs_start_exists():
    wanted = named(r"python -m ([a-z_.]+)", PAGES)
    for page, module in wanted:
        assert importlib.util.find_spec(module), f"{page}: python -m {module}"
        folder = BASE / Path(*module.split("."))
        assert (folder / "__main__.py").is_file() or folder.with_suffix(".py").is_file(), module


@pytest.mark.parametrize("room", ["bot", "knowledge_base"])
def test_a_room_has_the_commands_the_docs_name_and_the_operations_name_them_all(room):
    made = r"""(?:add_parser|command)\(\s*"([a-z]+)\""""
    have = set(re.findall(made, read(BASE / room / "__main__.py")))
    assert have
    assert {name for _, name in named(rf"python -m {room} ([a-z]+)", PAGES)} <= have
    assert have <= {name for _, name in named(rf"python -m {room} ([a-z]+)", [OPERATIONS])}


# Served, but not by Django: static files, and what other processes answer.
NOT_OURS = {"/static/", "/ready", "/webhooks/peipao/turn"}


def test_every_address_the_docs_name_is_served():
    address = re.compile(r"(?:(?:GET|POST) )?(/[a-z][a-z/]*)")
    found = [(page.name, address.fullmatch(span)) for page in PAGES for span in spans(page)]
    wanted = {(name, match[1]) for name, match in found if match and match[1] not in NOT_OURS}
    assert {path for _, path in wanted} >= {"/healthz", "/readyz", "/metrics"}
    assert [pair for pair in wanted if not is_served(pair[1])] == []


def is_served(address):
    if address == ALIVE:
        return True
    try:
        return resolve(address).url_name != "missing"
    except Resolver404:
        return False


# --- Links, paths, words ---


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE)))
def test_every_relative_link_leads_somewhere(page):
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", read(page))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def anchors(page):
    """The addresses of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", read(page)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def is_path(span):
    """Whether `span` is written as a path of this repository."""
    if not re.fullmatch(r"[\w.<>*/-]+", span):
        return False
    first, slash, _ = span.partition("/")
    return first in TOP if slash else bool(FILE.search(span)) and not span.startswith("*")


def exists(path):
    if "/" in path:
        return any(BASE.glob(re.sub(r"<\w+>", "*", path).rstrip("/")))
    found = (BASE / path).exists()
    return found or any(any((BASE / top).rglob(path)) for top in TOP)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE)))
def test_every_path_named_in_the_docs_exists(page):
    assert [span for span in spans(page) if is_path(span) and not exists(span)] == []


def test_the_docs_do_name_paths():
    assert sum(is_path(span) for page in PAGES for span in spans(page)) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE)))
def test_no_page_holds_a_path_of_somebodys_machine(page):
    assert re.findall(r"(?<![\w.:/])/(?:work|root|home|Users)/\S+", read(page)) == []


def test_both_readmes_have_the_same_shape_and_commands():
    english, chinese = READMES
    assert shape(english) == shape(chinese)


def shape(page):
    """Headings by depth, commands, links, and rows of tables."""
    text = FENCE.sub("", read(page))
    blocks = [re.sub(r"\s*#.*", "", line) for text in fences(page) for line in text.splitlines()]
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    return {
        "headings": re.findall(r"^(#+) ", text, re.MULTILINE),
        "commands": blocks,
        "spans": sorted(spans(page)),
        "links": sorted(link for link in links if not link.startswith("README")),
        "rows": len(re.findall(r"^\|", text, re.MULTILINE)),
        "points": len(re.findall(r"^(?:- |\d\. )", text, re.MULTILINE)),
    }


def test_the_readme_stays_short():
    assert [page.name for page in READMES if len(read(page).splitlines()) > 150] == []


# --- What the code says of itself ---


def test_the_metrics_table_is_what_the_code_exposes():
    source = read(BASE / "peipao" / "metrics.py")
    made = re.findall(r'(Counter|Gauge)MetricFamily\(\s*"(\w+)"', source)
    exposed = {name + ("_total" if kind == "Counter" else "") for kind, name in made}
    assert exposed
    assert set(re.findall(r"^\| `(peipao_\w+)`", read(OPERATIONS), re.MULTILINE)) == exposed
    assert {name for _, name in named(r"\bpeipao_\w+", PAGES)} == exposed


def cells(heading):
    """The code spans in the first column of every table of the operations that is headed so."""
    table = False
    for line in read(OPERATIONS).splitlines():
        table = line.startswith(f"| {heading} |") or (table and line.startswith("|"))
        if table:
            yield from re.findall(r"`([^`]+)`", line.split("|")[1])


def source_of(*rooms):
    files = itertools.chain(*((BASE / room).rglob("*.py") for room in rooms))
    return "\n".join(read(file) for file in [BASE / "Makefile", *files])


def test_every_message_of_the_troubleshooting_is_said_by_the_code():
    said = source_of(*ROOMS)
    parts = {part for span in cells("message") for part in re.split(r"…|\d+", span)}
    assert len(parts) > 15
    assert sorted(part for part in parts if len(part) > 3 and part not in said) == []


def test_every_code_of_the_knowledge_base_is_explained():
    # How a code is written: a class's own, a refused file's, a field's choice, the command line's.
    said = source_of("knowledge_base")
    codes = set(re.findall(r'^    code = "(\w+)"', said, re.MULTILINE)) - {"knowledge_error"}
    codes |= set(re.findall(r'DocumentError\(\s*"(\w+)"', said))
    codes |= {f"unknown_{key}" for key in re.findall(r'_choice\(\w+, \w+, fields, "(\w+)"', said)}
    codes |= set(re.findall(r'f"(\w+_error): \{', said))
    assert set(cells("code")) == codes


def test_the_example_of_a_policy_is_one_the_knowledge_base_takes(tmp_path):
    examples = fences(OPERATIONS, "markdown")
    assert len(examples) == 1
    file = tmp_path / "example.md"
    file.write_text(examples[0], encoding="utf-8")
    document = read_document(file)
    assert document.expires > document.effective
    assert [passage.article for passage in cut(document)] == ["第三条"]


def test_the_layers_of_the_architecture_are_those_that_are_checked():
    project = tomllib.loads(read(BASE / "pyproject.toml"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = ["\n".join(item["layers"]) + "\n" for item in contracts if item["type"] == "layers"]
    assert len(layers) == 2
    drawn = fences(ARCHITECTURE, "text")
    assert [drawing for drawing in layers if drawing not in drawn] == []


def test_every_decision_has_its_three_parts_and_its_number_once():
    records = sorted((BASE / "docs" / "decisions").glob("*.md"))
    numbers = [record.name[:4] for record in records]
    # Ranges are given out to those who work side by side, so there may be gaps.
    assert len(set(numbers)) == len(numbers) > 8
    assert all(number.isdecimal() for number in numbers)
    for record in records:
        assert re.findall(r"^## (.+)$", read(record), re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
        ], record.name
