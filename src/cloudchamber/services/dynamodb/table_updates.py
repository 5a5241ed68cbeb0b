"""UpdateTable.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.dynamodb import encryption, provisioning
from cloudchamber.services.dynamodb.errors import invalid
from cloudchamber.services.dynamodb.indexes import Indexes
from cloudchamber.services.dynamodb.streams_control import start_stream, stop_stream
from cloudchamber.services.dynamodb.table_shapes import Moving, throughput
from cloudchamber.services.dynamodb.tables import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.table import TableRecord

_NOT_HERE = (
    "VectorIndexUpdates", "GlobalTableWitnessUpdates", "GlobalTableSettingsReplicationMode",
    "DisassociationProtectionEnabled",
)  # fmt: skip
_SETTINGS = (
    "ProvisionedThroughput", "BillingMode", "StreamSpecification", "GlobalSecondaryIndexUpdates", "SSESpecification",
    "TableClass", "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput",
)  # fmt: skip


class TableUpdates(Indexes):
    @operation
    async def update_table(self, ctx: Context, request: shapes.UpdateTableInput) -> dict[str, Any]:
        refuse(request, _NOT_HERE)
        if request.get("MultiRegionConsistency") == "STRONG":
            refuse(request, ("MultiRegionConsistency",))
        asked = {name for name in _SETTINGS if request.get(name) not in (None, [], {})}
        replicas = request.get("ReplicaUpdates")
        if not asked and not replicas:
            raise ValidationError(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates "
                "or SSESpecification or ReplicaUpdates is required"
            )
        view = self.settled_table(ctx, request["TableName"])
        if replicas:
            await self.update_replicas(ctx, view, replicas)
            view = self.table(ctx, request["TableName"])
            if not asked:
                return {"TableDescription": self.describe(view, ctx.now(), Moving("UPDATING"))}
        if "SSESpecification" in asked:
            sse = await encryption.described(ctx, request.get("SSESpecification"))
            look = self.table if replicas else self.settled_table
            view = look(ctx, request["TableName"])
            encryption.check_change(view.record.sse, sse)
        else:
            sse = view.record.sse
        return {"TableDescription": self._update(replace(view.record, sse=sse), request, asked, ctx.now())}

    def _update(self, before: TableRecord, request: Request, asked: set[str], now: float) -> dict[str, Any]:
        with self.platform.store.transaction():
            record = self._changed(before, request, now)
            record, indexes = self.change_indexes(record, request, now)
            provisioning.check_quota(record)
            if asked != {"WarmThroughput"}:
                record = replace(record, updated_at=now + self.transition_s)
            shown = self.store.save(record)
            rest = self.begin_backfills(record, {name for name, status in indexes.items() if status == "CREATING"})
            self.settings_changed(record, "UpdateTable", request)
        self.pursue_backfills(record.number, rest)
        self.plan_ends(record)
        status = None if asked == {"WarmThroughput"} else "UPDATING"
        answer = self.describe(shown, now, Moving(status, indexes, frozenset(asked)))
        # The answer shows what is still in force, and maxima as they were asked for.
        answer["ProvisionedThroughput"] = throughput(before.throughput, now)
        if request.get("OnDemandThroughput"):
            answer["OnDemandThroughput"] = {**(before.on_demand or {}), **request["OnDemandThroughput"]}
        return answer

    def _changed(self, record: TableRecord, request: Request, now: float) -> TableRecord:
        """All but the indexes."""
        record = provisioning.changed_billing(record, request, now)
        maxima = provisioning.changed_maxima(
            record.on_demand, request.get("OnDemandThroughput"), record.billing, "table"
        )
        record = replace(record, on_demand=maxima)
        warm = request.get("WarmThroughput")
        if warm:
            current = provisioning.warm(record)
            provisioning.check_warm(warm, current, "table")
            record = replace(record, warm={**current, **warm}, warm_at=now + self.transition_s)
        table_class = request.get("TableClass", record.table_class)
        if table_class != record.table_class:
            record = replace(record, table_class=table_class, class_changed_at=now)
        record = replace(record, is_protected=request.get("DeletionProtectionEnabled", record.is_protected))
        stream = request.get("StreamSpecification")
        return record if stream is None else self._restreamed(record, stream, now)

    def _restreamed(self, record: TableRecord, given: Mapping[str, Any], now: float) -> TableRecord:
        """With the stream begun or ended; ValidationException if that is how it is already."""
        view_type = given.get("StreamViewType")
        settled_at = now + self.transition_s
        if given["StreamEnabled"]:
            if view_type is None:
                raise invalid("If stream is being enabled, then UpdateViewType must be specified")
            return start_stream(self.store, record, view_type, now, settled_at)
        if view_type is not None:
            raise invalid("If stream is being disabled, then UpdateViewType must not be specified")
        if record.replicas:
            raise invalid("Disabling Stream is not allowed for a Global Table replica.")
        return stop_stream(self.store, record, now, settled_at)
