"""CreateTable, DescribeTable, ListTables, DeleteTable.

A table is CREATING and DELETING for as long as the setting `dynamodb.transition_seconds` says. With none, which is the
default, only the answer of the operation says so, and the next look at the table finds it active, or gone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.core.service import Platform, Request, operation
from cloudchamber.services.dynamodb import encryption, limits, policy, provisioning, table_checks
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.errors import LimitExceeded, ResourceInUse, invalid
from cloudchamber.services.dynamodb.index_sizes import IndexSizes
from cloudchamber.services.dynamodb.streams_control import start_stream, stop_stream
from cloudchamber.services.dynamodb.table import Index, TableRecord
from cloudchamber.services.dynamodb.table_policies import check_policy, next_revision
from cloudchamber.services.dynamodb.table_shapes import SETTLED, Describer, Moving
from cloudchamber.services.dynamodb.table_tags import read_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.table import TableView
    from cloudchamber.services.dynamodb.table_checks import IndexPlan, Schema

LISTED_MAX = 100
_NOT_HERE = ("VectorIndexes", "GlobalTableSourceArn", "GlobalTableSettingsReplicationMode")


class Tables(DynamoBase):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._describer = Describer(self.store, IndexSizes(self.store))

    async def resume(self) -> None:
        await super().resume()
        for record in self.store.tables:
            if record.deleted_at is not None:
                self._plan_drop(record)

    def describe(self, view: TableView, now: float, moving: Moving = SETTLED) -> dict[str, Any]:
        """TableDescription."""
        shown = self._describer.table(view, now, moving)
        replicas = self.replica_descriptions(view, now)
        if replicas:
            shown["Replicas"] = replicas
            shown["GlobalTableVersion"] = "2019.11.21"
        return shown

    @operation
    async def create_table(self, ctx: Context, request: shapes.CreateTableInput) -> dict[str, Any]:
        place = policy.locate(ctx, request["TableName"])
        table_checks.check_name(place[2])
        refuse(request, _NOT_HERE)
        provisioning.check_new(request)
        schema = table_checks.read_schema(request)
        view_type = _stream_view(request.get("StreamSpecification"))
        read_tags(request.get("Tags"))
        if "ResourcePolicy" in request:
            check_policy(request["ResourcePolicy"])
        self._check_free(place, ctx.now())
        sse = await encryption.described(ctx, request.get("SSESpecification"))
        now = ctx.now()
        self._check_free(place, now)
        with self.platform.store.transaction():
            record = self._new(place, request, schema, now)
            provisioning.check_quota(record)
            if view_type is not None:
                record = start_stream(self.store, record, view_type, now, record.active_at)
            view = self.store.save(replace(record, sse=sse))
        moving = Moving("CREATING", {index.name: "CREATING" for index in record.indexes})
        return {"TableDescription": self.describe(view, now, moving)}

    def _check_free(self, place: tuple[str, str, str], now: float) -> None:
        """There is no table of that name, and there may be one more; ResourceInUse, LimitExceeded."""
        found = self.store.view(*place)
        if found is not None:
            status = found.record.status(now)
            if status in ("CREATING", "DELETING"):
                being = "created" if status == "CREATING" else "deleted"
                raise ResourceInUse(
                    f"Attempt to change a resource which is still in use: Table is being {being}: {found.name}"
                )
            raise ResourceInUse(f"Table already exists: {found.name}")
        if self.store.tables.count(account=place[0], region=place[1]) >= limits.TABLES:
            raise LimitExceeded(f"Subscriber limit exceeded: There is a limit of {limits.TABLES} tables per subscriber")

    def _new(self, place: tuple[str, str, str], request: Request, schema: Schema, now: float) -> TableRecord:
        account, region, name = place
        billing = request.get("BillingMode", provisioning.PROVISIONED)
        text = request.get("ResourcePolicy")
        active_at = now + self.transition_s
        indexes = [self.new_index(plan, True, billing) for plan in schema.local]
        indexes += [replace(self.new_index(plan, False, billing), active_at=active_at) for plan in schema.globals]
        record = TableRecord(
            account,
            region,
            name,
            self.store.new_number(),
            ids.uuid(),
            now,
            tuple(schema.definitions.items()),
            schema.keys.partition[0],
            schema.keys.sort[0] if schema.keys.sort else None,
            tuple(indexes),
            active_at,
            billing=billing,
            billing_changed_at=now if billing == provisioning.ON_DEMAND else None,
            throughput=provisioning.throughput_of(request.get("ProvisionedThroughput")),
            on_demand=provisioning.new_maxima(request.get("OnDemandThroughput"), billing, "table"),
            table_class=request.get("TableClass", "STANDARD"),
            is_protected=request.get("DeletionProtectionEnabled", False),
            tags=read_tags(request.get("Tags")),
            policy=text,
            policy_revision=None if text is None else next_revision(None, now),
        )
        return _warmed(record, request)

    def new_index(self, plan: IndexPlan, is_local: bool, billing: str) -> Index:
        """An index as it is asked for, with a number of its own."""
        asked = plan.asked
        maxima = provisioning.new_maxima(asked.get("OnDemandThroughput"), billing, f"index {plan.name}")
        return Index(
            plan.name,
            self.store.new_number(),
            is_local,
            plan.keys.partition,
            plan.keys.sort,
            plan.projection,
            plan.non_key,
            provisioning.throughput_of(asked.get("ProvisionedThroughput")),
            maxima,
            dict(asked["WarmThroughput"]) if asked.get("WarmThroughput") else None,
        )

    @operation
    async def describe_table(self, ctx: Context, request: shapes.DescribeTableInput) -> dict[str, Any]:
        return {"Table": self.describe(self.table(ctx, request["TableName"]), ctx.now())}

    @operation
    async def list_tables(self, ctx: Context, request: shapes.ListTablesInput) -> shapes.ListTablesOutput:
        limit = request.get("Limit", LISTED_MAX)
        start = request.get("ExclusiveStartTableName")
        found = self.store.tables.where(
            "name", limit + 1, None if start is None else (start,), account=ctx.account, region=ctx.region
        )
        answer: shapes.ListTablesOutput = {"TableNames": [record.name for record in found[:limit]]}
        if len(found) > limit:
            answer["LastEvaluatedTableName"] = found[limit - 1].name
        return answer

    @operation
    async def delete_table(self, ctx: Context, request: shapes.DeleteTableInput) -> dict[str, Any]:
        view = self.settled_table(ctx, request["TableName"])
        record = view.record
        if record.is_protected:
            raise ValidationError(
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion "
                "protection first."
            )
        now = ctx.now()
        shown = self.describe(view, now, Moving("DELETING", {index.name: "DELETING" for index in record.indexes}))
        with self.platform.store.transaction():
            if record.stream is not None:
                record = stop_stream(self.store, record, now)
            record = replace(self.retire(record, now), deleted_at=now + self.transition_s)
            if self.transition_s:
                self.store.save(record)
            else:
                self.store.drop(record)
        if self.transition_s:
            self._plan_drop(record)
        else:
            self.plan_sweep()
        return {"TableDescription": _brief(shown)}

    def _plan_drop(self, record: TableRecord) -> None:
        assert record.deleted_at is not None
        self.clock.at(record.deleted_at, lambda: self._drop(record), "dynamodb delete table")

    def _drop(self, record: TableRecord) -> None:
        """The end of DELETING."""
        found = self.store.view(record.account, record.region, record.name)
        if found is not None and found.number == record.number:
            with self.platform.store.transaction():
                self.store.drop(found.record)
            self.plan_sweep()


def refuse(request: Request, names: tuple[str, ...]) -> None:
    """Parameters that are not here yet are never taken without effect; NotImplementedByUs."""
    for name in names:
        if request.get(name) is not None:
            raise NotImplementedByUs(f"{name} exists on AWS and is not implemented in cloudchamber")


def _stream_view(given: Mapping[str, Any] | None) -> str | None:
    """The view type of the stream a new table is to have, if any; ValidationException."""
    if given is None:
        return None
    view_type: str | None = given.get("StreamViewType")
    if not given["StreamEnabled"]:
        if view_type is not None:
            raise invalid("Table is being created with a stream disabled, UpdateViewType should not be specified")
        return None
    if view_type is None:
        raise invalid("Table is being created with a stream enabled, UpdateViewType should be specified")
    return view_type


def _warmed(record: TableRecord, request: Request) -> TableRecord:
    """With the warm throughput that is asked for, which is no less than what the table has anyway."""
    given = request.get("WarmThroughput")
    provisioning.check_warm(given, provisioning.warm(record), "table")
    for index in record.indexes:
        if index.warm:
            floor = provisioning.warm(record, replace(index, warm=None))
            provisioning.check_warm(index.warm, floor, f"index {index.name}")
    return replace(record, warm=dict(given) if given else None)


_BRIEF = (
    "TableName", "TableStatus", "ProvisionedThroughput", "TableSizeBytes", "ItemCount", "TableArn", "TableId",
    "BillingModeSummary", "LocalSecondaryIndexes", "GlobalSecondaryIndexes", "DeletionProtectionEnabled",
)  # fmt: skip


def _brief(shown: dict[str, Any]) -> dict[str, Any]:
    """What DeleteTable shows of a table: neither its schema nor its creation."""
    return {name: shown[name] for name in _BRIEF if name in shown}
