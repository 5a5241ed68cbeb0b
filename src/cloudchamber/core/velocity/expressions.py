"""What stands in directives and in the brackets of references: operators, literals, references."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cloudchamber.core.velocity import values
from cloudchamber.core.velocity.running import Evaluate, Render, Run, TemplateError
from cloudchamber.core.velocity.values import to_text

DEPTH_MAX = 80
RANGE_MAX = 100_000
_SPACE = re.compile(r"\s*")
_REFERENCE = re.compile(r"\$(!?)(\{?)([a-zA-Z_][\w-]*)", re.ASCII)
_NAME = re.compile(r"\.([a-zA-Z_][\w-]*)(\(?)", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"(true|false|null|not)\b")
_OPERATORS = (
    re.compile(r"\|\||or\b"), re.compile(r"&&|and\b"), re.compile(r"==|!=|eq\b|ne\b"),
    re.compile(r"<=|>=|<|>|lt\b|le\b|gt\b|ge\b"), re.compile(r"[+-]"), re.compile(r"[*/%]"),
)  # fmt: skip
_SPELLED = {"or": "||", "and": "&&", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

Access = Callable[[Run, Any], Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """`$!{name.a["b"].c()}`. `last` says what the last of `accesses` is, for `#set`: its key, or None for a method."""

    name: str
    source: str
    is_quiet: bool
    accesses: tuple[Access, ...]
    last: Evaluate | None

    def value(self, run: Run) -> Any:
        found = run.variables.get(self.name)
        for access in self.accesses:
            if found is None:
                return None
            run.step()
            found = access(run, found)
        return found

    def render(self, run: Run) -> None:
        found = self.value(run)
        if found is not None:
            run.write(to_text(found))
        elif run.shows_undefined and not self.is_quiet:
            run.write(self.source)

    def assign(self, run: Run, value: Any) -> None:
        if value is None:  # as Velocity is by default: null leaves what there was
            return
        if not self.accesses:
            run.variables[self.name] = value
            return
        found = run.variables.get(self.name)
        for access in self.accesses[:-1]:
            found = None if found is None else access(run, found)
        if self.last is not None:
            values.set_item(found, self.last(run), value)


class Expressions:
    """A parser at a place in a text. Methods take from `self.at` on and leave it behind what they took."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.at = 0
        self.depth = depth

    def fail(self, what: str) -> TemplateError:
        line = self.text.count("\n", 0, self.at) + 1
        return TemplateError(f"line {line}: {what}")

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def take(self, mark: str) -> bool:
        """Whether `mark` comes next, after spaces; if so it is taken."""
        self.space()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise self.fail(f"expected {mark!r}")

    def nested(self) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self.fail("nested too deeply")

    # operators

    def expression(self, level: int = 0) -> Evaluate:
        if level == len(_OPERATORS):
            return self.unary()
        left = self.expression(level + 1)
        while True:
            self.space()
            match = _OPERATORS[level].match(self.text, self.at)
            if match is None:
                return left
            self.at = match.end()
            left = binary(_SPELLED.get(match[0], match[0]), left, self.expression(level + 1))

    def unary(self) -> Evaluate:
        self.space()
        self.nested()
        try:
            return self._unary()
        finally:
            self.depth -= 1

    def _unary(self) -> Evaluate:
        text, at = self.text, self.at
        if text.startswith("!", at) or _is_word(text, at, "not"):
            self.at += 1 if text[at] == "!" else 3
            operand = self.unary()
            return lambda run: not values.is_true(operand(run))
        mark = text[at : at + 1]
        if mark == "$":
            reference = self.reference()
            if reference is None:
                raise self.fail("expected a reference")
            return reference.value
        if mark == "(":
            self.at += 1
            inner = self.expression()
            self.expect(")")
            return inner
        if mark in ('"', "'"):
            return self.string(mark)
        if mark == "[":
            return self.list_literal()
        if mark == "{":
            return self.map_literal()
        return self.constant()

    def constant(self) -> Evaluate:
        number = _NUMBER.match(self.text, self.at)
        if number is not None:
            if number[1] is None or self.text.startswith("..", number.start(1)):
                whole = int(number[0].partition(".")[0].partition("e")[0].partition("E")[0])
                self.at += len(number[0].partition(".")[0])
                return lambda run: values.whole(whole)
            self.at = number.end()
            decimal = float(number[0])
            return lambda run: decimal
        word = _WORD.match(self.text, self.at)
        if word is None:
            raise self.fail(f"unexpected {self.text[self.at : self.at + 20]!r}")
        self.at = word.end()
        constant = {"true": True, "false": False}.get(word[0])
        return lambda run: constant

    # literals

    def string(self, quote: str) -> Evaluate:
        """Quotes are doubled inside. In double quotes, references and directives are worked out."""
        end, parts = self.at + 1, []
        while True:
            close = self.text.find(quote, end)
            if close < 0:
                raise self.fail("a text does not end")
            parts.append(self.text[end:close])
            end = close + 1
            if not self.text.startswith(quote, end):
                break
            end += 1
        self.at = end
        content = quote.join(parts)
        if quote == "'" or ("$" not in content and "#" not in content):
            return lambda run: content
        render = self.template(content)
        return lambda run: run.checked(run.captured(render))

    def template(self, text: str) -> Render:
        """A text with references in it."""
        raise NotImplementedError

    def list_literal(self) -> Evaluate:
        """`[1, 2]` or a range, `[1..3]`, in either direction."""
        self.at += 1
        if self.take("]"):
            return lambda run: []
        items = [self.expression()]
        if self.take(".."):
            last = self.expression()
            self.expect("]")
            return lambda run: _range(items[0](run), last(run))
        while self.take(","):
            items.append(self.expression())
        self.expect("]")
        return lambda run: [item(run) for item in items]

    def map_literal(self) -> Evaluate:
        self.at += 1
        pairs: list[tuple[Evaluate, Evaluate]] = []
        while not self.take("}"):
            if pairs:
                self.expect(",")
            key = self.expression()
            self.expect(":")
            pairs.append((key, self.expression()))
        return lambda run: {key(run): value(run) for key, value in pairs}

    # references

    def reference(self) -> Reference | None:
        """The reference that begins here; None if the dollar sign is just one."""
        begun = self.at
        match = _REFERENCE.match(self.text, begun)
        if match is None:
            return None
        self.nested()
        self.at = match.end()
        accesses: list[Access] = []
        last: Evaluate | None = None
        while True:
            name = _NAME.match(self.text, self.at)
            if name is not None and name[2]:
                self.at = name.end()
                accesses.append(_method(name[1], self.arguments(")")))
                last = None
            elif name is not None:
                self.at = name.end()
                accesses.append(_property(name[1]))
                last = _constant(name[1])
            elif self.text.startswith("[", self.at) and self._is_index():
                self.at += 1
                last = self.expression()
                self.expect("]")
                accesses.append(_index(last))
            else:
                break
        if match[2]:
            if not self.text.startswith("}", self.at):
                self.at = begun
                self.depth -= 1
                return None
            self.at += 1
        self.depth -= 1
        return Reference(match[3], self.text[begun : self.at], bool(match[1]), tuple(accesses), last)

    def _is_index(self) -> bool:
        """Whether a bracket after a reference is an index, and not the text's: `$a[0]`, but `$a[ x ]` is text."""
        return re.compile(r"\[\s*(-?\d+|\$|\"|')").match(self.text, self.at) is not None

    def arguments(self, end: str) -> list[Evaluate]:
        """Separated by commas, up to `end`."""
        found: list[Evaluate] = []
        while not self.take(end):
            if found:
                self.expect(",")
            found.append(self.expression())
        return found


def _is_word(text: str, at: int, word: str) -> bool:
    return text.startswith(word, at) and not text[at + len(word) : at + len(word) + 1].isalnum()


def _constant(value: Any) -> Evaluate:
    return lambda run: value


def _method(name: str, arguments: list[Evaluate]) -> Access:
    return lambda run, value: run.checked(values.call(value, name, [argument(run) for argument in arguments]))


def _property(name: str) -> Access:
    return lambda run, value: values.get_property(value, name)


def _index(index: Evaluate) -> Access:
    return lambda run, value: values.get_item(value, index(run))


def _range(first: Any, last: Any) -> list[int] | None:
    if not (values.is_number(first) and values.is_number(last)):
        return None
    if abs(last - first) > RANGE_MAX:
        raise TemplateError("a range is too large")
    return list(range(int(first), int(last) + 1)) if first <= last else list(range(int(first), int(last) - 1, -1))


def binary(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if operator == "||":
        return lambda run: values.is_true(left(run)) or values.is_true(right(run))
    if operator == "&&":
        return lambda run: values.is_true(left(run)) and values.is_true(right(run))
    if operator == "==":
        return lambda run: values.equal(left(run), right(run))
    if operator == "!=":
        return lambda run: not values.equal(left(run), right(run))
    if operator in ("<", "<=", ">", ">="):
        return lambda run: _compare(operator, left(run), right(run))
    return lambda run: run.checked(_calculate(operator, left(run), right(run)))


def _compare(operator: str, left: Any, right: Any) -> bool:
    """False for what are not two numbers."""
    if not (values.is_number(left) and values.is_number(right)):
        return False
    below, above = left < right, left > right
    return bool({"<": below, "<=": not above, ">": above, ">=": not below}[operator])


def _calculate(operator: str, left: Any, right: Any) -> Any:
    """Null for what cannot be calculated, as a division by zero. `+` joins texts."""
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        return to_text(left) + to_text(right)
    if not (values.is_number(left) and values.is_number(right)):
        return None
    if operator in "/%" and right == 0:
        return None
    if isinstance(left, float) or isinstance(right, float):
        return _decimal(operator, float(left), float(right))
    if operator in "/%":  # Java's, towards zero
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return values.whole(quotient if operator == "/" else left - quotient * right)
    return values.whole({"+": left + right, "-": left - right, "*": left * right}[operator])


def _decimal(operator: str, left: float, right: float) -> float | None:
    try:
        if operator == "%":
            return left - right * int(left / right)
        return left / right if operator == "/" else {"+": left + right, "-": left - right, "*": left * right}[operator]
    except OverflowError:
        return None
