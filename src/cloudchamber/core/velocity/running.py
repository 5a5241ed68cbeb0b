"""A template at work: its variables, what it has written, and how much it may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Render = Callable[["Run"], None]
Evaluate = Callable[["Run"], Any]


class TemplateError(Exception):
    """A template that cannot be parsed, fails, or does too much. The message says where and why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a template may do. No template goes on for ever, and none fills the memory."""

    steps_max: int = 500_000
    output_chars_max: int = 10 * 1024 * 1024
    iterations_max: int = 1000  # of one #foreach; what is beyond is passed over
    depth_max: int = 30  # of macros that call macros


class Break(Exception):
    """#break"""


class Stop(Exception):
    """#stop"""


class Run:
    __slots__ = ("depth", "limits", "macros", "out", "shows_undefined", "size", "steps", "variables")

    def __init__(self, variables: dict[str, Any], limits: Limits, *, shows_undefined: bool) -> None:
        """`shows_undefined`: a reference without a value is written as it stands, as Velocity does."""
        self.variables = variables
        self.limits = limits
        self.shows_undefined = shows_undefined
        self.out: list[str] = []
        self.size = 0
        self.steps = 0
        self.depth = 0
        self.macros: dict[str, tuple[list[str], Render]] = {}

    def step(self) -> None:
        self.steps += 1
        if self.steps > self.limits.steps_max:
            raise TemplateError("the template takes too many steps")

    def write(self, text: str) -> None:
        self.out.append(text)
        self.size += len(text)
        if self.size > self.limits.output_chars_max:
            raise TemplateError("the template writes too much")

    def checked(self, value: Any) -> Any:
        """A value that a template has made; TemplateError if it is too large. Large ones count for more steps."""
        if isinstance(value, str | list | dict):
            size = len(value)
            self.steps += size >> 8
            if size > self.limits.output_chars_max:
                raise TemplateError("a value grows too large")
        return value

    def captured(self, render: Render) -> str:
        """What `render` would write."""
        kept, self.out = self.out, []
        try:
            render(self)
            return "".join(self.out)
        finally:
            self.out = kept
