"""Which blueprints there are, and what `blueprint.json` says of one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parent
DESCRIPTION = "blueprint.json"


@dataclass(frozen=True, slots=True)
class Page:
    """A folder of pages that goes into a bucket; `config` becomes its `config.json`. Both name outputs."""

    folder: str
    bucket: str
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Blueprint:
    name: str
    title: str
    about: str
    open: tuple[tuple[str, str], ...] = ()  # addresses to open, and what to do there
    pages: tuple[Page, ...] = field(default=())
    parameters: Mapping[str, str] = field(default_factory=dict)  # the template's, filled in with `around`

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def template(self) -> Path:
        return self.folder / "template.yaml"

    def files(self) -> Iterator[Path]:
        """What a user gets: all but our modules (the drill), which are beside the template, and what the interpreter
        leaves."""
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder)
            is_ours = len(inside.parts) == 1 and path.suffix == ".py"
            if path.is_file() and "__pycache__" not in inside.parts and not is_ours:
                yield path


class Unknown(KeyError):
    """There is no blueprint of that name."""


def names() -> list[str]:
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{DESCRIPTION}"))


def load(name: str) -> Blueprint:
    """Unknown for a name that none has."""
    path = FOLDER / name / DESCRIPTION
    if name not in names():
        raise Unknown(name)
    said: dict[str, Any] = json.loads(path.read_text())
    pages = tuple(Page(one["folder"], one["bucket"], one.get("config", {})) for one in said.get("pages", ()))
    opened = tuple((one["url"], one["what"]) for one in said.get("open", ()))
    return Blueprint(name, said["title"], said["about"], opened, pages, said.get("parameters", {}))


def around(endpoint: str, account: str) -> dict[str, str]:
    """What is known before a stack is there: where this cloud is, and whose the stack will be."""
    return {"endpoint": endpoint, "port": str(urlsplit(endpoint).port or 80), "account": account}
