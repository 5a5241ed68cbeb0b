"""Facts: frozen, past-tense records of what happened, for observers (console, CloudTrail, metering, metrics).

An observer never changes the course of what it observes: it runs after the fact, and its failure is only logged.
A cross-service effect that must not be lost is not a fact but an outbox row (ARCHITECTURE §5).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("cloudchamber.events")
F = TypeVar("F")


class Facts:
    def __init__(self) -> None:
        self._observers: dict[type[Any], list[Callable[[Any], None]]] = {}

    def observe(self, kind: type[F], observer: Callable[[F], None]) -> None:
        self._observers.setdefault(kind, []).append(observer)

    def emit(self, fact: object) -> None:
        for observer in self._observers.get(type(fact), ()):
            try:
                observer(fact)
            except Exception:
                log.exception("observer of %s failed", type(fact).__name__)
