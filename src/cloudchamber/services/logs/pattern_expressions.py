"""Filter patterns with conditions: `{ $.status = 4* && $.ms > 100 }` on JSON events and
`[ip, ..., status = 4*, bytes > 1000]` on space-delimited ones.

Both have the same conditions, joined by `&&`, `||` and parentheses; they differ in how a name finds its value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.logs.patterns import REGEXES_MAX, Pattern, compile_regex, invalid, unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Values = Callable[[Any, str], list[Any]]  # an event and a name -> the values behind the name
    Condition = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<op>&&|\|\||!=|=!|<=|>=|[=<>()])|(?P<quoted>"(?:\\.|[^"\\])*")|(?P<regex>%[^%]+%)
    |(?P<selector>\$(?:\.[\w*\-]+|\[(?:\d+|\*|"[^"]*"|'[^']*')\])*)|(?P<word>[^\s()&|<>=!"]+))""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_STEP = re.compile(r"""\.([\w*\-]+)|\[(\d+|\*)\]|\["([^"]*)"\]|\['([^']*)'\]""")
_EVENT_FIELD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')
_NOTHING: list[Any] = []


class Expression:
    """Reads conditions; what a name means is the caller's."""

    def __init__(self, text: str, values: Values) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._values = values
        self.names: list[str] = []
        self.regexes = 0

    def read(self) -> Condition:
        """The whole text as a condition. InvalidParameter."""
        found = self._any()
        if self._at < len(self._tokens):
            raise invalid()
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if not token[0]:
            raise invalid()
        self._at += 1
        return token

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._peek() == ("op", "||"):
            self._at += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda event: any(part(event) for part in parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._peek() == ("op", "&&"):
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda event: all(part(event) for part in parts)

    def _one(self) -> Condition:
        kind, text = self._next()
        if (kind, text) == ("op", "("):
            inner = self._any()
            if self._next() != ("op", ")"):
                raise invalid()
            return inner
        if kind not in ("selector", "word"):
            raise invalid()
        self.names.append(text)
        values = self._values
        kind, op = self._next()
        if kind == "word":
            return self._state(text, op.upper())
        if kind != "op" or op in ("&&", "||", "(", ")"):
            raise invalid()
        test = self._comparison("!=" if op == "=!" else op)
        return lambda event: any(test(value) for value in values(event, text))

    def _state(self, name: str, word: str) -> Condition:
        """`IS NULL`, `IS TRUE`, `IS FALSE`, `EXISTS`, `NOT EXISTS`."""
        values = self._values
        if word == "EXISTS":
            return lambda event: bool(values(event, name))
        other = self._next()[1].upper()
        if (word, other) == ("NOT", "EXISTS"):
            return lambda event: not values(event, name)
        wanted = {"NULL": None, "TRUE": True, "FALSE": False}
        if word != "IS" or other not in wanted:
            raise invalid()
        return lambda event: any(value is wanted[other] for value in values(event, name))

    def _comparison(self, op: str) -> Callable[[Any], bool]:
        kind, text = self._next()
        if kind in ("op", "selector"):
            raise invalid()
        if op in ("=", "!="):
            return self._equality(kind, text, op == "=")
        if kind != "word" or not _NUMBER.fullmatch(text):
            raise invalid()
        bound = float(text)
        compare: dict[str, Callable[[float], bool]] = {
            "<": lambda n: n < bound, "<=": lambda n: n <= bound, ">": lambda n: n > bound, ">=": lambda n: n >= bound,
        }  # fmt: skip
        return lambda value: (number := as_number(value)) is not None and compare[op](number)

    def _equality(self, kind: str, text: str, wanted: bool) -> Callable[[Any], bool]:
        """Equal, or not, to a number, to a text with `*` in it, or to a regular expression. Only values take part:
        objects, lists and nulls match neither."""
        if kind == "regex":
            self.regexes += 1
            search = compile_regex(text[1:-1])
            return lambda value: (shown := as_text(value)) is not None and search(shown) is wanted
        plain = unquote(text[1:-1]) if kind == "quoted" else text
        if kind == "word" and _NUMBER.fullmatch(text):
            number = float(text)
            return lambda value: (
                (shown := as_text(value)) is not None and ((shown == text or as_number(value) == number) is wanted)
            )
        fits = _wildcard(plain)
        return lambda value: (shown := as_text(value)) is not None and fits(shown) is wanted


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise invalid()
        at = found.end()
        yield found.lastgroup, found[found.lastgroup]


def _wildcard(text: str) -> Callable[[str], bool]:
    if "*" not in text:
        return lambda shown: shown == text
    pattern = re.compile(".*".join(map(re.escape, re.split(r"\*+", text))), re.DOTALL)
    return lambda shown: pattern.fullmatch(shown) is not None


def as_text(value: Any) -> str | None:
    """A value as a text; None for what is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, int | float) else None


def as_number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


class Json(Pattern):
    """`{ … }`. Events that are no JSON object or list never match."""

    has_fields = True

    def __init__(self, text: str) -> None:
        self._expression = Expression(text, select)
        self._holds = self._expression.read()
        if self._expression.regexes > REGEXES_MAX or not all(n.startswith("$") for n in self._expression.names):
            raise invalid()

    def matches(self, message: str) -> bool:
        event = _parsed(message)
        return event is not None and self._holds(event)

    def extract(self, message: str) -> Mapping[str, str]:
        event, found = _parsed(message), {}
        for name in self._expression.names:
            texts = [text for value in select(event, name) if (text := as_text(value)) is not None]
            if texts:
                found[name] = texts[0]
        return found

    def value(self, message: str, selector: str) -> Any:
        return next(iter(select(_parsed(message), selector)), None)


def _parsed(message: str) -> Any:
    """The JSON object or list in a message; None for another text."""
    start = message.lstrip()
    if not start.startswith(("{", "[")):
        return None
    try:
        return orjson.loads(start)
    except orjson.JSONDecodeError:
        return None


def select(event: Any, selector: str) -> list[Any]:
    """The values a selector finds: several where it has a wildcard, none where there is nothing."""
    found = [event]
    for key, index, quoted, quoted_too in _STEP.findall(selector):
        below: list[Any] = []
        for value in found:
            if key == "*" and isinstance(value, dict):
                below += value.values()
            elif index == "*" and isinstance(value, list):
                below += value
            elif index and index != "*":
                if isinstance(value, list) and int(index) < len(value):
                    below.append(value[int(index)])
            elif isinstance(value, dict) and (name := key or quoted or quoted_too) in value:
                below.append(value[name])
        found = below
    return found


class Fields(Pattern):
    """`[ … ]`: names for the fields of an event, `...` for any number of them, conditions on some."""

    has_fields = True

    def __init__(self, text: str) -> None:
        self._head: list[str] = []
        self._tail: list[str] | None = None  # the fields behind `...`
        self._conditions: list[Condition] = []
        regexes = 0
        for part in _split(text):
            if part in ("...", "…"):
                if self._tail is not None:
                    raise invalid()
                self._tail = []
                continue
            name = ""
            if part:
                name = part if re.fullmatch(r"\w+", part) else ""
                if not name:
                    expression = Expression(part, _field)
                    self._conditions.append(expression.read())
                    name, regexes = expression.names[0], regexes + expression.regexes
            (self._head if self._tail is None else self._tail).append(name)
        names = {name for name in (*self._head, *(self._tail or ())) if name}
        if regexes > REGEXES_MAX or len(names) < sum(map(bool, (*self._head, *(self._tail or ())))):
            raise invalid()

    def _named(self, message: str) -> dict[str, str] | None:
        """Name (or place, from 1) -> field; None where the number of fields does not fit."""
        fields = ["".join(parts) for parts in _EVENT_FIELD.findall(message)]
        count = len(fields)
        if self._tail is None:
            if count != len(self._head):
                return None
            names = self._head
        else:
            between = count - len(self._head) - len(self._tail)
            if between < 0:
                return None
            names = [*self._head, *[""] * between, *self._tail]
        return {name or str(place): field for place, (name, field) in enumerate(zip(names, fields, strict=True), 1)}

    def matches(self, message: str) -> bool:
        named = self._named(message)
        return named is not None and all(holds(named) for holds in self._conditions)

    def extract(self, message: str) -> Mapping[str, str]:
        return {f"${name}": field for name, field in (self._named(message) or {}).items()}

    def value(self, message: str, selector: str) -> Any:
        return (self._named(message) or {}).get(selector.removeprefix("$"))


def _field(event: Any, name: str) -> list[Any]:
    found = event.get(name.removeprefix("$"))
    return _NOTHING if found is None else [found]


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no quotes and no regular expression."""
    parts = re.findall(r'(?:"(?:\\.|[^"\\])*"|%[^%]*%|[^,"%])+|(?<=,)(?=,)|(?<=,)\s*$|^\s*(?=,)', text)
    return [part.strip() for part in parts]
