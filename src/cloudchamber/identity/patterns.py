"""Wildcards and policy variables: the two kinds of pattern a policy document is made of.

A pattern is parsed once into tokens: literal text, `*`, `?`, and variables such as `${aws:username}`. Without variables
it becomes one of the cheap tests (equality, prefix) or a regular expression. With variables, the values are put in at
evaluation, as literal text, and the finished test is kept in a small cache by those values.

Regular expressions built here cannot backtrack badly, however many `*` a document has: text between two `*` is matched
at its first occurrence and never revisited (atomic groups), which is enough for globs.

AWS: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards) and "Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

Value = str | Sequence[str]
Test = Callable[[str], bool]
Flavour = Literal["exact", "glob", "resource", "arn"]

_VARIABLE_TESTS_MAX = 256
_ARN_PARTS = 6

_WILD = re.compile(r"[*?]")
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE_OR_WILD = re.compile(r"\$\{([^{}]*)\}|[*?]")
_DEFAULT = re.compile(r"\s*(.*?)\s*,\s*'(.*)'\s*", re.DOTALL)


class Lookup(Protocol):
    """What variables and condition keys are read from: names in lower case, None when the request has no such key."""

    def get(self, key: str, /) -> Value | None: ...


class Wild(Enum):
    MANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Variable:
    """`${name}` or `${name, 'default'}`; `key` is the name in lower case, as contexts answer it."""

    name: str
    default: str | None

    @property
    def key(self) -> str:
        return self.name.lower()


Resolved = str | Wild
Token = Resolved | Variable


def parse(text: str, *, wildcards: bool, variables: bool) -> tuple[Token, ...]:
    """Tokens of a pattern; neighbouring literals are one token. `${*}`, `${?}` and `${$}` stand for the character."""
    if wildcards:
        special = _VARIABLE_OR_WILD if variables else _WILD
    elif variables:
        special = _VARIABLE
    else:
        return (text,) if text else ()
    tokens: list[Token] = []
    position = 0
    for found in special.finditer(text):
        _append(tokens, text[position : found.start()])
        position = found.end()
        if variables and found.group(1) is not None:
            _append(tokens, _variable(found.group(1)))
        else:
            _append(tokens, Wild(found.group(0)))
    _append(tokens, text[position:])
    return tuple(tokens)


def _variable(inner: str) -> Token:
    if inner in {"*", "?", "$"}:
        return inner
    with_default = _DEFAULT.fullmatch(inner)
    if with_default:
        return Variable(with_default.group(1), with_default.group(2))
    return Variable(inner.strip(), None)


def _append(tokens: list[Token], token: Token) -> None:
    if token == "":
        return
    last = tokens[-1] if tokens else None
    if isinstance(token, str) and isinstance(last, str):
        tokens[-1] = last + token
    elif token is Wild.MANY and last is Wild.MANY:
        return
    else:
        tokens.append(token)


def build_test(tokens: Sequence[Resolved], flavour: Flavour) -> Test:
    """The test of a whole string against tokens that hold no variable any more."""
    if not any(isinstance(token, Wild) for token in tokens):
        return "".join(_literals(tokens)).__eq__
    if flavour in {"resource", "arn"}:
        parts = _arn_parts(tokens)
        if flavour == "arn" and len(parts) < _ARN_PARTS and list(tokens) != [Wild.MANY]:
            return _never
        if len(parts) == _ARN_PARTS and _matched_by_part(parts[:-1], flavour):
            return _regex_test(_by_part(parts))
    if len(tokens) == 1:
        return _always if tokens[0] is Wild.MANY else _regex_test(".")
    if len(tokens) == 2 and tokens[1] is Wild.MANY and isinstance(tokens[0], str):
        prefix = tokens[0]
        return lambda text: text.startswith(prefix)
    return _regex_test(_glob(tokens, "."))


def _always(_text: str) -> bool:
    return True


def _never(_text: str) -> bool:
    return False


def _literals(tokens: Iterable[Resolved]) -> Iterator[str]:
    return (token for token in tokens if isinstance(token, str))


def _regex_test(source: str) -> Test:
    fullmatch = re.compile(source, re.DOTALL).fullmatch
    return lambda text: fullmatch(text) is not None


def _glob(tokens: Sequence[Resolved], any_character: str) -> str:
    chunks = [""]
    for token in tokens:
        if token is Wild.MANY:
            chunks.append("")
        else:
            chunks[-1] += any_character if isinstance(token, Wild) else re.escape(token)
    if len(chunks) == 1:
        return chunks[0]
    middle = "".join(f"(?>{any_character}*?{chunk})" for chunk in chunks[1:-1])
    return f"{chunks[0]}{middle}{any_character}*{chunks[-1]}"


def _arn_parts(tokens: Sequence[Resolved]) -> list[list[Resolved]]:
    """Tokens divided at the first five colons: partition, service, region, account and the resource, after `arn`."""
    parts: list[list[Resolved]] = [[]]
    for token in tokens:
        if isinstance(token, Wild):
            parts[-1].append(token)
            continue
        pieces = token.split(":", _ARN_PARTS - len(parts))
        for number, piece in enumerate(pieces):
            if number:
                parts.append([])
            if piece:
                parts[-1].append(piece)
    return parts


def _matched_by_part(parts: Sequence[Sequence[Resolved]], flavour: Flavour) -> bool:
    """ARN conditions compare part by part. In a Resource, a `*` that ends a part may run on past the colon, as AWS
    documents it, so only wildcards inside a part confine the match to it."""
    wild = [part for part in parts if any(isinstance(token, Wild) for token in part)]
    if flavour == "arn":
        return bool(wild)
    return bool(wild) and not any(part[-1] is Wild.MANY for part in wild)


def _by_part(parts: Sequence[Sequence[Resolved]]) -> str:
    return ":".join([*(_glob(part, "[^:]") for part in parts[:-1]), _glob(parts[-1], ".")])


class Template:
    """A pattern with variables. A variable that has no value and no default makes the pattern match nothing."""

    __slots__ = ("_flavour", "_fold", "_tests", "_tokens", "variables")

    def __init__(self, tokens: Sequence[Token], flavour: Flavour, *, fold: bool) -> None:
        self._tokens = tuple(tokens)
        self._flavour: Flavour = flavour
        self._fold = fold
        self._tests: dict[tuple[str, ...], Test] = {}
        self.variables = tuple(token for token in tokens if isinstance(token, Variable))

    def matches(self, text: str, lookup: Lookup) -> bool:
        values: list[str] = []
        for variable in self.variables:
            value = lookup.get(variable.key)
            if not isinstance(value, str):
                if variable.default is None:
                    return False
                value = variable.default
            values.append(value)
        key = tuple(values)
        test = self._tests.get(key)
        if test is None:
            if len(self._tests) >= _VARIABLE_TESTS_MAX:
                self._tests.clear()
            test = self._tests[key] = build_test(self._resolve(values), self._flavour)
        return test(text)

    def _resolve(self, values: Sequence[str]) -> list[Resolved]:
        following = iter(values)
        tokens: list[Token] = []
        for token in self._tokens:
            text = next(following) if isinstance(token, Variable) else token
            _append(tokens, text.lower() if self._fold and isinstance(text, str) else text)
        return [token for token in tokens if not isinstance(token, Variable)]


class PatternSet:
    """Several patterns, of which one has to match. Sorted by cost: a set of literals, prefixes, then the rest."""

    __slots__ = ("_fold", "everything", "literals", "prefixes", "templates", "tests")

    def __init__(self, texts: Iterable[str], flavour: Flavour, *, variables: bool, fold: bool = False) -> None:
        literals: list[str] = []
        prefixes: list[str] = []
        tests: list[Test] = []
        templates: list[Template] = []
        self.everything = False
        self._fold = fold
        for text in texts:
            tokens = parse(
                text.lower() if fold and not variables else text, wildcards=flavour != "exact", variables=variables
            )
            resolved = [token for token in tokens if not isinstance(token, Variable)]
            if len(resolved) < len(tokens):
                templates.append(Template(tokens, flavour, fold=fold))
            elif not any(isinstance(token, Wild) for token in resolved):
                literal = "".join(_literals(resolved))
                literals.append(literal.lower() if fold else literal)
            elif resolved == [Wild.MANY]:
                self.everything = True
            elif flavour != "arn" and len(resolved) == 2 and resolved[1] is Wild.MANY and isinstance(resolved[0], str):
                prefixes.append(resolved[0])
            else:
                tests.append(build_test(resolved, flavour))
        self.literals = frozenset(literals)
        self.prefixes = tuple(prefixes)
        self.tests = tuple(tests)
        self.templates = tuple(templates)

    def matches(self, text: str, lookup: Lookup) -> bool:
        if self.everything:
            return True
        if self._fold:
            text = text.lower()
        if text in self.literals or (self.prefixes and text.startswith(self.prefixes)):
            return True
        for test in self.tests:
            if test(text):
                return True
        return any(template.matches(text, lookup) for template in self.templates)

    def only_literals(self) -> bool:
        return not (self.everything or self.prefixes or self.tests or self.templates)

    def variables(self) -> Iterator[Variable]:
        """The variables that the patterns name, for those who ask which context keys a document needs."""
        return (variable for template in self.templates for variable in template.variables)
