"""The phases of an operation, one for each status a stack can be in progress in. See `engine.py` for how they follow.

Deploying creates and updates along the dependencies, what is independent side by side. When all is there, what was
replaced or is no longer wanted goes (clean-up); when something failed, what was changed goes back to what it was and
what was made goes (rollback). Each phase finds out from the rows what is left to do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.services.cloudformation import limits, outputs, schemas
from cloudchamber.services.cloudformation.acting import (
    CUSTOM_NAMED,
    REPLACING,
    generated_name,
    new_row,
    redefined,
    remembering,
)
from cloudchamber.services.cloudformation.changes import deletes_first, must_update, replaces
from cloudchamber.services.cloudformation.functions import evaluate
from cloudchamber.services.cloudformation.graph import Walk
from cloudchamber.services.cloudformation.records import has_moved
from cloudchamber.services.cloudformation.scope import StackScope
from cloudchamber.services.cloudformation.stack_policy import denial
from cloudchamber.services.cloudformation.template import imports_in, references
from cloudchamber.services.cloudformation.undoing import Undoing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.cloudformation.records import StackResource

GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})


class Phases(Undoing):
    async def run(self) -> None:
        phase = {
            "CREATE_IN_PROGRESS": self.deploy,
            "UPDATE_IN_PROGRESS": self.deploy,
            "ROLLBACK_IN_PROGRESS": self.remove_all,
            "DELETE_IN_PROGRESS": self.remove_all,
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": self.clean_up,
            "UPDATE_ROLLBACK_IN_PROGRESS": self.roll_back,
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": self.clean_up,
        }[self.stack.status]
        await phase()

    def refuse(self, reason: str) -> None:
        """Nothing can be done, not even be begun: the phase fails."""
        status = self.stack.status
        if status == "CREATE_IN_PROGRESS":
            self.journal.stack(self.stack.id, "ROLLBACK_FAILED" if self._resources() else "CREATE_FAILED", reason)
        elif status == "UPDATE_IN_PROGRESS":
            self._end_deployment(reason)
        elif status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
            self.finish("UPDATE_COMPLETE")
        elif status.startswith("UPDATE_ROLLBACK"):
            self.journal.stack(self.stack.id, "UPDATE_ROLLBACK_FAILED", reason)
        else:
            self.journal.stack(self.stack.id, status.replace("_IN_PROGRESS", "_FAILED"), reason)

    # creating and updating

    async def deploy(self) -> None:
        self.template = self.store.template(self.stack.template)
        self.rows = self._resources()
        self.imports: set[str] = set()
        self.scope = StackScope(self.template, self.stack, self.rows, self.imported)
        try:
            self.wanted = self.scope.wanted()
            self._check_imports()
        except AwsError as error:
            self._end_deployment(error.message)
            return
        needs = {
            name: {need for need in self.template.dependencies[name] if need in self.wanted} for name in self.wanted
        }
        self.needs = needs
        is_update = self.stack.status == "UPDATE_IN_PROGRESS"
        self.policy = (self.stack.policy_during_update or self.stack.policy) if is_update else ""
        for name in self.rows.keys() - self.wanted.keys():
            verdict = denial(self.policy, self.rows[name], "Update:Delete")
            if verdict:
                self._end_deployment(verdict)
                return
        undone = await Walk(self.engine.clock, self._deploy, limits.AT_ONCE_MAX).run(needs)
        current = self.store.stacks.get(self.stack.id)
        if current is None or current.status != self.stack.status:  # somebody has asked for its deletion meanwhile
            return
        if undone or current.cancelled or self.engine.stopped_by(self.stack.id) is not None:
            self._end_deployment(self._why(current))
            return
        try:
            self._conclude()
        except AwsError as error:
            self._end_deployment(error.message)

    def _check_imports(self) -> None:
        """What other stacks do not export fails the deployment before anything is made."""
        for part in (self.wanted, self.template.outputs):
            for argument in imports_in(part):
                if not any(name in self.template.resources for name, _ in references(argument)):
                    self.imported(str(evaluate(argument, self.scope)))

    def imported(self, name: str) -> str:
        self.imports.add(name)
        return outputs.imported(self.store, self.stack, name)

    async def _deploy(self, name: str) -> bool:
        """Bring one resource to what the template wants. Whether that succeeded; if not, the rest is told to end."""
        assert self.actor is not None
        definition, row = self.wanted[name], self.rows.get(name)
        try:
            wanted = evaluate(definition.get("Properties") or {}, self.scope)
            properties = schemas.coerced(schemas.schema(definition["Type"]), wanted)
        except AwsError as error:
            row = row or redefined(new_row(self.stack, name, definition["Type"]), definition, self.needs[name])
            verb = "CREATE" if row.is_new else "UPDATE"
            row = replace(remembering(row), status=f"{verb}_FAILED", reason=error.message)
            return self._done(self.journal.resource(row))
        if row is None:
            row = new_row(self.stack, name, definition["Type"])
        if row.is_new and row.status != "CREATE_COMPLETE":
            if row.status == "CREATE_FAILED":  # it is asked for again
                gone = await self._take_away(row)
                if gone is not None:
                    return self._done(gone)
                row = replace(
                    row, physical_id="", token="", vacant=False, name=generated_name(self.stack.name, name)
                )  # fmt: skip
            row = redefined(replace(row, properties=properties), definition, self.needs[name])
            return self._done(await self.actor.create(row))
        return self._done(await self._change(row, definition, properties))

    async def _change(
        self, row: StackResource, definition: Mapping[str, Any], properties: dict[str, Any]
    ) -> StackResource:
        """An existing resource: left alone, changed in place or replaced."""
        assert self.actor is not None
        again = row.status in ("UPDATE_IN_PROGRESS", "UPDATE_FAILED")  # cut off by a restart, or failed and kept
        previous = row.before["properties"] if again and row.before is not None else row.properties
        defined = redefined(row, definition, self.needs[row.logical_id])
        kept = replace(defined, before=remembering(row).before)
        retags = self.stack.former is not None and self.stack.former["tags"] != self.stack.tags
        if not again and not must_update(row, properties, retags):
            return self.store.resources.put(kept) if defined != row else row
        is_replaced = replaces(row.type, previous, properties)
        verdict = denial(self.policy, row, "Update:Replace" if is_replaced else "Update:Modify")
        if verdict:
            return self.journal.resource(replace(remembering(row), status="UPDATE_FAILED", reason=verdict))
        if not is_replaced:
            return await self.actor.update(replace(kept, properties=properties), properties, previous)
        return await self._replace(kept, properties, previous)

    async def _replace(
        self, row: StackResource, properties: dict[str, Any], previous: Mapping[str, Any]
    ) -> StackResource:
        assert self.actor is not None and (row.before is not None or row.is_new)
        if row.status == "UPDATE_FAILED" and row.vacant:  # half of a replacement, which is asked for again
            gone = await self._take_away(row)
            if gone is not None:
                return gone
            row = replace(row, vacant=False)
        if not row.vacant:
            if row.physical_id and (row.is_new or has_moved(row)):  # replaced before, in an update that failed
                self.store.leave({**_as_dict(row), "properties": dict(row.properties)})
            named = _custom_name(row.type, previous, properties)
            if row.physical_id and deletes_first(row.type):
                gone = await self.actor.delete(row, row.replace_policy)
                if gone.status == "DELETE_FAILED":
                    return self.journal.resource(replace(row, status="UPDATE_FAILED", reason=gone.reason))
            elif named:
                reason = CUSTOM_NAMED.format(named)
                return self.journal.resource(replace(row, status="UPDATE_FAILED", reason=reason))
            row = replace(
                row, physical_id="", properties=properties, token="", replaced=True,
                name=generated_name(self.stack.name, row.logical_id),
            )  # fmt: skip
        return await self.actor.create(row, "UPDATE", REPLACING)

    async def _take_away(self, row: StackResource) -> StackResource | None:
        """Remove what a creation that failed has left. The row as it fails, if that fails."""
        assert self.actor is not None
        if not row.physical_id and not row.vacant:
            return None
        gone = await self.actor.delete(row, "")
        return (
            self.journal.resource(replace(row, status=row.status, reason=gone.reason))
            if gone.status == "DELETE_FAILED"
            else None
        )

    def _done(self, row: StackResource) -> bool:
        self.rows[row.logical_id] = row
        succeeded = not row.status.endswith("_FAILED")
        if not succeeded:
            self.engine.stop(self.stack.id, "")
        return succeeded

    # the end of it

    def _conclude(self) -> None:
        """Everything is there: outputs and exports, and on to the clean-up."""
        found = outputs.evaluated(self.template, self.scope)
        is_update = self.stack.status == "UPDATE_IN_PROGRESS"
        with self.store.db.transaction():
            outputs.export(self.store, self.stack, found)
            outputs.note_imports(self.store, self.stack, self.imports)
            if not is_update:
                self._settle_rows()
                self.journal.stack(self.stack.id, "CREATE_COMPLETE", outputs=tuple(found))
                return
            for row in self.rows.values():
                if row.before is not None and has_moved(row) and not deletes_first(row.type):
                    self.store.leave(row.before)
                if row.logical_id not in self.wanted:
                    self.store.leave(_as_dict(row))
                    self.store.resources.delete(row.stack_id, row.logical_id)
            self._settle_rows()
            self.journal.stack(
                self.stack.id, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", outputs=tuple(found), former=None,
                policy_during_update="",
            )  # fmt: skip

    def _why(self, stack: Any) -> str:
        """The reason of a failed deployment, without what happens next."""
        if stack.cancelled:
            return "User Initiated"
        stopped = self.engine.stopped_by(self.stack.id)
        if stopped:
            return stopped
        rows = self._resources().values()
        made = sorted(row.logical_id for row in rows if row.status == "CREATE_FAILED")
        changed = sorted(row.logical_id for row in rows if row.status == "UPDATE_FAILED")
        parts = [f"The following resource(s) failed to create: [{', '.join(made)}]."] if made else []
        parts += [f"The following resource(s) failed to update: [{', '.join(changed)}]."] if changed else []
        return " ".join(parts)

    def _end_deployment(self, reason: str) -> None:
        """A deployment has failed: keep what there is, or go back."""
        stack = self.store.stacks.get(self.stack.id) or self.stack
        if stack.status == "CREATE_IN_PROGRESS":
            if stack.keeps_failure or stack.on_failure == "DO_NOTHING":
                self.journal.stack(stack.id, "CREATE_FAILED", reason)
            elif stack.on_failure == "DELETE":
                self.journal.stack(stack.id, "DELETE_IN_PROGRESS", f"{reason} Delete requested by user.")
            else:
                self.journal.stack(stack.id, "ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user.")
        elif stack.keeps_failure and not stack.cancelled:
            self.journal.stack(stack.id, "UPDATE_FAILED", reason)
        else:
            self.journal.stack(stack.id, "UPDATE_ROLLBACK_IN_PROGRESS", reason, cancelled=False)


def _as_dict(row: StackResource) -> dict[str, Any]:
    found = remembering(replace(row, before=None, is_new=False)).before
    assert found is not None
    return found


def _custom_name(kind: str, previous: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """The name a template gives to a resource that is to be replaced under the same name; empty for none."""
    found = schemas.schema(kind)
    names = [path[0] for path in found.identifier] if found is not None else []
    if names and all(properties.get(name) and properties[name] == previous.get(name) for name in names):
        return str(properties[names[-1]])
    return ""
