"""What holds for the pages, the console's and the blueprints': modules and style sheets that a person can read, that
fit together without a build, and that work without a network. Vendored files are others' work and stay as they are.

The rules read a module as pieces: its code, the texts in it (of strings and of templates), and neither comments nor
regular expressions, so that a name in a sentence counts as no use of it and an address in a comment as no call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from tests.tidy.source import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COLUMNS_MAX, LINES_MAX = 120, 300
PLACES = [PACKAGE / "console" / "static", *sorted(PACKAGE.glob("blueprints/*/web"))]

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
STRING = re.compile(r"'((?:\\.|[^'\\\n])*)'|\"((?:\\.|[^\"\\\n])*)\"")
PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[*])+/[a-z]*")
BEFORE_PATTERN = (*"(,=:[!&|?{};>", "return")  # after these a slash begins a regular expression, else it divides
TEMPLATE = re.compile(r"((?:\\.|[^`\\$]|\$(?!\{))*)(`|\$\{)", re.S)
HOLE = "${}"  # stands in a template's text for what is computed there

FROM = re.compile(r"^(import|export)\s+(?:([\w\s*$]*|\{[^}]*\})\s+from\s+)?'([^']+)'", re.M)
DECLARED = re.compile(r"^export\s+(?:async\s+)?(?:function\*?|class|const|let)\s+([\w$]+)", re.M)
LISTED = re.compile(r"\bexport\s*\{([^}]*)\}")
NAME = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*")
MARKUP = re.compile(r"(?:inner|outer)HTML|insertAdjacentHTML", re.I)
HANDLER = re.compile(r"\bon[a-z]+\s*=\s*(?!\s|\$\{\}(?!\w)|$)[^\s>]+|\bjavascript:", re.I)
ADDRESS = re.compile(r"(?:\b[a-z]+:|(?<![\w:]))//(?!localhost\b)[a-z0-9][\w.-]*", re.I)


@dataclass(frozen=True)
class Page:
    path: Path
    source: str

    @property
    def name(self) -> str:
        return "/".join(self.path.parts[-3:])

    @cached_property
    def pieces(self) -> list[tuple[str, str]]:
        if self.path.suffix == ".js":
            return list(pieces_of(self.source))
        comments = {".css": r"/\*.*?\*/", ".html": r"<!--.*?-->"}[self.path.suffix]
        return [("text", re.sub(comments, "", self.source, flags=re.S))]

    @property
    def code(self) -> str:
        return "".join(piece for kind, piece in self.pieces if kind == "code")

    @property
    def texts(self) -> str:
        return "\n".join(piece for kind, piece in self.pieces if kind == "text")

    def reads(self) -> Iterator[tuple[str, list[str], str]]:
        """Each `import` and `export ... from` of a module: which of the two, the names, the file."""
        for word, names, target in FROM.findall(self.source):
            yield word, listed(names.strip().removeprefix("{").removesuffix("}")), target

    def exports(self) -> set[str]:
        names = [name for found in LISTED.findall(self.source) for name in listed(found)]
        return {*DECLARED.findall(self.source), *(name.split(" as ")[-1] for name in names)}


def pieces_of(source: str) -> Iterator[tuple[str, str]]:
    """A module's code and texts, in order. A template's text has a hole where it computes; what is in it is code."""
    at, before, in_template = 0, ";", False  # `before`: the end of the code so far, without spaces
    braces = [0]  # that are open in the module, then in each hole that is open
    text = ""
    holes: list[str] = []  # the text so far of each template around
    while at < len(source):
        if in_template:
            found = TEMPLATE.match(source, at)
            assert found, f"a template does not end: {source[at : at + 40]}"
            text, at, in_template = text + found[1], found.end(), False
            if found[2] == "`":
                yield "text", text
                text, before = holes.pop(), "`"
            else:
                yield "code", "\n"
                braces.append(0)
                before = "{"
            continue
        mark = source[at]
        if found := COMMENT.match(source, at):
            at = found.end()
        elif found := STRING.match(source, at):
            yield "text", found[1] or found[2] or ""
            at, before = found.end(), "'"
        elif before.endswith(BEFORE_PATTERN) and (found := PATTERN.match(source, at)):
            at, before = found.end(), "/"
        elif mark == "`":
            holes.append(text)
            text, at, in_template = "", at + 1, True
        elif mark == "}" and len(braces) > 1 and not braces[-1]:
            braces.pop()
            yield "code", "\n"
            text, at, in_template = text + HOLE, at + 1, True
        else:
            braces[-1] += {"{": 1, "}": -1}.get(mark, 0)
            yield "code", mark
            at, before = at + 1, (before + mark.strip())[-6:]


def listed(names: str) -> list[str]:
    return [" ".join(name.split()) for name in names.split(",") if name.strip()]


def pages_of(place: Path) -> list[Page]:
    return [Page(path, path.read_text()) for path in sorted(place.iterdir()) if path.suffix in (".js", ".css", ".html")]


def fits(page: Page) -> Iterator[str]:
    lines = page.source.splitlines()
    if len(lines) > LINES_MAX:
        yield f"{len(lines)} lines"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield f"line {number} has {len(line)} columns"


def reads_what_is_there(page: Page) -> Iterator[str]:
    for _, names, target in page.reads():
        path = page.path.parent / target
        if not target.startswith("./") or not path.is_file():
            yield f"{target} is no file beside it"
            continue
        there = Page(path, path.read_text()).exports()
        yield from (f"{target} exports no {name}" for name in names if name.split(" as ")[0] not in there)


def uses_what_it_imports(page: Page) -> Iterator[str]:
    rest = Page(page.path, FROM.sub("", page.source))
    used = set(NAME.findall(rest.code.replace("...", " ")))
    for word, names, _ in page.reads():
        if word == "import":
            yield from (f"{name} is imported and not used" for name in names if name.split(" as ")[-1] not in used)


def writes_no_markup(page: Page) -> Iterator[str]:
    for kind, piece in (("code", page.code), ("text", page.texts)):
        yield from (f"{found} in its {kind}" for found in MARKUP.findall(piece))


def has_no_inline_handler(page: Page) -> Iterator[str]:
    if page.path.suffix != ".css":
        yield from (f"the handler {found}" for found in HANDLER.findall(page.texts))


def stays_at_home(page: Page) -> Iterator[str]:
    """An address that is computed is of the configuration: this cloud's, or AWS's for a blueprint that is there."""
    yield from (f"the address {found}" for found in ADDRESS.findall(page.texts))


RULES = [fits, reads_what_is_there, uses_what_it_imports, writes_no_markup, has_no_inline_handler, stays_at_home]


def unused_exports(pages: list[Page]) -> Iterator[str]:
    read: set[tuple[str, str]] = set()
    for page in pages:
        for _, names, target in page.reads():
            read.update((target.removeprefix("./"), name.split(" as ")[0]) for name in names)
    for page in pages:
        unread = [name for name in sorted(page.exports()) if (page.path.name, name) not in read]
        yield from (f"{page.name}: nobody imports {name}" for name in unread)


def unused_classes(pages: list[Page]) -> Iterator[str]:
    """Classes of the style sheets that no text of a page or module beside them has."""
    sheets = [page for page in pages if page.path.suffix == ".css"]
    words: set[str] = set()
    for page in pages:
        words.update(re.findall(r"[\w-]+", page.texts) if page not in sheets else [])
    for sheet in sheets:
        selectors = re.sub(r"\{[^{}]*\}", " ", sheet.texts)
        unseen = set(re.findall(r"\.([a-zA-Z][\w-]*)", selectors)) - words
        yield from (f"{sheet.name}: nothing is .{word}" for word in sorted(unseen))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_page_keeps_the_rule(rule: Callable[[Page], Iterator[str]]):
    pages = [page for place in PLACES for page in pages_of(place)]
    assert len(pages) > 20
    assert [f"{page.name}: {what}" for page in pages for what in rule(page)] == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.parent.name)
def test_each_export_and_each_class_is_used(place: Path):
    pages = pages_of(place)
    assert [*unused_exports(pages), *unused_classes(pages)] == []


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (fits, "a.js", f"const a = '{'x' * 120}'\n"),
        (fits, "a.css", "\n" * 301),
        (reads_what_is_there, "a.js", "import { b } from './gone.js'\n"),
        (reads_what_is_there, "a.js", "import {\n  b,\n  gone,\n} from './b.js'\n"),
        (reads_what_is_there, "a.js", "export { gone } from './b.js'\n"),
        (reads_what_is_there, "a.js", "import { h } from 'preact'\n"),
        (uses_what_it_imports, "a.js", "import { b } from './b.js'\n// b\nconst c = x.b + 'b' + `b ${x} b`\n"),
        (uses_what_it_imports, "a.js", "import { b as c } from './b.js'\nb()\n"),
        (writes_no_markup, "a.js", "at.innerHTML = text\n"),
        (writes_no_markup, "a.js", "html`<p dangerouslySetInnerHTML=${it} />`\n"),
        (has_no_inline_handler, "a.js", "const a = '<p onclick=\"go()\">'\n"),
        (has_no_inline_handler, "a.js", 'html`<p onclick="go(${id})">`\n'),
        (has_no_inline_handler, "a.html", "<a href='javascript:go()'>\n"),
        (stays_at_home, "a.js", "fetch('https://example.com/x')\n"),
        (stays_at_home, "a.js", "html`<p>${a ? html`<img src=\"//example.com/x\" />` : ''}</p>`\n"),
        (stays_at_home, "a.css", "@import url(https://example.com/font.css);\n"),
        (stays_at_home, "a.html", "<script src=//example.com/x.js></script>\n"),
    ],
)
def test_each_rule_can_fail(tmp_path: Path, rule, name: str, source: str):
    (tmp_path / "b.js").write_text("export const b = 1\n")
    assert list(rule(Page(tmp_path / name, source)))


@pytest.mark.parametrize(
    "source",
    [
        "// See https://example.com/x\nconst a = 1\n",
        "import { b } from './b.js'\nconst c = { ...b }\n",
        "import { b } from './b.js'\nhtml`<p onClick=${() => { go(`x/${b}`) }}>a<//>`\n",
        "import { b as c } from './b.js'\nconst quotes = /[\"'`]/g, half = a / 2 + c / 2\n",
        "const close = text => { return /`/.test(text) }\nconst a = `http://${id}.localhost:${port}/`, b = 'http://localhost/x'\n",
    ],
)
def test_what_is_well_passes(tmp_path: Path, source: str):
    (tmp_path / "b.js").write_text("export const b = 1\n")
    assert [found for rule in RULES for found in rule(Page(tmp_path / "a.js", source))] == []


def test_what_nobody_uses_is_found(tmp_path: Path):
    pages = [
        Page(tmp_path / "a.js", "import { b } from './b.js'\nhtml`<p class=${b}>`"),
        Page(tmp_path / "b.js", "export const b = 'there'\nexport function gone() {}\n"),
        Page(tmp_path / "a.css", ".there { color: red; } @media print { .there .absent { margin: .5rem; } }"),
    ]
    assert [found.partition(": ")[2] for found in unused_exports(pages)] == ["nobody imports gone"]
    assert [found.partition(": ")[2] for found in unused_classes(pages)] == ["nothing is .absent"]
