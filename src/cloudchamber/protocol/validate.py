"""Constraints of the models (required, length, range, pattern, enum), with the messages of AWS's framework.

`1 validation error detected: Value 'x' at 'queueName' failed to satisfy constraint: Member must have length greater
than or equal to 3`. A shape compiles to a checker that appends to a list, or to None where nothing is constrained.

Three habits of the framework, taken from messages that users of AWS report:
- Items of a list, and keys and values of a map, are not named one by one: the list or map is shown whole, with every
  constraint of its items (`Map keys must satisfy constraint: [Member must have length less than or equal to …, …]`).
  Structures inside are entered: `tags.1.member.key`, `requestItems.orders.member.keys`.
- A broken pattern comes before a broken length.
- The members of a structure come in the order of a Java `HashMap` of their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError

if TYPE_CHECKING:
    from cloudchamber.protocol.models import Shape

Check = Callable[[Any, str, list[str]], None]

SHOWN_CHARS_MAX = 65_536
ERRORS_MAX = 10
PATTERN_SECONDS_MAX = 0.25


@dataclass(slots=True, frozen=True)
class Rule:
    """One constraint of a value by itself: `is_broken(value)`, and how a message puts it."""

    is_broken: Callable[[Any], bool]
    text: str
    length_max: int | None = None


def _member_name(name: str) -> str:
    """The framework's name of a member: `TableName` is `tableName`, `AWSAccountId` is `aWSAccountId`."""
    return name[:1].lower() + name[1:]


def _bucket(name: str, table_size: int) -> int:
    """Where a Java 8 `HashMap` of `table_size` buckets keeps a string."""
    code = 0
    for character in name:
        code = (31 * code + ord(character)) & 0xFFFFFFFF
    return (code ^ code >> 16) % table_size


def _in_framework_order(names: list[str]) -> list[str]:
    table_size = 16
    while len(names) > table_size * 3 // 4:
        table_size *= 2
    return sorted(names, key=lambda name: _bucket(_member_name(name), table_size))


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_shown(item)}" for key, item in value.items()) + "}"
    return str(value)


def _is_secret(shape: Shape) -> bool:
    children = {"list": ("member",), "map": ("key", "value")}.get(shape.type, ())
    return bool(shape.get("sensitive")) or any(getattr(shape, child).get("sensitive") for child in children)


def _report(shape: Shape) -> Callable[[Any, str, str, list[str]], None]:
    """A writer of one message. What is sensitive is never shown."""
    if _is_secret(shape):
        return lambda value, path, text, errors: errors.append(
            f"Value at '{path}' failed to satisfy constraint: {text}"
        )

    def report(value: Any, path: str, text: str, errors: list[str]) -> None:
        shown = _shown(value)[:SHOWN_CHARS_MAX]
        errors.append(f"Value '{shown}' at '{path}' failed to satisfy constraint: {text}")

    return report


class Checkers:
    """Compiles checkers, recursion included."""

    def __init__(self) -> None:
        self._known: dict[str, Check | None] = {}

    def checker(self, shape: Shape) -> Check | None:
        """A checker of a value: its own constraints, then those of what is inside."""
        own, inside = _own_check(shape), self._inside(shape)
        if own is None or inside is None:
            return own or inside

        def check(value: Any, path: str, errors: list[str]) -> None:
            own(value, path, errors)
            inside(value, path, errors)

        return check

    def _inside(self, shape: Shape) -> Check | None:
        """A checker of what is in a structure, list or map; None where nothing in it is constrained."""
        if shape.type not in ("structure", "list", "map") or shape.get("document") or shape.is_event_stream:
            return None
        if shape.name not in self._known:
            self._known[shape.name] = self._later(shape.name)  # what the shape finds where it holds itself
            compiler: Callable[[Shape], Check | None] = getattr(self, f"_{shape.type}")
            self._known[shape.name] = compiler(shape)
        return self._known[shape.name]

    def _later(self, name: str) -> Check:
        """A checker that is looked up when it runs."""

        def check(value: Any, path: str, errors: list[str]) -> None:
            found = self._known[name]
            if found is not None and found is not check:
                found(value, path, errors)

        return check

    def _structure(self, shape: Shape) -> Check | None:
        required = set(shape.required)
        plan: dict[str, tuple[str, bool, Check | None]] = {}
        for name in _in_framework_order(list(shape.members)):
            check_member = None if shape.members[name].is_streaming else self.checker(shape.members[name])
            if check_member is not None or name in required:
                plan[name] = (_member_name(name), name in required, check_member)
        if not plan:
            return None
        has_required = any(is_required for _, is_required, _ in plan.values())

        def check(value: Any, path: str, errors: list[str]) -> None:
            # A union such as DynamoDB's AttributeValue holds one of its many members: no need to ask for the rest.
            names = value if len(value) == 1 and not has_required else plan
            for name in names:
                found = plan.get(name)
                if found is None:
                    continue
                shown, is_required, one = found
                item = value.get(name)
                if item is not None:
                    if one is not None:
                        one(item, f"{path}.{shown}" if path else shown, errors)
                elif is_required:
                    where = f"{path}.{shown}" if path else shown
                    errors.append(f"Value null at '{where}' failed to satisfy constraint: Member must not be null")

        return check

    def _list(self, shape: Shape) -> Check | None:
        rules, inside = rules_of(shape.member), self._inside(shape.member)
        if not rules and inside is None:
            return None
        broken, text, report = _any_broken(rules), f"Member must satisfy constraint: {_texts(rules)}", _report(shape)

        def check(value: Any, path: str, errors: list[str]) -> None:
            if rules and broken(value):
                report(value, path, text, errors)
            if inside is not None:
                for index, item in enumerate(value, 1):
                    if item is not None:
                        inside(item, f"{path}.{index}.member", errors)

        return check

    def _map(self, shape: Shape) -> Check | None:
        key_rules, value_rules, inside = rules_of(shape.key), rules_of(shape.value), self._inside(shape.value)
        if not key_rules and not value_rules and inside is None:
            return None
        key_broken, key_text = _any_broken(key_rules), f"Map keys must satisfy constraint: {_texts(key_rules)}"
        value_broken, value_text = _any_broken(value_rules), f"Map value must satisfy constraint: {_texts(value_rules)}"
        report = _report(shape)

        def check(value: Any, path: str, errors: list[str]) -> None:
            if key_rules and key_broken(value):
                report(value, path, key_text, errors)
            if value_rules and value_broken([item for item in value.values() if item is not None]):
                report(value, path, value_text, errors)
            if inside is not None:
                for key, item in value.items():
                    if item is not None:
                        inside(item, f"{path}.{key}.member", errors)

        return check


def _any_broken(rules: list[Rule]) -> Callable[[Any], bool]:
    if len(rules) == 1 and rules[0].length_max is not None:  # keys of items, for the most part: worth being quick
        length_max = rules[0].length_max
        return lambda items: bool(items) and max(map(len, items)) > length_max
    tests = [rule.is_broken for rule in rules]
    return lambda items: any(is_broken(item) for item in items if item is not None for is_broken in tests)


def _texts(rules: list[Rule]) -> str:
    return "[" + ", ".join(rule.text for rule in rules) + "]"


def _own_check(shape: Shape) -> Check | None:
    rules, report = rules_of(shape), _report(shape)
    if not rules:
        return None
    rules.sort(key=lambda rule: "pattern" not in rule.text)  # patterns first, else as they are

    def check(value: Any, path: str, errors: list[str]) -> None:
        for rule in rules:
            if rule.is_broken(value):
                report(value, path, rule.text, errors)

    return check


def rules_of(shape: Shape) -> list[Rule]:
    """The constraints of a shape's value by itself, in the order in which the framework lists them."""
    if shape.is_streaming or shape.get("document"):
        return []
    least, most, rules = shape.get("min"), shape.get("max"), []
    if shape.type in ("string", "blob", "list", "map"):
        if most is not None:
            text = f"Member must have length less than or equal to {most}"
            rules.append(Rule(lambda value: len(value) > most, text, length_max=most))
        if least:  # nothing is shorter than 0
            text = f"Member must have length greater than or equal to {least}"
            rules.append(Rule(lambda value: len(value) < least, text))
    elif shape.type in ("integer", "long", "float", "double"):
        if most is not None:
            rules.append(Rule(lambda value: value > most, f"Member must have value less than or equal to {most}"))
        if least is not None:
            rules.append(Rule(lambda value: value < least, f"Member must have value greater than or equal to {least}"))
    pattern, enum = shape.get("pattern"), shape.get("enum")
    if pattern is not None and shape.type == "string" and pattern not in _ANYTHING:
        rules.append(Rule(_pattern_test(pattern), f"Member must satisfy regular expression pattern: {pattern}"))
    if enum:
        allowed = frozenset(enum)
        text = f"Member must satisfy enum value set: [{', '.join(enum)}]"
        rules.append(Rule(lambda value: value not in allowed, text))
    return rules


_ANYTHING = (".*", "^.*$", "[\\s\\S]*", "^[\\s\\S]*$", "[\\S\\s]*")


def _pattern_test(pattern: str) -> Callable[[str], bool]:
    """Whether a text breaks a pattern; compiled at first use."""
    compiled: list[Callable[[str], bool]] = []

    def is_broken(text: str) -> bool:
        if not compiled:
            compiled.append(compile_pattern(pattern) or (lambda _: True))
        return not compiled[0](text)

    return is_broken


def compile_pattern(pattern: str) -> Callable[[str], bool] | None:
    """A full-match test for a Java pattern of the models; None where Python cannot have it."""
    # knows Java's \p{…} classes; imported when the first pattern compiles
    import regex  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415

    try:
        compiled = regex.compile(_as_python(pattern))
    except regex.error:
        return None

    def matches(text: str) -> bool:
        try:
            return compiled.fullmatch(text, timeout=PATTERN_SECONDS_MAX) is not None
        except TimeoutError:
            return False

    return matches


def _as_python(pattern: str) -> str:
    """Java's `\\x{h…}` and `\\uhhhh` escapes in a form that `regex` reads."""
    import regex  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415

    def character(found: Any) -> str:
        return str(regex.escape(chr(int(found[1], 16))))

    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")  # a range of surrogate pairs
    return str(regex.sub(r"\\x\{([0-9A-Fa-f]{1,6})\}", character, pattern))


def compile_validator(shape: Shape | None) -> Callable[[Mapping[str, Any]], None] | None:
    """A validator of an operation's whole input; raises ValidationError naming the broken constraints, ten at most."""
    check = None if shape is None else Checkers().checker(shape)
    if check is None:
        return None

    def validate(value: Mapping[str, Any]) -> None:
        errors: list[str] = []
        check(value, "", errors)
        if errors:
            count = min(len(errors), ERRORS_MAX)
            detected = f"{count} validation error{'s' if count > 1 else ''} detected: "
            raise ValidationError(detected + "; ".join(errors[:ERRORS_MAX]))

    return validate
