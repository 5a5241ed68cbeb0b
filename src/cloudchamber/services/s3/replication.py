"""Replication: new versions, delete markers and tags of a bucket turn up in another, on the cloud's clock, by a role.

A version to be replicated is noted with its own transaction. Some seconds later S3 takes on the configuration's role,
which must let it, and what that role may do decides. A replica has the version id of its source.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Check, Platform, Request, operation
from cloudchamber.services.s3.configuration import Configuration
from cloudchamber.services.s3.copying import Copying
from cloudchamber.services.s3.errors import InvalidArgument, InvalidRequest, MalformedXml
from cloudchamber.services.s3.lifecycle_rules import concerns
from cloudchamber.services.s3.outbox import PRINCIPAL
from cloudchamber.services.s3.tables import REPLICATIONS
from cloudchamber.services.s3.version import NULL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bodies import Received
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version

DELAY_SECONDS = 5.0
AT_ONCE = 100
_REPLICATED = ("ObjectCreated", "ObjectTagging", "ObjectRemoved:DeleteMarkerCreated")
_NOT_VERSIONED = "Destination bucket must have versioning enabled."
_NO_PRIORITY = (
    "Priority must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 "
    "Developer Guide for more information."
)


def rules_for(bucket: Bucket, version: Version) -> list[Mapping[str, Any]]:
    """The enabled rules that concern a version, the one with the highest priority for each destination."""
    found: dict[str, Mapping[str, Any]] = {}
    configuration = bucket.configurations.get("replication") or {}
    rules = sorted(configuration.get("Rules") or (), key=lambda rule: -(rule.get("Priority") or 0))
    for rule in rules:
        if rule["Status"] != "Enabled" or not concerns(rule, version):
            continue
        if version.is_marker and (rule.get("DeleteMarkerReplication") or {}).get("Status") != "Enabled":
            continue
        found.setdefault(rule["Destination"]["Bucket"], rule)
    return list(found.values())


class Replication(Copying, Configuration):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        platform.store.ensure("s3_replications", REPLICATIONS)
        self._replication_timer: Timer | None = None
        self._is_replicating = False

    async def resume(self) -> None:
        await super().resume()
        self._plan_replication()

    # the configuration

    @operation
    async def put_bucket_replication(self, ctx: Context, request: Request) -> None:
        bucket, given = self.bucket(ctx, request), request["ReplicationConfiguration"]
        if not bucket.is_versioned:
            raise InvalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
        if not given["Role"].startswith("arn:"):
            raise InvalidArgument("Invalid Role ARN", "Role", given["Role"])
        rules = given["Rules"]
        if not 1 <= len(rules) <= 1000:
            raise MalformedXml
        for rule in rules:
            self._check_rule(bucket, rule)
        priorities = [rule.get("Priority") for rule in rules if "Filter" in rule]
        if None in priorities:
            raise InvalidRequest(_NO_PRIORITY)
        if len(set(priorities)) < len(priorities):
            raise InvalidRequest("Found duplicate priority in Replication configuration rules")
        self.configure(bucket, "replication", given)

    def _check_rule(self, bucket: Bucket, rule: Mapping[str, Any]) -> None:
        destination = self.store.buckets.get(rule["Destination"]["Bucket"].removeprefix("arn:aws:s3:::"))
        if destination is None:
            raise InvalidRequest("Destination bucket must exist.")
        if destination.number == bucket.number:
            raise InvalidRequest("Source and destination bucket cannot be the same.")
        if not destination.is_versioned:
            raise InvalidRequest(_NOT_VERSIONED)
        tagged = (rule.get("Filter") or {}).get("Tag") or ((rule.get("Filter") or {}).get("And") or {}).get("Tags")
        if tagged and (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled":
            raise InvalidRequest("Delete marker replication is not supported if any Tag filter is specified.")

    @operation
    async def get_bucket_replication(self, ctx: Context, request: Request) -> dict[str, Any]:
        absent = ("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
        return {"ReplicationConfiguration": self.configured(ctx, request, "replication", absent)}

    @operation
    async def delete_bucket_replication(self, ctx: Context, request: Request) -> None:
        self.configure(self.bucket(ctx, request), "replication", None)

    # noting what is to be replicated

    def prepare(self, ctx: Context, bucket: Bucket, version: Version) -> None:
        super().prepare(ctx, bucket, version)
        if "replication" in bucket.configurations and rules_for(bucket, version):
            version.about["replication"] = "PENDING"

    def record(self, ctx: Context, bucket: Bucket, event: str, version: Version) -> None:
        super().record(ctx, bucket, event, version)
        if "replication" not in bucket.configurations or version.about.get("replication") == "REPLICA":
            return
        if not event.startswith(_REPLICATED) or version.version == NULL or not rules_for(bucket, version):
            return
        self.platform.store.execute(
            "INSERT OR REPLACE INTO s3_replications VALUES (?, ?, ?, ?, ?)",
            (bucket.number, version.key, version.seq, version.version, ctx.now() + DELAY_SECONDS),
        )
        self._plan_replication()

    # on the clock

    def _plan_replication(self) -> None:
        if self._replication_timer is not None:
            self._replication_timer.cancel()
        due = self.platform.store.value("SELECT min(due) FROM s3_replications")
        if due is not None:
            self._replication_timer = self.clock.at(due, self._replicate_due, "s3 replication")

    async def _replicate_due(self) -> None:
        if self._is_replicating:
            return
        self._is_replicating = True
        try:
            while rows := self.platform.store.all(
                "SELECT bucket, key, seq, version, due FROM s3_replications WHERE due <= ? ORDER BY due LIMIT ?",
                (self.clock.now(), AT_ONCE),
            ):
                for number, key, seq, version_id, due in rows:
                    await self._replicate(number, key, version_id)
                    self.platform.store.execute(  # unless it was noted again meanwhile, for new tags
                        "DELETE FROM s3_replications WHERE bucket = ? AND key = ? AND seq = ? AND due = ?",
                        (number, key, seq, due),
                    )
        finally:
            self._is_replicating = False
        self.wake_outbox()
        self._plan_replication()

    async def _replicate(self, number: int, key: str, version_id: str) -> None:
        bucket = self.store.bucket_numbered(number)
        version = None if bucket is None else self.store.version(number, key, version_id)
        if bucket is None or version is None:
            return
        status = "COMPLETED"
        for rule in rules_for(bucket, version):
            try:
                await self._to(bucket, version, rule)
            except AwsError:
                status = "FAILED"
        present = self.store.version(number, key, version_id)
        if present is not None and not present.is_marker:
            with self.platform.store.transaction():
                present.about["replication"] = status
                self.store.change(present)

    async def _to(self, bucket: Bucket, version: Version, rule: Mapping[str, Any]) -> None:
        """Bring a version to a rule's destination. AccessDenied where the role may not."""
        destination = self.store.buckets.get(rule["Destination"]["Bucket"].removeprefix("arn:aws:s3:::"))
        if destination is None or not destination.is_versioned:
            raise InvalidRequest(_NOT_VERSIONED)
        sealed = version.about.get("encryption")
        if sealed is not None and sealed["kind"] != "C" and not _takes_kms(rule):
            raise InvalidRequest("Objects encrypted with KMS keys are not selected by the rule")
        ctx = await self._as_role(bucket, bucket.configurations["replication"]["Role"])
        source_arn, arn = f"{bucket.arn}/{version.key}", f"{destination.arn}/{version.key}"
        action = "s3:ReplicateDelete" if version.is_marker else "s3:ReplicateObject"
        self.ask(
            ctx,
            Check("s3:GetObjectVersionForReplication", source_arn, account=bucket.account),
            Check(action, arn, account=destination.account),
        )
        if version.tags:
            self.ask(ctx, Check("s3:ReplicateTags", arn, account=destination.account))
        await self._write_replica(ctx, destination, version, rule)

    async def _as_role(self, bucket: Bucket, role: str) -> Context:
        ctx = self.own_context(bucket, "Replicate")
        made = await ctx.call(
            "sts:AssumeRole", principal=PRINCIPAL, source_arn=bucket.arn, RoleArn=role, RoleSessionName="s3-replication"
        )
        credential = self.platform.identities.credential(made["Credentials"]["AccessKeyId"])
        ctx.principal = credential.principal
        return ctx

    async def _write_replica(
        self, ctx: Context, destination: Bucket, version: Version, rule: Mapping[str, Any]
    ) -> None:
        existing = self.store.version(destination.number, version.key, version.version)
        about = {**version.about, "replication": "REPLICA"}
        about.pop("acl", None)
        if existing is not None:  # its tags have changed since
            with self.platform.store.transaction():
                existing.about["tags"] = version.tags
                self.store.change(existing)
            return
        received = None if version.is_marker else await self.copied(version)
        storage_class = rule["Destination"].get("StorageClass") or version.storage_class
        replica = replace(
            version, bucket=destination.number, about=about, storage_class=storage_class, owner=destination.account
        )
        try:
            with self.platform.store.transaction():
                self._add_replica(ctx, destination, replica, received)
        except BaseException:
            if received is not None:
                self.bodies.discard(received)
            raise

    def _add_replica(self, ctx: Context, destination: Bucket, replica: Version, received: Received | None) -> None:
        """Inside a transaction. InvalidRequest if the destination has changed while the content was copied."""
        present = self.store.buckets.get(destination.name)
        if present is None or present.number != destination.number or not present.is_versioned:
            raise InvalidRequest(_NOT_VERSIONED)
        latest = self.store.latest(present.number, replica.key)
        replica.is_latest = latest is None or latest.seq < replica.seq
        if replica.is_latest:
            self.store.supersede(present, replica.key)
        replica.pieces = "" if received is None else self.bodies.keep(received)
        self.store.add(replica)
        event = "ObjectRemoved:DeleteMarkerCreated" if replica.is_marker else "ObjectCreated:Put"
        self.record(ctx, present, event, replica)


def _takes_kms(rule: Mapping[str, Any]) -> bool:
    criteria = (rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects") or {}
    return bool(criteria.get("Status") == "Enabled")
