"""Global tables (version 2019.11.21): replicas of a table in other regions, made and removed by UpdateTable.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html
Each replica is a table of its own in its region. A new one is a copy (`copying.py`) to which all that is changed
elsewhere meanwhile is delivered afterwards; `replication.py` keeps them alike. What is set in one region and is the
same in all is set in the others by the same request, in the order of the changes to items.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError, NotImplementedByUs, ValidationError
from cloudchamber.core.service import private_operation
from cloudchamber.identity import principals
from cloudchamber.services.dynamodb import encryption, limits, provisioning
from cloudchamber.services.dynamodb.copying import NOT_YET, Copy, activated, awaiting_copy
from cloudchamber.services.dynamodb.errors import invalid
from cloudchamber.services.dynamodb.outbox import Link
from cloudchamber.services.dynamodb.replication import RETRY_SECONDS, Replayed, Replication, links_from
from cloudchamber.services.dynamodb.streams_control import start_stream
from cloudchamber.services.dynamodb.table import TableRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.dynamodb.table import Index, TableView

BOTH_IMAGES = "NEW_AND_OLD_IMAGES"
REPLICA = "replica"
# A replica need not be its source as it stood at one instant: the outbox makes up for what it was copied too late or
# too early for.
NOTHING_SINCE = 1 << 62
# What is the same in all replicas: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
SYNCHRONIZED = {
    "UpdateTable": (
        "AttributeDefinitions", "BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexUpdates",
        "OnDemandThroughput", "WarmThroughput",
    ),
    "UpdateTimeToLive": ("TimeToLiveSpecification",),
}  # fmt: skip
# What a replica takes over of the table it is made from; the rest is set for each by itself.
_TAKEN = (
    "name", "attributes", "partition", "sort", "indexes", "billing", "billing_changed_at", "throughput", "on_demand",
    "warm", "table_class", "sse",
)  # fmt: skip


class Replicas(Replication):
    async def update_replicas(self, ctx: Context, view: TableView, updates: Sequence[Request]) -> None:
        """ReplicaUpdates of UpdateTable: one replica is made, changed or removed; ValidationException."""
        if len(updates) != 1:
            raise invalid("Only one replica can be created, updated or deleted by an UpdateTable request")
        if len(updates[0]) != 1:
            raise invalid("Exactly one of Create, Update or Delete must be specified for a replica")
        if is_legacy(view.record):
            raise invalid("Replicas of a global table of version 2017.11.29 are changed by UpdateGlobalTable")
        ((kind, asked),) = updates[0].items()
        if kind == "Disassociate":
            raise NotImplementedByUs("Disassociating a replica exists on AWS and is not implemented in cloudchamber")
        if asked["RegionName"] == view.record.region:
            raise ValidationError(
                "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, "
                "or UpdateTable as required."
            )
        if kind == "Create":
            await self._create_replica(ctx, view, asked)
            return
        replica = self._replica(view, asked["RegionName"])
        if kind == "Update":
            await self._update_replica(ctx, replica, asked)
        else:
            root = principals.root(view.record.account)
            await ctx.call("dynamodb:DeleteTable", principal=root, region=replica.record.region, TableName=view.name)

    def _replica(self, view: TableView, region: str) -> TableView:
        found = self.store.view(view.record.account, region, view.name)
        if found is None or region not in _regions(view.record):
            raise ValidationError(
                "Replica specified in the Replica Update or Replica Delete action of the request was not found."
            )
        return found

    def replica_descriptions(self, view: TableView, now: float) -> list[dict[str, Any]]:
        if is_legacy(view.record):
            return []
        found = []
        for region in _regions(view.record):
            replica = self.store.view(view.record.account, region, view.name)
            if replica is not None:
                found.append(_described(view.record, replica.record, now))
        return found

    # making one

    async def _create_replica(self, ctx: Context, view: TableView, asked: Request) -> None:
        region = asked["RegionName"]
        self._check_new_replica(view, region)
        sse = view.record.sse
        if "KMSMasterKeyId" in asked:
            key = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": asked["KMSMasterKeyId"]}
            sse = await encryption.described(ctx, key, region)
            view = self.table(ctx, view.arn)
            self._check_new_replica(view, region)
        elif sse is not None and not sse["KMSMasterKeyArn"].endswith("alias/aws/dynamodb"):
            raise invalid("KMSMasterKeyId must be specified for each replica.")
        now = ctx.now()
        with self.platform.store.transaction():
            record = self.with_stream(view.record, now)
            copy = self._new_replica(replace(record, sse=sse), asked, now)
        self.pursue_copy(copy.target)
        self.plan_deliveries(
            Link(record.account, record.name, other, region) for other in (record.region, *_regions(record))
        )

    def _check_new_replica(self, view: TableView, region: str) -> None:
        record = view.record
        if self.store.view(record.account, region, record.name) is not None:
            raise ValidationError(
                f"Failed to create a the new replica of table with name: '{record.name}' because one or more replicas "
                "already existed as tables."
            )
        if record.billing == provisioning.PROVISIONED:
            raise ValidationError("Table write capacity should either be Pay-Per-Request or AutoScaled.")

    def with_stream(self, record: TableRecord, now: float) -> TableRecord:
        """Replicas have a stream with both images; ValidationException for a table that has another one."""
        if record.stream is None:
            return start_stream(self.store, record, BOTH_IMAGES, now)
        if record.stream_view != BOTH_IMAGES:
            raise invalid("Table must have a stream with NEW_AND_OLD_IMAGES to be replicated.")
        return record

    def _new_replica(self, source: TableRecord, asked: Request, now: float) -> Copy:
        """In the caller's transaction: a replica in another region, of which all others know."""
        region = asked["RegionName"]
        others = (source.region, *_regions(source))
        taken = {name: getattr(source, name) for name in _TAKEN}
        indexes = tuple(
            replace(index, number=self.store.new_number(), is_added=False, is_backfilled=True)
            for index in source.indexes
            if index.deleted_at is None
        )
        replica = TableRecord(
            **{**taken, "indexes": indexes},
            account=source.account,
            region=region,
            number=self.store.new_number(),
            id=ids.uuid(),
            created_at=now,
            replicas=tuple({"region": other} for other in others),
        )
        replica = start_stream(self.store, _with_overrides(replica, asked), BOTH_IMAGES, now)
        self.store.save(awaiting_copy(replica))
        for other in others:
            self._add_replica_to(source, other, region)
        updated = self.store.view(source.account, source.region, source.name)
        assert updated is not None
        self.store.save(
            replace(
                updated.record,
                stream=source.stream,
                stream_view=source.stream_view,
                updated_at=NOT_YET,
                sourced_replica_at=now,
            )
        )
        self.outbox.readdress(source.account, source.name, source.region, region)
        self.outbox.copy_versions(source.number, replica.number)
        if source.ttl_attribute is not None:
            self._tell_ttl(source, region, now)
        copy = Copy(replica.number, source.number, REPLICA, now, instant=NOT_YET, since=NOTHING_SINCE)
        self.begin_copy(copy)
        return copy

    def _add_replica_to(self, source: TableRecord, member: str, region: str) -> None:
        view = self.store.view(source.account, member, source.name)
        if view is not None:
            self.store.save(replace(view.record, replicas=(*view.record.replicas, {"region": region})))

    def _tell_ttl(self, source: TableRecord, region: str, now: float) -> None:
        specification = {"Enabled": True, "AttributeName": source.ttl_attribute}
        self._tell_setting(Link(source.account, source.name, source.region, region), "UpdateTimeToLive", now, {
            "TimeToLiveSpecification": specification
        })  # fmt: skip

    def copied(self, copy: Copy) -> None:
        super().copied(copy)
        replica = self.store.by_number(copy.target)
        if copy.kind != REPLICA or replica is None:
            return
        now = self.clock.now()
        self.store.save(activated(replica.record, now))
        source = self.store.by_number(copy.source)
        if source is not None and source.record.updated_at == NOT_YET:
            self.store.save(replace(source.record, updated_at=now))

    def copy_is_reachable(self, copy: Copy) -> bool:
        return super().copy_is_reachable(copy) and not (copy.kind == REPLICA and self.platform.faults.is_active)

    async def await_copy(self, copy: Copy) -> None:
        """Both regions have to answer for a replica to be made."""
        await super().await_copy(copy)
        source, target = self.store.by_number(copy.source), self.store.by_number(copy.target)
        while copy.kind == REPLICA and source is not None and target is not None:
            link = Link(target.record.account, target.name, source.record.region, target.record.region)
            try:
                for region in (link.source, link.target):
                    await self.call_replica(link, region, "meet_replica")
                return
            except AwsError:
                await self.clock.sleep(RETRY_SECONDS)

    @private_operation
    async def meet_replica(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Whether the region can be reached at all, which faults decide on the way."""
        return {}

    # changing one

    async def _update_replica(self, ctx: Context, replica: TableView, asked: Request) -> None:
        place = (replica.record.account, replica.record.region, replica.name)
        sse = replica.record.sse
        if "KMSMasterKeyId" in asked:
            key = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": asked["KMSMasterKeyId"]}
            sse = await encryption.described(ctx, key, place[1])
        found = self.store.view(*place)
        if found is not None:
            with self.platform.store.transaction():
                self.store.save(_with_overrides(replace(found.record, sse=sse), asked))

    def settings_changed(self, record: TableRecord, operation: str, request: Request) -> None:
        super().settings_changed(record, operation, request)
        members = {name: request[name] for name in SYNCHRONIZED[operation] if name in request}
        if members and not isinstance(request, Replayed) and not is_legacy(record):
            for link in links_from(record):
                self._tell_setting(link, operation, self.clock.now(), members)
            self.plan_deliveries(links_from(record))

    def _tell_setting(self, link: Link, operation: str, now: float, members: Mapping[str, Any]) -> None:
        told = {"Operation": f"dynamodb:{operation}", "Request": {"TableName": link.name, **members}}
        self.outbox.tell_setting(link, now, orjson.dumps(told))

    # removing one

    def retire(self, record: TableRecord, now: float) -> TableRecord:
        """A replica leaves its group. What it has told is delivered before, what was meant for it is not any more."""
        record = super().retire(record, now)
        regions = _regions(record)
        if not regions:
            return record
        sourced_at = record.sourced_replica_at
        if sourced_at is not None and now < sourced_at + limits.DAY_SECONDS:
            raise ValidationError(
                "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to "
                "the table in the last 24 hours."
            )
        for link in links_from(record):
            self.drain(link)
            view = self.store.view(record.account, link.target, record.name)
            if view is not None:
                left = tuple(one for one in view.record.replicas if one["region"] != record.region)
                self.store.save(replace(view.record, replicas=left))
                if not left:
                    self.outbox.forget_versions(view.number, inf, -1)
        self.outbox.forget(record.account, record.name, record.region)
        self.outbox.forget_versions(record.number, inf, -1)
        return replace(record, replicas=())


def _regions(record: TableRecord) -> tuple[str, ...]:
    """The other regions of a table."""
    return tuple(one["region"] for one in record.replicas)


def is_legacy(record: TableRecord) -> bool:
    """Whether a table is in a global table of version 2017.11.29 (`global_tables.py`)."""
    return any(one.get("is_legacy") for one in record.replicas)


def _with_overrides(record: TableRecord, asked: Request) -> TableRecord:
    """A replica with what is set for it alone: read capacity and table class."""
    overrides = {one["IndexName"]: one for one in asked.get("GlobalSecondaryIndexes") or ()}
    unknown = overrides.keys() - {index.name for index in record.indexes if not index.is_local}
    if unknown:
        raise invalid(f"Table does not have the specified index: {min(unknown)}")
    return replace(
        record,
        throughput=replace(record.throughput, read=_reads(asked, record.throughput.read)),
        on_demand=_maxima(asked, record.on_demand),
        table_class=asked.get("TableClassOverride", record.table_class),
        indexes=tuple(_overridden(index, overrides.get(index.name, {})) for index in record.indexes),
    )


def _overridden(index: Index, asked: Request) -> Index:
    throughput = replace(index.throughput, read=_reads(asked, index.throughput.read))
    return replace(index, throughput=throughput, on_demand=_maxima(asked, index.on_demand))


def _reads(asked: Request, now: int) -> int:
    units: int = (asked.get("ProvisionedThroughputOverride") or {}).get("ReadCapacityUnits", now)
    return units


def _maxima(asked: Request, now: dict[str, int] | None) -> dict[str, int] | None:
    override = asked.get("OnDemandThroughputOverride")
    return {**(now or {}), **override} if override else now


def _described(mine: TableRecord, theirs: TableRecord, now: float) -> dict[str, Any]:
    """ReplicaDescription of another region's table, as seen from this one's."""
    shown: dict[str, Any] = {"RegionName": theirs.region, "ReplicaStatus": theirs.status(now)}
    if theirs.sse is not None:
        shown["KMSMasterKeyId"] = theirs.sse["KMSMasterKeyArn"]
    shown.update(_overrides(mine, theirs))
    indexes = [index for index in theirs.indexes if not index.is_local]
    if indexes:
        known = {index.name: index for index in mine.indexes}
        shown["GlobalSecondaryIndexes"] = [
            {"IndexName": index.name, **(_overrides(known[index.name], index) if index.name in known else {})}
            for index in indexes
        ]
    if theirs.table_class != mine.table_class:
        shown["ReplicaTableClassSummary"] = {"TableClass": theirs.table_class}
    return shown


def _overrides(mine: TableRecord | Index, theirs: TableRecord | Index) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if theirs.throughput.read != mine.throughput.read:
        shown["ProvisionedThroughputOverride"] = {"ReadCapacityUnits": theirs.throughput.read}
    reads = (theirs.on_demand or {}).get("MaxReadRequestUnits")
    if reads is not None and reads != (mine.on_demand or {}).get("MaxReadRequestUnits"):
        shown["OnDemandThroughputOverride"] = {"MaxReadRequestUnits": reads}
    return shown
