"""What DynamoDB's operations share: finding a table, the sweep of what was abandoned, and being found by others."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Service
from cloudchamber.services.dynamodb import policy
from cloudchamber.services.dynamodb.capacity import measured, report
from cloudchamber.services.dynamodb.changes import Changes
from cloudchamber.services.dynamodb.errors import ResourceInUse, ResourceNotFound, Throttled
from cloudchamber.services.dynamodb.store import DynamoStore
from cloudchamber.services.dynamodb.throttling import Buckets
from cloudchamber.services.dynamodb.wire import MODEL_PATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.dynamodb.capacity import Used
    from cloudchamber.services.dynamodb.table import IndexView, TableRecord, TableView

SWEEP_ROWS = 1000


class DynamoBase(Service):
    name: ClassVar[str] = "dynamodb"
    model_patch: ClassVar[Mapping[str, Any]] = MODEL_PATCH

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store: DynamoStore = platform.store.shared(DynamoStore)
        self.changes = Changes(self.store)
        self.rules = policy.rules(self.store)
        # How long tables and indexes stay CREATING, UPDATING and DELETING, in seconds of the cloud's time.
        self.transition_s = float(platform.settings.get("dynamodb.transition_seconds", 0.0))
        self.throttles = bool(platform.settings.get("dynamodb.throttling", False))
        self._buckets = Buckets()
        self._sweeping = False

    async def resume(self) -> None:
        self.plan_sweep()

    # tables

    def view(self, ctx: Context, name: str) -> TableView:
        """The table of a name or an ARN, for a data operation: ResourceNotFound unless it can be used."""
        account, region, table = policy.locate(ctx, name)
        found = self.store.view(account, region, table)
        if found is None:
            raise ResourceNotFound
        record = found.record
        if record.active_at or record.deleted_at is not None:
            now = ctx.now()
            if record.deleted_at is not None or now < record.active_at:
                raise ResourceNotFound
        return found

    def table(self, ctx: Context, name: str) -> TableView:
        """The table of a name or an ARN, whatever its status: ResourceNotFound names what was looked for."""
        account, region, table = policy.locate(ctx, name)
        found = self.store.view(account, region, table)
        if found is None:
            raise ResourceNotFound(f"Requested resource not found: Table: {table} not found")
        return found

    def settled_table(self, ctx: Context, name: str) -> TableView:
        """A table that is neither being made, changed nor deleted: ResourceInUse."""
        found = self.table(ctx, name)
        status = found.record.status(ctx.now())
        if status != "ACTIVE":
            raise ResourceInUse(
                f"Attempt to change a resource which is still in use: Table is being {_BEING[status]}: {found.name}"
            )
        return found

    @staticmethod
    def index(ctx: Context, view: TableView, name: str) -> IndexView:
        """An index that can be read."""
        found = view.index(name)
        if found is None:
            raise ValidationError(f"The table does not have the specified index: {name}")
        record = found.record
        if not record.is_backfilled or (record.active_at and ctx.now() < record.active_at):
            raise ValidationError(f"Cannot read from backfilling global secondary index: {name}")
        return found

    # capacity

    def admit(self, view: TableView, kind: str, now: float, index: IndexView | None = None) -> None:
        """Throttled where capacity is asked to run out, and has. `kind` is "read" or "write", `index` what is read."""
        if self.throttles:
            try:
                self._buckets.admit(view, kind, now, index)
            except Throttled:
                name = "WriteThrottleEvents" if kind == "write" else "ReadThrottleEvents"
                self.platform.facts.emit(measured(view, (name, 1.0, "Count")))
                raise

    def account_for(self, ctx: Context, used: Used, request: Any, answer: dict[str, Any]) -> None:
        """Meter what was used, take it from what is provisioned, and show it if the request asks for that."""
        report(ctx, used, request, answer)
        if self.throttles:
            self._buckets.spend(used, ctx.now())

    # what the operations on tables leave to others

    async def update_replicas(self, ctx: Context, view: TableView, updates: Sequence[Request]) -> None:
        """ReplicaUpdates of UpdateTable."""
        raise NotImplementedByUs("Replicas of tables exist on AWS and are not implemented in cloudchamber")

    def replica_descriptions(self, view: TableView, now: float) -> list[dict[str, Any]]:
        """Replicas of a table's description."""
        return []

    def settings_changed(self, record: TableRecord, operation: str, request: Request) -> None:
        """In the transaction of an UpdateTable or UpdateTimeToLive that has succeeded."""

    def retire(self, record: TableRecord, now: float) -> TableRecord:
        """In the transaction that begins to delete a table: what goes with it goes."""
        return record

    def announce(self, view: TableView) -> None:
        """After the commit of a change: what waits for changes of this table looks again."""

    # sweeping

    def plan_sweep(self) -> None:
        """See to it that abandoned rows are deleted."""
        if not self._sweeping:
            self._sweeping = True
            self.clock.spawn(self._sweep(), "dynamodb sweep")

    async def _sweep(self) -> None:
        more = True
        try:
            while more:
                with self.platform.store.transaction():
                    more = self.store.sweep(SWEEP_ROWS)
                await self.clock.breathe()
        finally:
            self._sweeping = False

    # Service

    def find(self, arn: str) -> Resource | None:
        place = place_of(arn)
        view = None if place is None else self.store.view(*place)
        return None if view is None else _resource(view)

    def resource_policy(self, arn: str) -> str | None:
        place = place_of(arn)
        view = None if place is None else self.store.view(*place)
        if view is None:
            return None
        record = view.record
        if not record.stream_policies:
            return None if "/stream/" in arn else record.policy
        _, _, label = arn.partition("/stream/")
        return record.stream_policies.get(label) if label else record.policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        for record in self.store.tables.where(**wanted):
            view = self.store.view(record.account, record.region, record.name)
            if view is not None:
                yield _resource(view)


@lru_cache(maxsize=4096)
def place_of(arn: str) -> tuple[str, str, str] | None:
    """Account, region and name of the table that an ARN names, or that an index or a stream belongs to."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("table/"):
        return None
    return parts[4], parts[3], parts[5].split("/")[1]


_BEING = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}


def _resource(view: TableView) -> Resource:
    """A change to a table goes on to its replicas in other regions."""
    record = view.record
    copies = (f"arn:aws:dynamodb:{one['region']}:{record.account}:table/{record.name}" for one in record.replicas)
    return Resource(
        view.arn, "AWS::DynamoDB::Table", record.name, record.account, record.region, record.tags, record.policy,
        links_of(*copies, None if record.sse is None else record.sse["KMSMasterKeyArn"]),
    )  # fmt: skip
