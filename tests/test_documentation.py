"""The documents are true: their links lead somewhere, and what they list is what the code has."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptolib import config

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
)  # fmt: skip
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
BOUNDS = (ROOT / "docs" / "bounds.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
SETTINGS = ROOT / "cryptolib" / "config.py"
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
# The packages that C_Initialize and the calls after it run in.
LAYERS = ("abi", "cards", "cryptoki", "iso7816", "mechanisms", "pcsc", "pkcs15", "token")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(document: Path) -> str:
    """The text without its fenced blocks."""
    return re.sub(r"^ *```.*?^ *```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> set[str]:
    """The names under which GitHub makes the headings reachable."""
    headings = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    lost = []
    for link in re.findall(r"\]\((?!https?:|mailto:)([^) ]+)\)", prose(document)):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=named)
def test_every_page_is_reached_from_the_readme(page: Path) -> None:
    assert page.resolve() in reached(ROOT / "README.md")


def test_both_pages_of_troubleshooting_know_the_same_cases() -> None:
    english, french = ((ROOT / "docs" / name).read_text() for name in ("troubleshooting.md", "depannage.md"))
    assert [links_of(row) for row in rows(english)] == [links_of(row) for row in rows(french)]


def rows(page: str) -> list[str]:
    return re.findall(r"^\|.*\|$", page, re.MULTILINE)


def links_of(row: str) -> list[tuple[str, str]]:
    """The links, commands and values in a row, equal in both languages."""
    return re.findall(r"\]\(([^)]+)\)|`([^`]+)`", row)


def test_every_page_has_its_place_in_the_site() -> None:
    """`make docs`, which says it too, is no part of `make test`."""
    placed = set(re.findall(r"^ +- (?:.*: )?(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE))
    assert {named(page) for page in (ROOT / "docs").rglob("*.md")} <= placed


def reached(start: Path) -> set[Path]:
    """The documents that links lead to, from one to the next."""
    found, waiting = set(), [start.resolve()]
    while waiting:
        document = waiting.pop()
        if document in found or document.suffix != ".md":
            continue
        found.add(document)
        links = re.findall(r"\]\((?!https?:)([^)# ]+)", prose(document))
        waiting += [(document.parent / link).resolve() for link in links]
    return found


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_a_readme_is_short_and_says_first_that_no_real_card_was_there(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    status = next(number for number, line in enumerate(lines) if re.match(r"\*\*(No physical|Aucune) ", line))
    assert status < 25


def environment_variables() -> Iterator[str]:
    """The environment variables in the sources of the module and the command."""
    for path in (ROOT / "cryptolib").rglob("*.py"):
        text = path.read_text()
        yield from re.findall(r'environ(?:ment)?(?:\.get\(|\[)"(\w+)"', text)
        yield from re.findall(r'for name in \(("[A-Z_", ]+")\)', text)
    for path in (ROOT / "native").glob("*.c"):
        yield from re.findall(r'getenv\("(\w+)"\)', path.read_text())
    for node in ast.walk(ast.parse(SETTINGS.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes) and node.value.isupper():
            yield node.value.decode()


def test_every_environment_variable_stands_in_the_page() -> None:
    asked = {name for found in environment_variables() for name in re.findall(r"\w+", found)}
    assert {"CPS3_DEBUG", "CPS3_PKCS11_TRACES", "HOME", "LC_ALL", "XDG_CONFIG_HOME", "PCSCLITE_CSOCK_NAME"} <= asked
    assert {name for name in asked if f"`{name}`" not in CONFIGURATION} == set()


def test_every_key_of_the_file_stands_in_the_page() -> None:
    rows = {
        (block.lower(), key) for block, key in re.findall(r"^\| `(\w+)` \| `(\w+)` \|", CONFIGURATION, re.MULTILINE)
    }
    assert rows == set(keys_of_the_file())


def keys_of_the_file() -> Iterator[tuple[str, str]]:
    """A function of the configuration takes a block, and asks it for its keys."""
    tree = ast.parse(SETTINGS.read_text())
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for block in config.KNOWN_BLOCKS:
        for node in ast.walk(functions[f"_set_{block}"]):
            match node:
                case ast.Call(ast.Attribute(ast.Name("block"), "get"), [ast.Constant(str(key)), *_]):
                    yield block, key
                case ast.Subscript(ast.Name("block"), ast.Constant(str(key))):
                    yield block, key
                case ast.Compare(ast.Constant(str(key)), [ast.In()], [ast.Name("block")]):
                    yield block, key


def test_the_example_of_the_file_is_understood_whole() -> None:
    (example,) = re.findall(r"^```\n(.*?)^```", CONFIGURATION, re.MULTILINE | re.DOTALL)
    assert {(block, key) for block, keys in config.parse(example).items() for key in keys} == set(keys_of_the_file())


def test_the_defaults_and_limits_in_the_page_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| `\w+` \| `(debug|path)` \|.*\| `?([^`|]+?)`? \|$", CONFIGURATION, re.MULTILINE)[:2])
    assert rows == {"debug": str(config.Settings().debug), "path": config.TRACE_FOLDER}
    assert f"0 to {config.MAX_DEBUG}" in CONFIGURATION
    assert f"the first {config.MAX_FILE >> 10} KiB" in CONFIGURATION
    assert f"`{config.FILE}`" in CONFIGURATION and f"`{config.CACHE_NAME}`" in CONFIGURATION


def test_the_limits_of_waiting_are_those_of_the_code() -> None:
    rows = re.findall(r"^\|[^|]*\|([^|]*)\|[^|]*\| `([\w/]+\.py)` (.*) \|$", BOUNDS, re.MULTILINE)
    assert len(rows) > 5
    for limits, path, names in rows:
        written = [float(number) for number in re.findall(r"([\d.]+) s\b", limits)]
        assert written == [constant(ROOT / path, name) for name in re.findall(r"`(\w+)`", names)], (path, names)


def constant(path: Path, name: str) -> float:
    """The number that a module gives a name."""
    (found,) = re.findall(rf"^{name} = ([\d.]+)$", path.read_text(), re.MULTILINE)
    return float(found)


def test_the_files_that_the_architecture_names_are_there() -> None:
    paths = set(re.findall(r"`((?:\w+/)+[\w.\-*/]*|README[.\w]*|CHANGELOG.md)`", ARCHITECTURE))
    assert len(paths) > 60
    assert [path for path in sorted(paths) if not list(ROOT.glob(path.rstrip("/")))] == []


def test_what_the_architecture_finds_in_a_file_is_there() -> None:
    file, name = r"`((?:\w+/)+\w+\.\w+)`", r"`([A-Za-z_]\w+)(?:\.\w+)?`"
    pairs = re.findall(rf"{file} {name}", ARCHITECTURE)
    pairs += [(path, found) for found, path in re.findall(rf"{name} in {file}", ARCHITECTURE)]
    assert len(pairs) > 10
    assert [pair for pair in pairs if not re.search(rf"\b{pair[1]}\b", (ROOT / pair[0]).read_text())] == []


def test_no_layer_imports_what_the_architecture_forbids() -> None:
    table = re.search(r"\| Not \| But \|\n(.*?)\n\n", ARCHITECTURE, re.DOTALL)
    assert table
    cells = [row.split("|")[1] for row in table[1].splitlines()[1:]]
    forbidden = {name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)}
    assert {"os", "threading", "typing", "ssl"} <= forbidden
    sources = [path for layer in LAYERS for path in sorted((ROOT / "cryptolib" / layer).glob("*.py"))]
    sources += [ROOT / "cryptolib" / f"{name}.py" for name in ("config", "files", "secret", "trace", "dependencies")]
    assert [(named(path), name) for path in sources for name in imported(path) if name in forbidden] == []


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs: not those of its annotations."""
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.If(ast.Name("TYPE_CHECKING")):
                continue
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(str(module)):
                yield module
        waiting += ast.iter_child_nodes(node)


@pytest.mark.parametrize("decision", DECISIONS, ids=named)
def test_a_decision_has_the_common_layout_and_stands_in_the_list(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")
    title = re.match(r"# (\d{4}) (.*)\n\nStatus: accepted", text)
    assert title and decision.name.startswith(f"{title[1]}-")
    assert [part for part in ("Context", "Decision") if f"\n## {part}\n" not in text] == []
    assert f"| [{title[1]}]({decision.name}) | {title[2]} |" in (decision.parent / "README.md").read_text()
