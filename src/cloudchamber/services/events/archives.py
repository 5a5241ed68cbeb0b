"""Archives: events of a bus, kept for as long as they are to be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.events.base import EventsBase, page, shown
from cloudchamber.services.events.errors import ResourceAlreadyExists, ResourceNotFound, ValidationException, no_bus
from cloudchamber.services.events.patterns import compile_pattern
from cloudchamber.services.events.tables import Archive

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.events import shapes


class Archives(EventsBase):
    def archive(self, ctx: Context, name: str) -> Archive:
        found = self.store.archives.get(ctx.account, ctx.region, name)
        if found is None:
            raise ResourceNotFound(f"Archive {name} does not exist.")
        return found

    @operation
    async def create_archive(self, ctx: Context, request: shapes.CreateArchiveRequest) -> shapes.CreateArchiveResponse:
        name, source = request["ArchiveName"], request["EventSourceArn"]
        if self.store.archives.get(ctx.account, ctx.region, name) is not None:
            raise ResourceAlreadyExists(f"Archive {name} already exists.")
        bus = self.bus_by_arn(source)
        if bus is None:
            raise no_bus(source.rpartition("/")[2])
        if (bus.account, bus.region) != (ctx.account, ctx.region):
            raise ValidationException("Parameter EventSourceArn is not valid. Reason: the event bus is not your own.")
        pattern = request.get("EventPattern") or ""
        if pattern:
            compile_pattern(pattern)
        archive = Archive(
            ctx.account, ctx.region, name, bus.arn, ctx.now(), pattern, request.get("Description") or "",
            request.get("RetentionDays") or 0, request.get("KmsKeyIdentifier") or "",
        )  # fmt: skip
        self._keep(archive)
        answer: shapes.CreateArchiveResponse = _state(archive)
        return answer

    @operation
    async def update_archive(self, ctx: Context, request: shapes.UpdateArchiveRequest) -> shapes.UpdateArchiveResponse:
        archive = self.archive(ctx, request["ArchiveName"])
        if request.get("EventPattern"):
            compile_pattern(request["EventPattern"])
        archive = replace(
            archive,
            pattern=request.get("EventPattern", archive.pattern),
            description=request.get("Description", archive.description),
            retention_days=request.get("RetentionDays", archive.retention_days),
            kms_key=request.get("KmsKeyIdentifier", archive.kms_key),
        )
        self._keep(archive)
        answer: shapes.UpdateArchiveResponse = _state(archive)
        return answer

    def _keep(self, archive: Archive) -> None:
        with self.platform.store.transaction():
            self.store.archives.put(archive)
            self._changed(archive)

    def _changed(self, archive: Archive) -> None:
        self.store.changed(archive.account, archive.region, archive.bus_arn.rpartition("/")[2])

    @operation
    async def describe_archive(
        self, ctx: Context, request: shapes.DescribeArchiveRequest
    ) -> shapes.DescribeArchiveResponse:
        archive = self.archive(ctx, request["ArchiveName"])
        answer: shapes.DescribeArchiveResponse = self._shown_archive(archive, ctx.now()) | shown(
            ArchiveArn=archive.arn, Description=archive.description, EventPattern=archive.pattern,
            KmsKeyIdentifier=archive.kms_key,
        )  # fmt: skip
        return answer

    @operation
    async def delete_archive(self, ctx: Context, request: shapes.DeleteArchiveRequest) -> shapes.DeleteArchiveResponse:
        archive = self.archive(ctx, request["ArchiveName"])
        with self.platform.store.transaction():
            self.store.archives.delete(archive.account, archive.region, archive.name)
            self.store.empty(archive)
            self._changed(archive)
        return {}

    @operation
    async def list_archives(self, ctx: Context, request: shapes.ListArchivesRequest) -> shapes.ListArchivesResponse:
        prefix, source, state = request.get("NamePrefix"), request.get("EventSourceArn"), request.get("State")
        if sum(one is not None for one in (prefix, source, state)) > 1:
            raise ValidationException("At most one filter is allowed for ListArchives. Use either : State, "
                                      "EventSourceArn, or NamePrefix.")  # fmt: skip
        found = [
            archive
            for archive in self.store.archives.where(account=ctx.account, region=ctx.region)
            if archive.name.startswith(prefix or "")
            and archive.bus_arn == (source or archive.bus_arn)
            and state in (None, "ENABLED")
        ]
        archives, more = page(request, lambda archive: archive.name, found)
        answer: Any = {"Archives": [self._shown_archive(archive, ctx.now()) for archive in archives], **more}
        return answer  # type: ignore[no-any-return]

    def _shown_archive(self, archive: Archive, now: float) -> Any:
        with self.platform.store.transaction():
            self.store.drop_expired(archive, now)
        count, size = self.store.archive_size(archive)
        return {
            "ArchiveName": archive.name, "EventSourceArn": archive.bus_arn, "State": "ENABLED",
            "RetentionDays": archive.retention_days, "SizeBytes": size, "EventCount": count,
            "CreationTime": archive.created_at,
        }  # fmt: skip


def _state(archive: Archive) -> Any:
    return {"ArchiveArn": archive.arn, "State": "ENABLED", "CreationTime": archive.created_at}
