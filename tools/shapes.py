"""Writes a service package's `shapes.py`: TypedDicts of the inputs and outputs of the operations it implements.

    python tools/shapes.py sqs iam sts        (all services: no names)

The files are for the type checker only; handlers import them under TYPE_CHECKING.
"""

from __future__ import annotations

import importlib
import keyword
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cloudchamber.protocol import models
from cloudchamber.registry import SERVICES

if TYPE_CHECKING:
    from cloudchamber.core.service import Service
    from cloudchamber.protocol.models import ServiceModel, Shape

ROOT = Path(__file__).resolve().parents[1] / "src" / "cloudchamber" / "services"
SCALARS = {
    "string": "str", "character": "str", "integer": "int", "long": "int", "float": "float", "double": "float",
    "boolean": "bool", "timestamp": "float", "blob": "bytes",
}  # fmt: skip


class Writer:
    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._done: dict[str, list[str]] = {}

    def hint(self, shape: Shape) -> str:
        if shape.get("document"):
            return "Any"
        if shape.type in SCALARS:
            return "Any" if shape.is_streaming else SCALARS[shape.type]
        if shape.type == "list":
            return f"Sequence[{self.hint(shape.member)}]"
        if shape.type == "map":
            return f"Mapping[str, {self.hint(shape.value)}]"
        if shape.is_event_stream:
            return "Any"
        self.add(shape)
        return f'"{shape.name}"'

    def add(self, shape: Shape) -> None:
        if shape.name in self._done:
            return
        self._done[shape.name] = []
        required = set(shape.required)
        members = []
        for name, member in shape.members.items():
            hint = self.hint(member)
            members.append((name, hint if name in required else f"NotRequired[{hint}]"))
        if any(not name.isidentifier() or keyword.iskeyword(name) for name, _ in members):
            body = ", ".join(f'"{name}": {hint}' for name, hint in members)
            self._done[shape.name] = [f'{shape.name} = TypedDict("{shape.name}", {{{body}}})']
            return
        lines = [f"class {shape.name}(TypedDict):"]
        lines += [f"    {name}: {hint}" for name, hint in members] or ["    pass"]
        self._done[shape.name] = lines

    def text(self) -> str:
        head = [
            f'"""Inputs and outputs of {self._model.name}, for the type checker. Written by tools/shapes.py."""',
            "", "from __future__ import annotations", "", "from collections.abc import Mapping, Sequence",
            "from typing import Any, NotRequired, TypedDict", "",
            '__all__ = ["Any", "Mapping", "NotRequired", "Sequence"]',
        ]  # fmt: skip
        blocks = ["\n".join(lines) for _, lines in sorted(self._done.items())]
        return "\n".join(head) + "\n\n\n" + "\n\n\n".join(blocks) + "\n"


def write(name: str) -> None:
    module, _, class_name = SERVICES[name].partition(":")
    service: type[Service] = getattr(importlib.import_module(module), class_name)
    model = models.load(name)
    writer = Writer(model)
    for operation_name in sorted(service.bound_methods(model)):
        operation = model.operation(operation_name)
        for shape in (operation.input, operation.output):
            if shape is not None:
                writer.add(shape)
    (ROOT / module.split(".")[2] / "shapes.py").write_text(writer.text())


def main(names: list[str]) -> int:
    for name in names or list(SERVICES):
        write(name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
