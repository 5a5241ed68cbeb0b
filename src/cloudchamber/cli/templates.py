"""Templates as a developer has them: found in a folder, read with short forms written out, written as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# What a folder is searched for: the output of `sam build` before its source.
NAMES = (
    ".aws-sam/build/template.yaml", "template.yaml", "template.yml", "template.json", "cloudformation.yaml",
    "cloudformation.yml", "cloudformation.json",
)  # fmt: skip


class TemplateUnreadable(ValueError):
    """There is no template, or it cannot be read; the text says which and where."""


def find_template(path: Path) -> Path:
    """The template that a file or folder stands for."""
    if not path.is_dir():
        if path.is_file():
            return path
        raise TemplateUnreadable(f"there is no {path}")
    for name in NAMES:
        if (path / name).is_file():
            return path / name
    raise TemplateUnreadable(f"{path} has none of {', '.join(NAMES)}")


def read_template(path: Path) -> dict[str, Any]:
    """The template as a mapping. JSON is read as the YAML that it also is where it has comments."""
    text = path.read_text()
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else _yaml(text, path)
    except json.JSONDecodeError:
        found = _yaml(text, path)
    if not isinstance(found, dict):
        raise TemplateUnreadable(f"{path} is no template: it has to be a mapping")
    return found


def _yaml(text: str, path: Path) -> Any:
    import yaml  # noqa: PLC0415 - the other commands read no templates

    class Loader(yaml.SafeLoader):
        """YAML with CloudFormation's short forms; dates stay text."""

    def long_form(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode):
            value: Any = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        if suffix == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}

    Loader.add_multi_constructor("!", long_form)
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise TemplateUnreadable(f"{path}: {' '.join(str(error).split())}") from None
