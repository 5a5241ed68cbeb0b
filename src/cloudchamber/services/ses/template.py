"""Templates in the Handlebars language, as far as SES's pages show it (pure).

Variables with nested paths, `#if`, `#unless`, `#each`, `#with`, `else` (and `else if`), `@index`, `@key`, `@first`,
`@last`, `@root`, `../`, comments, inline partials. Nothing is escaped, which is how SES renders. A variable that the
data lacks is an error; a condition that the data lacks is false.
https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-advanced.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG = re.compile(r"\{\{(~?)(!--.*?--|\{[^{}]*\}|[^{}]*?)(~?)\}\}", re.DOTALL)
# A line with nothing but a block's tag leaves no line behind.
_ALONE = re.compile(
    r"^[ \t]*(\{\{~?(?:[#/][^{}]*|else\b[^{}]*|!--.*?--|![^{}]*)~?\}\})[ \t]*(?:\r?\n|\Z)", re.MULTILINE
)
_PATH = re.compile(r"(?:\.\./)*(?:@?[A-Za-z0-9_$\-]+|\[[^\]]+\]|this|\.)(?:[./](?:[A-Za-z0-9_$\-]+|\[[^\]]+\]))*\Z")
_PARTS = re.compile(r"\[([^\]]+)\]|([^./\[\]]+)")
_HELPERS = frozenset({"if", "unless", "each", "with"})
_DEPTH_MAX = 50
_MISSING = object()


class BadTemplate(ValueError):
    """A template that cannot be read."""


class MissingAttribute(ValueError):
    """`name` is a variable that the data lacks."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Attribute '{name}' is not present in the rendering data.")
        self.name = name


@dataclass(slots=True)
class _Variable:
    path: str


@dataclass(slots=True)
class _Block:
    helper: str
    path: str
    body: list[Any] = field(default_factory=list)
    otherwise: list[Any] = field(default_factory=list)
    is_chained: bool = False  # begun by `else if`: ends with the block it is in


@dataclass(slots=True)
class _Partial:
    name: str


@dataclass(slots=True)
class Compiled:
    nodes: list[Any]
    partials: dict[str, list[Any]]


@lru_cache(maxsize=512)
def compiled(text: str) -> Compiled:
    """BadTemplate."""
    return _Reader(_ALONE.sub(r"\1", text)).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._partials: dict[str, list[Any]] = {}
        self._open: list[tuple[str, _Block | None, list[Any]]] = [("", None, [])]  # what ends it, block, nodes
        self._trims = False

    def read(self) -> Compiled:
        at = 0
        for tag in _TAG.finditer(self._text):
            self._literal(self._text[at : tag.start()], tag[1] == "~")
            self._tag(tag[2].strip("{}").strip() if not tag[2].startswith("!") else "!")
            self._trims, at = tag[3] == "~", tag.end()
        self._literal(self._text[at:], False)
        if len(self._open) > 1:
            raise BadTemplate(f"Block '{self._open[-1][0]}' is not closed.")
        return Compiled(self._open[0][2], self._partials)

    @property
    def _nodes(self) -> list[Any]:
        return self._open[-1][2]

    def _literal(self, text: str, trims_end: bool) -> None:
        if "{{" in text:
            raise BadTemplate("A tag is not closed.")
        text = text.lstrip() if self._trims else text
        text = text.rstrip() if trims_end else text
        if text:
            self._nodes.append(text)

    def _tag(self, tag: str) -> None:
        if tag == "!" or not tag:
            if not tag:
                raise BadTemplate("A tag is empty.")
        elif tag.startswith("#"):
            self._begin(tag[1:].split())
        elif tag.startswith("/"):
            self._end(tag[1:].strip())
        elif tag == "else" or tag.startswith("else "):
            self._else(tag.split()[1:])
        elif tag.startswith(">"):
            self._nodes.append(_Partial(tag[1:].strip().strip("\"'")))
        else:
            self._nodes.append(_Variable(_path(tag.removeprefix("&").strip())))

    def _begin(self, words: list[str]) -> None:
        if len(words) == 3 and words[:2] == ["*", "inline"]:
            words = ["*inline", words[2]]
        if len(words) == 2 and words[0] == "*inline":
            nodes = self._partials[words[1].strip("\"'")] = []
            self._open.append(("inline", None, nodes))
            return
        if len(words) != 2 or words[0] not in _HELPERS:
            raise BadTemplate(f"Block '{' '.join(words)}' is not supported.")
        block = _Block(words[0], _path(words[1]))
        self._nodes.append(block)
        self._open.append((words[0], block, block.body))

    def _else(self, words: list[str]) -> None:
        name, block, _ = self._open.pop()
        if block is None:
            raise BadTemplate("else is in no block.")
        self._open.append((name, block, block.otherwise))
        if words:
            self._begin(words)
            inner = self._open[-1][1]
            assert inner is not None
            inner.is_chained = True

    def _end(self, name: str) -> None:
        while len(self._open) > 1:
            _, block, _ = self._open[-1]
            if block is None or not block.is_chained:
                break
            self._open.pop()
        if len(self._open) == 1 or self._open[-1][0] != name:
            raise BadTemplate(f"'{name}' is closed and was not opened.")
        self._open.pop()


def _path(text: str) -> str:
    if not _PATH.match(text):
        raise BadTemplate(f"'{text}' is no variable.")
    return text


@dataclass(slots=True)
class _Scope:
    value: Any
    outer: _Scope | None
    root: Any
    data: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0

    def inside(self, value: Any, **data: Any) -> _Scope:
        return _Scope(value, self, self.root, {f"@{name}": item for name, item in data.items()}, self.depth + 1)

    def find(self, path: str) -> Any:
        scope: _Scope = self
        while path.startswith("../"):
            scope, path = scope.outer or scope, path[3:]
        if path in ("this", "."):
            return scope.value
        parts = [a or b for a, b in _PARTS.findall(path)]
        value: Any = scope.value
        if parts[0] == "this":
            parts = parts[1:]
        elif parts[0] == "@root":
            value, parts = self.root, parts[1:]
        elif parts[0].startswith("@"):
            return scope.loop(parts[0])
        for part in parts:
            value = _step(value, part)
            if value is _MISSING:
                return _MISSING
        return value

    def loop(self, name: str) -> Any:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.data:
                return scope.data[name]
            scope = scope.outer
        return _MISSING


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part, _MISSING)
    if isinstance(value, list):
        if part == "length":
            return len(value)
        if part.isdigit() and int(part) < len(value):
            return value[int(part)]
    return _MISSING


def render(text: str, data: Mapping[str, Any]) -> str:
    """A part of a template with its variables filled in. BadTemplate, MissingAttribute."""
    if "{{" not in text:
        return text
    template = compiled(text)
    out: list[str] = []
    _write(template.nodes, _Scope(data, None, data), template, out)
    return "".join(out)


def _write(nodes: list[Any], scope: _Scope, template: Compiled, out: list[str]) -> None:
    if scope.depth > _DEPTH_MAX:
        raise BadTemplate("Blocks or partials are nested too deeply.")
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif isinstance(node, _Variable):
            value = scope.find(node.path)
            if value is _MISSING or value is None:
                raise MissingAttribute(node.path)
            out.append(_shown(value))
        elif isinstance(node, _Partial):
            if node.name not in template.partials:
                raise BadTemplate(f"The partial {node.name} could not be found.")
            _write(template.partials[node.name], scope.inside(scope.value), template, out)
        else:
            _block(node, scope, template, out)


def _block(node: _Block, scope: _Scope, template: Compiled, out: list[str]) -> None:
    value = scope.find(node.path)
    holds = value is not _MISSING and bool(value)
    if node.helper in ("if", "unless"):
        # In Handlebars these open no scope of their own.
        _write(node.body if holds == (node.helper == "if") else node.otherwise, scope, template, out)
    elif not holds:
        _write(node.otherwise, scope, template, out)
    elif node.helper == "with":
        _write(node.body, scope.inside(value), template, out)
    else:
        items = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(
            value, list) else []  # fmt: skip
        for at, (key, item) in enumerate(items):
            inner = scope.inside(item, index=at, key=key, first=at == 0, last=at == len(items) - 1)
            _write(node.body, inner, template, out)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_shown, value))
    return "[object Object]" if isinstance(value, dict) else str(value)
