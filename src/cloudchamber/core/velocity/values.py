"""Values as Velocity sees them: Java's texts, lists, maps and numbers, with their methods and their `toString`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import regex  # type: ignore[import-untyped, unused-ignore]

from cloudchamber.core.velocity.running import TemplateError

REGEX_SECONDS_MAX = 0.5
LONG = 1 << 63
PARTS_MAX = 200_000
TEXT_CHARS_MAX = 50_000_000
Method = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """An object of the caller's (`$util`): methods and properties by name, and its text."""

    methods: Mapping[str, Method] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(slots=True)
class Entry:
    """A pair of a map."""

    key: Any
    value: Any


def to_text(value: Any) -> str:
    """Java's `toString`. An object may say its own by `velocity_text()`."""
    return value if isinstance(value, str) else _text(value, [PARTS_MAX])


def _text(value: Any, left: list[int]) -> str:
    """`left` counts down the parts that may still be written: a value may hold itself, over and over."""
    left[0] -= 1
    if left[0] < 0:
        raise TemplateError("a value is too large to be written")
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    own = getattr(value, "velocity_text", None)
    if own is not None:
        return str(own())
    if isinstance(value, Mapping):
        return "{" + ", ".join([f"{_text(k, left)}={_text(v, left)}" for k, v in value.items()]) + "}"
    if isinstance(value, list | tuple | set):
        return "[" + ", ".join([_text(item, left) for item in value]) + "]"
    if isinstance(value, Entry):
        return f"{_text(value.key, left)}={_text(value.value, left)}"
    return value.text if isinstance(value, Tool) else str(value)


def double_text(number: float) -> str:
    """`1.5`, `1.0E10`, `1.0E-4`, `NaN`."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        text = repr(number)
        return text if "e" not in text else f"{number:f}"
    digits, _, exponent = f"{number:e}".partition("e")
    shortest = repr(number).replace("-", "").partition("e")[0].replace(".", "").strip("0") or "0"
    digits = f"{'-' if number < 0 else ''}{shortest[0]}.{shortest[1:] or '0'}"
    return f"{digits}E{int(exponent)}"


def whole(number: int) -> int:
    """Within the 64 bits of a Java long."""
    return (number + LONG) % (2 * LONG) - LONG


def is_true(value: Any) -> bool:
    """All but null and false is true, also what is empty."""
    return value is not None and value is not False


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """`==`: numbers by value, things of one kind by what they hold, others by their text."""
    if left is None or right is None:
        return left is None and right is None
    if is_number(left) and is_number(right):
        return bool(left == right)
    if type(left) is type(right):
        return bool(left == right)
    return to_text(left) == to_text(right)


def same(left: Any, right: Any) -> bool:
    """`equals`: of one kind and the same."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    both = (str, int, float, dict, list)
    return any(isinstance(left, kind) and isinstance(right, kind) for kind in both) and bool(left == right)


# methods


def _search(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except TimeoutError:
        raise TemplateError("a regular expression takes too long") from None
    except regex.error as error:
        raise TemplateError(f"a regular expression is not valid: {error}") from None


def _replacer(text: str) -> Callable[[Any], str]:
    r"""Java's replacements: `$1` is a group, a backslash takes the next character as it is."""
    pieces = regex.findall(r"\\(.)|\$(\d)|([^\\$]+)|(.)", text, flags=regex.DOTALL)

    def replace(match: Any) -> str:
        return "".join([match[int(g)] or "" if g else escaped or plain or other for escaped, g, plain, other in pieces])

    return replace


def _bounded(text: str, by: str) -> None:
    if (len(text) + 1) * len(by) > TEXT_CHARS_MAX:
        raise TemplateError("a text grows too large")


def _literal_replace(text: str, old: str, by: str) -> str:
    _bounded(text, by)
    return text.replace(old, by)


def _replace(text: str, pattern: str, by: str, count: int = 0) -> str:
    _bounded(text, by)
    replacer = _replacer(by)
    replaced: str = _search(lambda: regex.sub(pattern, replacer, text, count=count, timeout=REGEX_SECONDS_MAX))
    return replaced


def _split(text: str, pattern: str, limit: int = 0) -> list[str]:
    if not text:
        return [""]
    most = max(0, limit - 1)
    if limit == 1:
        return [text]
    if len(pattern) == 1 and pattern not in ".$|()[{^?*+\\":
        found = text.split(pattern, most or -1)
    else:
        found = _search(lambda: regex.split(pattern, text, maxsplit=most, timeout=REGEX_SECONDS_MAX))
        found = [piece or "" for piece in found]
        found = found[1:] if found and not found[0] and pattern == "" else found
    while limit == 0 and len(found) > 1 and not found[-1]:
        found.pop()
    return found


def _substring(text: str, begin: int, end: int | None = None) -> str:
    end = len(text) if end is None else end
    if not 0 <= begin <= end <= len(text):
        raise IndexError(f"begin {begin}, end {end}, length {len(text)}")
    return text[begin:end]


def _matches(text: str, pattern: str) -> bool:
    return _search(lambda: regex.fullmatch(pattern, text, timeout=REGEX_SECONDS_MAX)) is not None


def _char(text: str, at: int) -> str:
    return _substring(text, at, at + 1)


_STRING: dict[str, Method] = {
    "charAt": _char, "compareTo": lambda s, o: (s > o) - (s < o), "concat": lambda s, o: s + to_text(o),
    "contains": lambda s, o: o in s, "endsWith": lambda s, o: s.endswith(o), "equals": same,
    "equalsIgnoreCase": lambda s, o: isinstance(o, str) and s.lower() == o.lower(),
    "indexOf": lambda s, o, at=0: s.find(o, at), "isEmpty": lambda s: not s, "isBlank": lambda s: not s.strip(),
    "lastIndexOf": lambda s, o: s.rfind(o), "length": len, "matches": _matches,
    "replace": _literal_replace, "replaceAll": _replace,
    "replaceFirst": lambda s, a, b: _replace(s, a, b, 1), "split": _split,
    "startsWith": lambda s, o, at=0: s.startswith(o, at), "substring": _substring, "toCharArray": list,
    "toLowerCase": lambda s: s.lower(), "toString": str, "toUpperCase": lambda s: s.upper(),
    "trim": lambda s: s.strip(), "strip": lambda s: s.strip(),
    "codePointAt": lambda s, at: ord(_char(s, at)),
}  # fmt: skip


def _at(items: list[Any], at: int) -> Any:
    if not 0 <= at < len(items):
        raise IndexError(f"index {at}, size {len(items)}")
    return items[at]


def _add(items: list[Any], *given: Any) -> bool | None:
    if len(given) == 2:
        items.insert(int(given[0]), given[1])
        return None
    items.append(given[0])
    return True


def _set(items: list[Any], at: int, value: Any) -> Any:
    before = _at(items, at)
    items[at] = value
    return before


def _remove(items: list[Any], what: Any) -> Any:
    if is_number(what):
        _at(items, what)
        return items.pop(what)
    if what not in items:
        return False
    items.remove(what)
    return True


def _extend(items: list[Any], more: Any) -> bool:
    if len(items) + len(more) > PARTS_MAX:
        raise TemplateError("a list grows too large")
    items.extend(list(more))
    return bool(more)


_LIST: dict[str, Method] = {
    "add": _add, "addAll": _extend, "clear": lambda v: v.clear(), "contains": lambda v, o: o in v,
    "containsAll": lambda v, o: all(item in v for item in o), "equals": same, "get": _at,
    "indexOf": lambda v, o: v.index(o) if o in v else -1, "isEmpty": lambda v: not v, "remove": _remove, "set": _set,
    "size": len, "subList": lambda v, a, b: v[a:b], "toArray": list, "toString": to_text, "iterator": list,
}  # fmt: skip


def _put(map_: dict[Any, Any], key: Any, value: Any) -> Any:
    before = map_.get(key)
    map_[key] = value
    return before


def _merge(map_: dict[Any, Any], more: Mapping[Any, Any]) -> None:
    map_.update(more)


_MAP: dict[str, Method] = {
    "clear": lambda m: m.clear(), "containsKey": lambda m, k: k in m, "containsValue": lambda m, v: v in m.values(),
    "entrySet": lambda m: [Entry(k, v) for k, v in m.items()], "equals": same, "get": lambda m, k: m.get(k),
    "getOrDefault": lambda m, k, d: m.get(k, d), "isEmpty": lambda m: not m, "keySet": list, "put": _put,
    "putAll": _merge, "putIfAbsent": lambda m, k, v: m.get(k) if k in m else _put(m, k, v),
    "remove": lambda m, k: m.pop(k, None), "size": len, "toString": to_text, "values": lambda m: list(m.values()),
}  # fmt: skip
_NUMBER: dict[str, Method] = {
    "compareTo": lambda n, o: (n > o) - (n < o), "doubleValue": float, "equals": same, "intValue": int,
    "longValue": int, "toString": to_text,
}  # fmt: skip
_BOOLEAN: dict[str, Method] = {"booleanValue": bool, "equals": same, "toString": to_text}
_ENTRY: dict[str, Method] = {
    "getKey": lambda e: e.key, "getValue": lambda e: e.value, "setValue": lambda e, v: setattr(e, "value", v),
    "toString": to_text,
}  # fmt: skip
_BY_TYPE: tuple[tuple[type, Mapping[str, Method]], ...] = (
    (str, _STRING), (bool, _BOOLEAN), (int, _NUMBER), (float, _NUMBER), (dict, _MAP), (list, _LIST), (Entry, _ENTRY),
)  # fmt: skip


def methods_of(value: Any) -> Mapping[str, Method]:
    for kind, methods in _BY_TYPE:
        if isinstance(value, kind):
            return methods
    return {}


def call(value: Any, name: str, arguments: list[Any]) -> Any:
    """The result of a method; null where there is none that takes these arguments. TemplateError if it fails."""
    own = value.methods.get(name) if isinstance(value, Tool) else None
    method = own or methods_of(value).get(name)
    if method is None:
        return None
    try:
        return method(*arguments) if own is not None else method(value, *arguments)
    except TypeError:
        return None
    except (IndexError, ValueError, OverflowError) as error:
        raise TemplateError(f"{name} failed: {error}") from None


def get_property(value: Any, name: str) -> Any:
    """`$a.b`: an entry of a map, a property of a tool, what `getB()` or `isB()` gives."""
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, Tool):
        return value.properties.get(name)
    capital = name[:1].upper() + name[1:]
    for getter in (f"get{capital}", f"is{capital}"):
        if getter in methods_of(value):
            return call(value, getter, [])
    return None


def get_item(value: Any, index: Any) -> Any:
    """`$a[i]`: negative numbers count from a list's end. TemplateError past it."""
    if isinstance(value, list) and is_number(index):
        at = int(index)
        if not -len(value) <= at < len(value):
            raise TemplateError(f"index {at} is out of bounds: the list has {len(value)} items")
        return value[at]
    return value.get(index) if isinstance(value, Mapping) and isinstance(index, str | int | float) else None


def set_item(value: Any, key: Any, item: Any) -> None:
    """`#set($a.b = …)` and `#set($a[i] = …)`. What cannot be set stays as it is."""
    if isinstance(value, dict):
        value[key] = item
    elif isinstance(value, list) and is_number(key):
        if not -len(value) <= int(key) < len(value):
            raise TemplateError(f"index {key} is out of bounds: the list has {len(value)} items")
        value[int(key)] = item


def iterable(value: Any) -> list[Any]:
    """What `#foreach` goes through: items of a list, values of a map; nothing for anything else."""
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
