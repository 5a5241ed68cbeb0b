"""How a protocol reads and writes the structured part of a body: what REST bindings and event streams wrap."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.protocol.models import Shape


class Body(ABC):
    content_type: str
    writes_empty = False  # whether an output without members in the body is written too, as an empty structure

    @property
    def event_content_type(self) -> str:
        """The type of an event's payload, which is not always that of a body."""
        return self.content_type

    @abstractmethod
    def reader(self, shape: Shape) -> Callable[[bytes], Any]:
        """Body bytes -> the members of `shape` that stand in the body."""

    @abstractmethod
    def writer(self, shape: Shape, root: str) -> Callable[[Any], bytes]:
        """The members of `shape` -> body bytes; `root` names the root element where there is one."""
