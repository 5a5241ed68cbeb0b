"""Going back and taking away: rollback of an update, removal of all there is, and the clean-up after either way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.services.cloudformation import limits, outputs
from cloudchamber.services.cloudformation.changes import deletes_first
from cloudchamber.services.cloudformation.graph import Walk, reversed_of
from cloudchamber.services.cloudformation.records import (
    ENDED,
    Leftover,
    Stack,
    StackResource,
    has_moved,
    restored,
)
from cloudchamber.storage.tables import loader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.cloudformation.acting import Actor
    from cloudchamber.services.cloudformation.engine import Engine
    from cloudchamber.services.cloudformation.scope import StackScope
    from cloudchamber.services.cloudformation.template import Template

_row = loader(StackResource)
LEFT = "Update successful. One or more resources could not be deleted."
GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})


class Undoing:
    """What deploying shares with it: the stack as the phase found it, and the rows of its resources."""

    rows: dict[str, StackResource]
    scope: StackScope
    template: Template
    wanted: dict[str, Mapping[str, Any]]
    needs: dict[str, set[str]]
    policy: str

    def __init__(self, engine: Engine, stack: Stack, actor: Actor | None) -> None:
        self.engine = engine
        self.store = engine.store
        self.journal = engine.journal
        self.stack = stack
        self.actor = actor

    def _resources(self) -> dict[str, StackResource]:
        """The rows of what there is, or was begun."""
        found = self.store.resources_of(self.stack.id)
        return {name: row for name, row in found.items() if row.status not in GONE}

    def _settle_rows(self) -> None:
        """Forget what rows were before the operation. Inside a transaction."""
        for row in self.store.resources_of(self.stack.id).values():
            if row.before is not None or row.is_new or row.vacant or row.replaced:
                self.store.resources.put(replace(row, before=None, is_new=False, vacant=False, replaced=False))

    # removing all

    async def remove_all(self) -> None:
        """The end of a stack, or of a creation that failed."""
        assert self.actor is not None
        self.rows = self._resources()
        for row in self.rows.values():
            if row.before is not None and has_moved(row):  # of an update that failed
                with self.store.db.transaction():
                    self.store.leave({**row.before, "replace_policy": row.before["deletion_policy"]})
                    self.rows[row.logical_id] = self.store.resources.put(replace(row, before=None, replaced=False))
        is_rollback = self.stack.status == "ROLLBACK_IN_PROGRESS"
        needs = {name: [need for need in row.needs if need in self.rows] for name, row in self.rows.items()}
        order = reversed_of(needs)
        undone = await Walk(self.engine.clock, self._remove, limits.AT_ONCE_MAX, goes_on=True).run(order)
        for leftover in self.store.leftovers.where(stack_id=self.stack.id):
            await self._sweep(leftover)
        current = self.store.stacks.get(self.stack.id)
        if current is None or current.status != self.stack.status:  # somebody asked for the deletion meanwhile
            return
        if undone:
            failed = sorted(name for name in undone if self.rows[name].status == "DELETE_FAILED")
            status = "ROLLBACK_FAILED" if is_rollback else "DELETE_FAILED"
            reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
            self.journal.stack(self.stack.id, status, reason)
            return
        with self.store.db.transaction():
            outputs.withdraw(self.store, self.stack)
            if is_rollback:
                self._settle_rows()
                self.journal.stack(self.stack.id, "ROLLBACK_COMPLETE", outputs=())
            else:
                for change_set in self.store.change_sets.where(stack_id=self.stack.id):
                    self.store.change_sets.delete(change_set.id)
                self.journal.stack(self.stack.id, ENDED, deleted_at=self.engine.clock.now())

    async def _remove(self, name: str) -> bool:
        assert self.actor is not None
        row = self.rows[name]
        policy = row.deletion_policy
        if name in self.stack.retained:
            policy = "Retain"
        elif (policy == "RetainExceptOnCreate" and row.is_new) or (self.stack.retains_unless_created and row.is_new):
            policy = "Delete"
        self.rows[name] = row = await self.actor.delete(row, policy)
        self.store.resources.put(replace(row, updated_at=self.engine.clock.now()))
        return row.status in GONE

    # rolling an update back

    async def roll_back(self) -> None:
        """What was changed in place goes back; what was replaced is as it was; what is new goes in the clean-up."""
        self.rows = {name: row for name, row in self._resources().items() if row.before is not None}
        if self.stack.former is not None and self.actor is not None:  # tags go back, too
            self.actor.stack = replace(self.stack, **restored(self.stack.former))
        needs = {name: [n for n in (row.before or {})["needs"] if n in self.rows] for name, row in self.rows.items()}
        await Walk(self.engine.clock, self._undo, limits.AT_ONCE_MAX, goes_on=True).run(needs)
        failed = sorted(name for name, row in self.rows.items() if row.status == "UPDATE_FAILED")
        if failed:
            reason = f"The following resource(s) failed to update: [{', '.join(failed)}]. "
            self.journal.stack(self.stack.id, "UPDATE_ROLLBACK_FAILED", reason)
            return
        with self.store.db.transaction():
            for row in self._resources().values():
                if row.is_new:
                    retains = row.deletion_policy == "Retain" and not self.stack.retains_unless_created
                    self.store.leave(_raw(row, "Retain" if retains and row.status == "CREATE_COMPLETE" else "Delete"))
                    self.store.resources.delete(row.stack_id, row.logical_id)
            self._settle_rows()
            former = restored(self.stack.former) if self.stack.former else {}
            self.journal.stack(
                self.stack.id, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", former=None, retained=(),
                policy_during_update="", **former,
            )  # fmt: skip

    async def _undo(self, name: str) -> bool:
        """One resource as it was before the update."""
        assert self.actor is not None
        row = self.rows[name]
        assert row.before is not None
        old = _row(row.before)
        if name in self.stack.retained:  # ContinueUpdateRollback was told to skip it
            self.rows[name] = self.journal.resource(replace(old, status="UPDATE_COMPLETE", reason=""))
            return True
        if has_moved(row) and deletes_first(row.type):
            return await self._make_again(row, old)
        if has_moved(row):
            with self.store.db.transaction():
                if row.physical_id or row.vacant:
                    self.store.leave(_raw(row, "Delete"))
                self.rows[name] = self.journal.resource(replace(old, status="UPDATE_COMPLETE", reason=""))
            return True
        is_same = row.status.endswith("_COMPLETE") and row.properties == old.properties
        if is_same and not self._retagged:
            self.rows[name] = self.store.resources.put(old)
            return True
        going_back = replace(old, before=row.before, properties=row.properties)
        done = await self.actor.update(going_back, old.properties, row.properties)
        self.rows[name] = done
        if done.status != "UPDATE_FAILED" and done.physical_id != old.physical_id:  # a custom resource has moved
            self.store.leave({**row.before, "physical_id": row.physical_id, "replace_policy": ""})
        if done.status != "UPDATE_FAILED":
            self.rows[name] = self.store.resources.put(replace(done, before=None))
        return done.status != "UPDATE_FAILED"

    async def _make_again(self, row: StackResource, old: StackResource) -> bool:
        """What had to go before its successor could come: now it is the other way round."""
        assert self.actor is not None
        if row.physical_id or row.vacant:
            await self.actor.delete(row, "")
        done = await self.actor.create(replace(old, physical_id="", status="", token="", before=row.before), "UPDATE")
        if done.status != "UPDATE_FAILED":
            done = self.store.resources.put(replace(done, before=None))
        self.rows[row.logical_id] = done
        return done.status != "UPDATE_FAILED"

    @property
    def _retagged(self) -> bool:
        return self.stack.former is not None and self.stack.former["tags"] != self.stack.tags

    # what is left over

    async def clean_up(self) -> None:
        """Remove what was replaced or is no longer wanted. What cannot be removed is left, as on AWS."""
        found = {each.id: each for each in self.store.leftovers.where(stack_id=self.stack.id)}
        by_name: dict[str, str] = {each.resource["logical_id"]: key for key, each in found.items()}
        needs = {key: [by_name[n] for n in each.resource["needs"] if n in by_name] for key, each in found.items()}
        self._found = found
        walk = Walk(self.engine.clock, self._sweep_one, limits.AT_ONCE_MAX, goes_on=True)
        left = await walk.run(reversed_of({key: [n for n in of if n != key] for key, of in needs.items()}))
        for each in self.store.leftovers.where(stack_id=self.stack.id):
            self.store.leftovers.delete(each.stack_id, each.id)
        back = self.stack.status.startswith("UPDATE_ROLLBACK")
        self.finish("UPDATE_ROLLBACK_COMPLETE" if back else "UPDATE_COMPLETE", LEFT if left else "")

    def finish(self, status: str, reason: str = "") -> None:
        self.journal.stack(self.stack.id, status, reason)

    async def _sweep_one(self, key: str) -> bool:
        return await self._sweep(self._found[key])

    async def _sweep(self, leftover: Leftover) -> bool:
        assert self.actor is not None
        row = _row(leftover.resource)
        current = self.store.resources.get(row.stack_id, row.logical_id)
        policy = row.deletion_policy if current is None else row.replace_policy
        gone = await self.actor.delete(row, policy)
        self.store.leftovers.delete(leftover.stack_id, leftover.id)
        return gone.status in GONE


def _raw(row: StackResource, policy: str) -> dict[str, Any]:
    """A row to be removed in the clean-up, under the policy that counts for it."""
    made = {name: getattr(row, name) for name in row.__dataclass_fields__ if name not in ("before", "is_new", "drift")}
    return {**made, "deletion_policy": policy, "replace_policy": policy}
