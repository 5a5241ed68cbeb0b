"""Between the replicas of a global table: changes are delivered some time after they were made, and the last one wins.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
From each replica to each other there is a link. What waits in the outbox for a link is handed over in calls of their
own in both regions, so that a fault which cuts a region off stops what comes from there and what goes there; it is
tried again until the region is back, and then all replicas come to the same, in whatever order they heard of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import private_operation
from cloudchamber.identity import principals
from cloudchamber.services.dynamodb import keys
from cloudchamber.services.dynamodb.changes import Origin
from cloudchamber.services.dynamodb.copying import Copying
from cloudchamber.services.dynamodb.errors import ResourceInUse, ResourceNotFound
from cloudchamber.services.dynamodb.outbox import Link, Outbox, Parcel, Version
from cloudchamber.services.dynamodb.values import item_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.resources import Resource
    from cloudchamber.core.service import Platform, Request
    from cloudchamber.services.dynamodb.table import TableRecord, TableView

REPLICATION = principals.service("replication.dynamodb.amazonaws.com")
REPLICATION_SECONDS = 0.5
RETRY_SECONDS = 1.0
PARCELS_AT_ONCE = 200
FORGOTTEN_AT_ONCE = 500


class Replayed(dict[str, Any]):
    """A request that makes a change in one region which was made in another: it is not told again."""


class Replication(Copying):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.outbox: Outbox = platform.store.shared(Outbox)
        self.replication_s = float(platform.settings.get("dynamodb.replication_seconds", REPLICATION_SECONDS))
        self._planned_links: set[Link] = set()

    async def resume(self) -> None:
        await super().resume()
        for link in self.outbox.links():
            self.plan_delivery(link, self.clock.now())

    def announce(self, view: TableView) -> None:
        super().announce(view)
        if view.record.replicas:
            self.plan_deliveries(links_from(view.record))

    def plan_deliveries(self, links: Iterable[Link]) -> None:
        """See to it that what has just been told to other replicas is delivered."""
        due = self.clock.now() + self.replication_s
        for link in links:
            self.plan_delivery(link, due)

    def plan_delivery(self, link: Link, due: float) -> None:
        """See to it that what waits for a link is delivered at an instant, if nothing is planned yet."""
        if link in self._planned_links:
            return
        self._planned_links.add(link)

        async def deliver() -> None:
            await self._deliver_link(link)

        self.clock.at(due, deliver, "dynamodb replication")

    async def _deliver_link(self, link: Link) -> None:
        earliest = 0.0
        try:
            while self._is_due(link):
                last = await self.call_replica(link, link.source, "offer_changes")
                await self.call_replica(link, link.target, "take_changes", Last=last["Last"])
            self._forget_versions(link)
        except AwsError:
            earliest = self.clock.now() + RETRY_SECONDS
        finally:
            self._planned_links.discard(link)
        waiting = self.outbox.pending(link, 1)
        if waiting:
            self.plan_delivery(link, max(earliest, waiting[0].at + self.replication_s))

    def _is_due(self, link: Link) -> bool:
        """Whether the oldest change on a link has been on its way for long enough."""
        return any(parcel.at + self.replication_s <= self.clock.now() for parcel in self.outbox.pending(link, 1))

    async def call_replica(self, link: Link, region: str, operation: str, **more: Any) -> Mapping[str, Any]:
        """A call in one of a link's regions: there faults strike it, and there it is seen in traces."""
        request = {"TableName": link.name, "Source": link.source, "Target": link.target, **more}
        return await self.platform.dispatcher.enter(REPLICATION, link.account, region, f"dynamodb:{operation}", request)

    def _forget_versions(self, link: Link) -> None:
        """Where nothing is on its way to a replica, any change to come is later than all that it knows."""
        now = self.clock.now()
        for region in (link.source, link.target):
            view = self.store.view(link.account, region, link.name)
            if view is not None and self.outbox.oldest_to(link.account, link.name, region) is None:
                with self.platform.store.transaction():
                    self.outbox.forget_versions(view.number, now, FORGOTTEN_AT_ONCE)

    # both ends

    @private_operation
    async def offer_changes(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Which changes of a replica are due: `Last` is the id of the last of them, 0 if there are none."""
        parcels = self.outbox.pending(_link(ctx, request), PARCELS_AT_ONCE)
        due = (parcel.id for parcel in parcels if parcel.at + self.replication_s <= ctx.now())
        return {"Last": max(due, default=0)}

    @private_operation
    async def take_changes(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Carry out what another replica offered, in the order it was made in. Throws if this one is not ready yet."""
        link = _link(ctx, request)
        parcels = [p for p in self.outbox.pending(link, PARCELS_AT_ONCE) if p.id <= request["Last"]]
        view = self.store.view(ctx.account, ctx.region, link.name)
        if view is None or view.record.deleted_at is not None:
            with self.platform.store.transaction():  # it was removed since
                self.outbox.delivered(parcel.id for parcel in parcels)
            return {"Taken": 0}
        if ctx.now() < view.record.active_at:
            raise ResourceNotFound
        settings = [at for at, parcel in enumerate(parcels) if not parcel.key]
        until = settings[0] if settings else len(parcels)
        self._take_items(ctx, view, link, parcels[:until])
        if settings:
            await self._take_setting(link, parcels[until])
        self.announce(view)
        return {"Taken": until + bool(settings)}

    def _take_items(self, ctx: Context, view: TableView, link: Link, parcels: list[Parcel]) -> None:
        units = 0.0
        with self.platform.store.transaction():
            for parcel in parcels:
                units += self._apply_parcel(view, link, parcel, ctx.now())
            self.outbox.delivered(parcel.id for parcel in parcels)
        ctx.meter("dynamodb.replicated_write_units", units)

    def _apply_parcel(self, view: TableView, link: Link, parcel: Parcel, now: float) -> float:
        """Make the change if it is later than what is known of the item; the write units it uses."""
        key = keys.prefix(view.number) + parcel.key
        version = Version(parcel.at, link.source)
        known = self.outbox.version(key)
        if known is not None and known > version:
            return 0.0
        self.outbox.keep(key, version)
        origin = Origin(now, replicated_at=parcel.at, replicated_from=link.source)
        old = self.store.get(key)
        if parcel.data is None:
            return self.changes.delete(view, key, old, origin).total
        item = orjson.loads(parcel.data)
        return self.changes.put_sized(view, key, old, (item, item_size(item)), origin).total

    def drain(self, link: Link) -> None:
        """In the caller's transaction: deliver what a replica that is about to go has told of its items."""
        view = self.store.view(link.account, link.target, link.name)
        more = view is not None
        while more and view is not None:
            parcels = [parcel for parcel in self.outbox.pending(link, PARCELS_AT_ONCE) if parcel.key]
            for parcel in parcels:
                self._apply_parcel(view, link, parcel, self.clock.now())
            self.outbox.delivered(parcel.id for parcel in parcels)
            more = len(parcels) == PARCELS_AT_ONCE

    async def _take_setting(self, link: Link, parcel: Parcel) -> None:
        """Make a change to the table itself, as the account's root; one that is made already is refused, and done."""
        assert parcel.data is not None
        told = orjson.loads(parcel.data)
        request = Replayed(told["Request"])
        root = principals.root(link.account)
        try:
            await self.platform.dispatcher.enter(root, link.account, link.target, told["Operation"], request)
        except ResourceInUse:
            raise
        except AwsError as error:
            if error.status >= 500:
                raise
        with self.platform.store.transaction():
            self.outbox.delivered([parcel.id])

    # how far behind

    def find(self, arn: str) -> Resource | None:
        """A replica tells how many changes are on their way to each other region, and how old the oldest is (s)."""
        found = super().find(arn)
        view = None if found is None else self.store.view(found.account, found.region, found.name)
        if found is None or view is None or not view.record.replicas:
            return found
        now, pending, latency = self.clock.now(), {}, {}
        for link in links_from(view.record):
            count, oldest = self.outbox.waiting(link)
            pending[link.target] = count
            latency[link.target] = 0.0 if oldest is None else max(0.0, now - oldest)
        shown = {**found.attributes, "PendingReplicationCount": pending, "ReplicationLatency": latency}
        return replace(found, attributes=shown)


def links_from(record: TableRecord) -> list[Link]:
    return [Link(record.account, record.name, record.region, one["region"]) for one in record.replicas]


def _link(ctx: Context, request: Request) -> Link:
    return Link(ctx.account, request["TableName"], request["Source"], request["Target"])
