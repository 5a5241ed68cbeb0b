"""What CloudFormation reads from and writes to its tables."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.services.cloudformation.records import (
    ENDED,
    Callback,
    ChangeSet,
    Detection,
    Event,
    Export,
    Import,
    Leftover,
    Macro,
    Stack,
    StackResource,
)
from cloudchamber.services.cloudformation.template import Template
from cloudchamber.storage.tables import Table, loader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.storage.engine import Store

_TABLES = [
    """CREATE TABLE cloudformation_events (number INTEGER PRIMARY KEY AUTOINCREMENT, stack_id TEXT NOT NULL,
        record BLOB NOT NULL)""",
    "CREATE INDEX cloudformation_events_by_stack ON cloudformation_events (stack_id, number)",
    """CREATE TABLE cloudformation_templates (id TEXT PRIMARY KEY, original TEXT NOT NULL, processed BLOB NOT NULL)
        WITHOUT ROWID""",
]
_EVENTS = "SELECT number, record FROM cloudformation_events WHERE stack_id = ?"
TEMPLATES_CACHED_MAX = 200


class CloudFormationStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.stacks: Table[Stack] = Table(
            store, "cloudformation_stacks", Stack, ("id",),
            [("account", "region", "name", "created_at"), ("status",), ("root_id",), ("parent_id",)],
        )  # fmt: skip
        self.resources: Table[StackResource] = Table(
            store, "cloudformation_resources", StackResource, ("stack_id", "logical_id"), [("physical_id",)]
        )
        self.leftovers: Table[Leftover] = Table(store, "cloudformation_leftovers", Leftover, ("stack_id", "id"))
        self.change_sets: Table[ChangeSet] = Table(
            store, "cloudformation_change_sets", ChangeSet, ("id",), [("stack_id", "name"), ("stack_id", "created_at")]
        )
        self.exports: Table[Export] = Table(
            store, "cloudformation_exports", Export, ("account", "region", "name"), [("stack_id",)]
        )
        self.imports: Table[Import] = Table(
            store, "cloudformation_imports", Import, ("account", "region", "name", "stack_id"), [("stack_id",)]
        )
        self.macros: Table[Macro] = Table(store, "cloudformation_macros", Macro, ("account", "region", "name"))
        self.callbacks: Table[Callback] = Table(
            store, "cloudformation_callbacks", Callback, ("token",), [("stack_id", "logical_id"), ("expires_at",)]
        )
        self.detections: Table[Detection] = Table(
            store, "cloudformation_detections", Detection, ("id",), [("stack_id",)]
        )
        store.ensure("cloudformation_log", _TABLES)
        self._load_event = loader(Event)
        self._templates: dict[str, Template] = {}
        store.on_undo(self._templates.clear)

    # stacks

    def live(self, account: str, region: str, name: str) -> Stack | None:
        """The stack of that name that is not deleted."""
        found = self.stacks.where(account=account, region=region, name=name, order="created_at")
        return next((stack for stack in reversed(found) if stack.is_live), None)

    def named(self, account: str, region: str, name: str) -> Stack | None:
        """By id, also a deleted one; by name, one that lives."""
        if name.startswith("arn:"):
            found = self.stacks.get(name)
            return found if found is not None and (found.account, found.region) == (account, region) else None
        return self.live(account, region, name)

    def busy(self) -> list[Stack]:
        """The stacks with an operation under way."""
        rows = self.db.all("SELECT DISTINCT status FROM cloudformation_stacks")
        busy = [row[0] for row in rows if row[0].endswith("_IN_PROGRESS") and row[0] != "REVIEW_IN_PROGRESS"]
        return [stack for status in busy for stack in self.stacks.where(status=status)]

    def change(self, stack_id: str, **members: Any) -> Stack:
        """A stack with other members, kept."""
        found = self.stacks.get(stack_id)
        assert found is not None
        return self.stacks.put(replace(found, **members))

    # resources

    def resources_of(self, stack_id: str) -> dict[str, StackResource]:
        return {resource.logical_id: resource for resource in self.resources.where(stack_id=stack_id)}

    def leave(self, resource: dict[str, Any]) -> None:
        """Remember a physical resource that is to be removed later."""
        self.leftovers.put(Leftover(resource["stack_id"], ids.uuid(), resource))

    # events

    def log(self, stack: Stack, event: Event) -> None:
        raw = orjson.dumps(event)
        self.db.execute("INSERT INTO cloudformation_events (stack_id, record) VALUES (?, ?)", (stack.id, raw))

    def events(self, stack_id: str, before: int | None, limit: int) -> list[tuple[int, Event]]:
        """Newest first, with their numbers."""
        upper = 2**62 if before is None else before
        rows = self.db.all(
            f"{_EVENTS} AND number < ? ORDER BY number DESC LIMIT ?",
            (stack_id, upper, limit),
        )
        return [(row[0], self._load_event(orjson.loads(row[1]))) for row in rows]

    def events_after(self, stack_id: str, number: int, limit: int) -> list[tuple[int, Event]]:
        """Oldest first, with their numbers."""
        rows = self.db.all(
            f"{_EVENTS} AND number > ? ORDER BY number LIMIT ?",
            (stack_id, number, limit),
        )
        return [(row[0], self._load_event(orjson.loads(row[1]))) for row in rows]

    def last_event(self, stack_id: str) -> int:
        """The number of a stack's newest event."""
        sql = "SELECT max(number) FROM cloudformation_events WHERE stack_id = ?"
        return int(self.db.value(sql, (stack_id,)) or 0)

    # templates

    def keep_template(self, original: str, processed: Mapping[str, Any]) -> str:
        """The key under which a template is kept; the same for the same."""
        raw = orjson.dumps(processed)
        key = hashlib.sha256(original.encode() + b"\0" + raw).hexdigest()[:32]
        self.db.execute("INSERT OR IGNORE INTO cloudformation_templates VALUES (?, ?, ?)", (key, original, raw))
        return key

    def original(self, key: str) -> str:
        return str(self.db.value("SELECT original FROM cloudformation_templates WHERE id = ?", (key,)) or "")

    def template(self, key: str) -> Template:
        """The processed form."""
        found = self._templates.get(key)
        if found is None:
            raw = self.db.value("SELECT processed FROM cloudformation_templates WHERE id = ?", (key,))
            if len(self._templates) >= TEMPLATES_CACHED_MAX:
                self._templates.clear()
            found = self._templates[key] = Template(orjson.loads(raw) if raw else {})
        return found

    # the end

    def forget(self, stack: Stack) -> None:
        """A deleted stack that nobody may ask for any more."""
        self.stacks.delete(stack.id)
        self.db.execute("DELETE FROM cloudformation_events WHERE stack_id = ?", (stack.id,))
        for resource in self.resources.where(stack_id=stack.id):
            self.resources.delete(stack.id, resource.logical_id)

    def deleted(self) -> list[Stack]:
        return self.stacks.where(status=ENDED)
