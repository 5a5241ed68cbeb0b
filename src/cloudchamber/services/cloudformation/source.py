"""From the text of a template to a mapping: JSON, JSON with comments, YAML with CloudFormation's short forms.

YAML follows version 1.1 as CloudFormation does, but dates stay text (`Version: 2012-10-17`).
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import orjson

from cloudchamber.services.cloudformation.errors import PREFIX, TemplateFormatError

# The tag of a short form -> the name of its function, where `Fn::` before it is not all.
_SHORT = {"Ref": "Ref", "Condition": "Condition"}
_FUNCTIONS = (
    "And", "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "If", "ImportValue", "Join", "Length", "Not",
    "Or", "Select", "Split", "Sub", "ToJsonString", "Transform", "ForEach", "Contains", "EachMemberEquals",
    "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll",
)  # fmt: skip
# A string, or a comment: `// …` to the end of the line or `/* … */`.
_COMMENTS = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_PATH = re.compile(r"\[/([A-Za-z0-9/]+)\]")
DEPTH_MAX = 100
_TRAILING = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)


def parse(text: str) -> dict[str, Any]:
    """The template as a mapping, short forms written out. TemplateFormatError with line and column."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        raise TemplateFormatError("unsupported structure.")
    looks_like_json = stripped[0] == "{" or stripped.startswith(("//", "/*"))
    found = _json(text) if looks_like_json else _yaml(text)
    if not isinstance(found, dict) or is_too_deep(found):
        raise TemplateFormatError("unsupported structure.")
    return found


def is_too_deep(found: Any) -> bool:
    """Whether values stand within values further than anybody writes, and than our functions follow."""
    level = [found]
    for _ in range(DEPTH_MAX):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        if not inner:
            return False
        level = inner
    return True


def located(error: TemplateFormatError, text: str) -> TemplateFormatError:
    """An error that names a path (`[/Resources/Q]`), with the line of the template at which that is."""
    found = _PATH.search(error.message)
    line = _line_of(text, found[1].split("/")) if found else None
    if line is None:
        return error
    return TemplateFormatError(f"{error.message.removeprefix(PREFIX)} (line {line})")


def _line_of(text: str, path: list[str]) -> int | None:
    """Where a path leads, as far as it does."""
    import yaml  # noqa: PLC0415

    plain = _COMMENTS.sub(_blanked, text) if text.lstrip()[:1] in ("{", "/") else text
    try:
        node = yaml.compose(plain, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    line = None
    for step in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = next(((key, value) for key, value in pairs if key.value == step), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        failure = error
    plain = _COMMENTS.sub(_blanked, text)
    plain = _TRAILING.sub(lambda found: found[0] if found[0][0] == '"' else " ", plain)
    try:
        return orjson.loads(plain)
    except orjson.JSONDecodeError:
        pass
    try:  # a YAML flow mapping looks like JSON, too
        return _yaml(text)
    except TemplateFormatError:
        where = f"(line {failure.lineno}, column {failure.colno})"
        raise TemplateFormatError(f"JSON not well-formed. {where}") from None


def _blanked(found: re.Match[str]) -> str:
    """A comment as white space of the same lines; a string as it is."""
    return found[0] if found[0][0] == '"' else re.sub(r"[^\n]", " ", found[0])


def _yaml(text: str) -> Any:
    import yaml  # noqa: PLC0415 - most templates of tools are JSON

    try:
        _scan(text)
        return yaml.load(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"(line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise TemplateFormatError(f"YAML not well-formed. {where}".rstrip()) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise TemplateFormatError("YAML not well-formed.") from None


def _scan(text: str) -> None:
    """Refuse what must not be put together: aliases, as AWS does, and depths that overflow the parser's stack."""
    import yaml  # noqa: PLC0415

    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        if isinstance(event, yaml.AliasEvent):
            raise TemplateFormatError("YAML aliases are not allowed in CloudFormation templates")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_MAX:
                raise TemplateFormatError("unsupported structure.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


@cache
def _loader() -> Any:
    import yaml  # noqa: PLC0415

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        """Safe, knows the short forms, and leaves dates and times of day alone."""

    no_dates = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":int", ":float"))]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    Loader.yaml_implicit_resolvers = no_dates
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?(?:[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)$"),
        list("-+0123456789."),
    )
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:int",
        re.compile(r"[-+]?(?:0|[1-9][0-9]*|0x[0-9a-fA-F]+|0[0-7]+)$"),
        list("-+0123456789"),
    )
    for function in _FUNCTIONS:
        Loader.add_constructor(f"!{function}", _short_form(f"Fn::{function}"))
    for tag, name in _SHORT.items():
        Loader.add_constructor(f"!{tag}", _short_form(name))
    Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
    return Loader


def _mapping(loader: Any, node: Any) -> Any:
    """Keys are text: `200:` names a response, `true:` nothing that JSON could not."""
    made: dict[str, Any] = {}
    yield made
    loader.flatten_mapping(node)
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            key = key_node.value if isinstance(getattr(key_node, "value", None), str) else str(key)
        made[key] = loader.construct_object(value_node, deep=True)


def _short_form(name: str) -> Any:
    def construct(loader: Any, node: Any) -> dict[str, Any]:
        kind = node.id
        if kind == "scalar":
            value: Any = loader.construct_scalar(node)
            if name == "Fn::GetAtt":
                value = value.split(".", 1)
        elif kind == "sequence":
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        return {name: value}

    return construct
