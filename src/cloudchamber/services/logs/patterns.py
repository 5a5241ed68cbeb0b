"""Filter patterns: which events they match, and the values they take out of them. Pure.

Four kinds: empty (everything), terms (`ERROR -Exiting "a phrase"`, `?A ?B`, `%regex%`), `{ $.json = conditions }` and
`[space, delimited, fields]`. Patterns are compiled once and kept.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import regex  # type: ignore[import-untyped, unused-ignore]

from cloudchamber.services.logs.errors import InvalidParameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Test = Callable[[str], bool]

REGEXES_MAX = 2
_TERM = re.compile(
    r'\s*(?P<sign>[-?]?)\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|%(?P<regex>[^%]+)%|(?P<bare>[^\s"%]+))(?=\s|$|")'
)
_REGEX_TEXT = re.compile(r"(?:\\x[0-9A-Fa-f]{2}|\\[^\s\w]|\\[dDsSwW]|[\w:#=@/;,\- ^$?\[\]{}|*+.])+", re.ASCII)


class Pattern:
    """A compiled pattern."""

    # Whether metric dimensions can be taken from what matches: only events with named parts have such values.
    has_fields = False

    def matches(self, message: str) -> bool:
        raise NotImplementedError

    def extract(self, message: str) -> Mapping[str, str]:
        """The parts of a matching message that the pattern speaks of, by `$.selector` or `$name`."""
        return {}

    def value(self, message: str, selector: str) -> Any:
        """What a `$.selector` or `$name` finds in a message; None for nothing."""
        return None


class Everything(Pattern):
    def matches(self, message: str) -> bool:
        return True


class Terms(Pattern):
    def __init__(self, required: list[Test], excluded: list[Test], optional: list[Test]) -> None:
        self._required = required
        self._excluded = excluded
        # "?" terms beside others are left out of account, as AWS's documentation says.
        self._optional = [] if required or excluded else optional

    def matches(self, message: str) -> bool:
        if self._optional:
            return any(test(message) for test in self._optional)
        return all(test(message) for test in self._required) and not any(test(message) for test in self._excluded)


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """InvalidParameter for what is no pattern."""
    from cloudchamber.services.logs.pattern_expressions import Fields, Json  # noqa: PLC0415 - it imports this module

    text = text.strip()
    if not text:
        return Everything()
    for opening, closing, kind in (("{", "}", Json), ("[", "]", Fields)):
        if text.startswith(opening):
            if not text.endswith(closing) or len(text) == 1:
                raise InvalidParameter(f"If a filter pattern starts with '{opening}' it must end with '{closing}'")
            try:
                return kind(text[1:-1])
            except RecursionError:  # parentheses in parentheses without end
                raise invalid() from None
    return _terms(text)


def invalid() -> InvalidParameter:
    return InvalidParameter("Invalid filter pattern")


def _terms(text: str) -> Terms:
    groups: dict[str, list[Test]] = {"": [], "-": [], "?": []}
    at, regexes = 0, 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise invalid()
        at = found.end()
        if found["regex"] is not None:
            regexes += 1
            test: Test = compile_regex(found["regex"])
        else:
            term = found["bare"] if found["quoted"] is None else unquote(found["quoted"])
            if found["bare"] is not None and not term.replace("_", "").isalnum():
                raise InvalidParameter(f"Invalid character(s) in term '{term}'")
            test = _contains(term)
        groups[found["sign"]].append(test)
    if regexes > REGEXES_MAX:
        raise invalid()
    return Terms(groups[""], groups["-"], groups["?"])


def _contains(term: str) -> Test:
    return lambda message: term in message


def unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def compile_regex(text: str) -> Test:
    """A test for `%text%`: a subset of regular expressions without groups. InvalidParameter."""
    if not _REGEX_TEXT.fullmatch(text):
        raise invalid()
    try:
        search = regex.compile(text).search
    except regex.error:
        raise invalid() from None
    return lambda message: search(message) is not None
