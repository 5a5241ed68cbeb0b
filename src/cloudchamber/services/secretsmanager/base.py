"""What Secrets Manager's operations share: finding secrets, writing them with their replicas, and the timer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.pagination import InvalidMarker, decode_marker
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Service
from cloudchamber.services.secretsmanager import policy
from cloudchamber.services.secretsmanager.errors import (
    MARKED_FOR_DELETION,
    InvalidNextToken,
    InvalidRequest,
    ResourceNotFound,
)
from cloudchamber.services.secretsmanager.limits import DAY_SECONDS, VERSIONS_MAX
from cloudchamber.services.secretsmanager.secret import IN_SYNC, Secret, Version, arn
from cloudchamber.services.secretsmanager.store import SecretsStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context

DUE_ROWS = 100


class SecretsBase(Service):
    name: ClassVar[str] = "secretsmanager"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = SecretsStore(platform.store)
        self.rules = policy.rules(self.store)
        self._timer: Timer | None = None

    # secrets

    def secret(self, ctx: Context, request: Request) -> Secret:
        """The secret that a request names, even one that is to be deleted. ResourceNotFound. Counts as a request."""
        ctx.meter("secretsmanager.requests")
        found = policy.locate(self.store, ctx, request["SecretId"])
        if found is None:
            raise ResourceNotFound
        return found

    def live(self, ctx: Context, request: Request) -> Secret:
        """The same; InvalidRequest for one that is to be deleted."""
        found = self.secret(ctx, request)
        if found.deletion_at is not None:
            raise InvalidRequest(MARKED_FOR_DELETION)
        return found

    def writable(self, ctx: Context, request: Request) -> Secret:
        """The same; InvalidRequest for a replica, which follows its primary."""
        found = self.live(ctx, request)
        if found.primary_region:
            raise InvalidRequest(
                "Operation not permitted on a replica secret. Call must be made in primary secret's region."
            )
        return found

    def again(self, secret: Secret) -> Secret:
        """The secret as it stands after something was waited for. ResourceNotFound, InvalidRequest."""
        found = self.store.secrets.get(secret.account, secret.region, secret.name)
        if found is None or found.suffix != secret.suffix:
            raise ResourceNotFound
        if found.deletion_at is not None:
            raise InvalidRequest(MARKED_FOR_DELETION)
        return found

    def copies(self, secret: Secret) -> list[Secret]:
        """The replicas of a secret that are in step with it."""
        found = [
            self.store.secrets.get(secret.account, replica.region, secret.name)
            for replica in secret.replicas
            if replica.status == IN_SYNC
        ]
        return [copy for copy in found if copy is not None and copy.primary_region == secret.region]

    def save(self, secret: Secret, added: Sequence[Version] = ()) -> Secret:
        """Write a secret, new versions of it and its copies, and what copies follow it in. Inside a transaction."""
        for version in added:
            self.store.versions.put(version)
        self.store.secrets.put(secret)
        for copy in self.copies(secret):
            self.store.secrets.put(
                replace(
                    copy, changed_at=secret.changed_at, description=secret.description, tags=secret.tags,
                    stages=secret.stages, policy=secret.policy, rotation=secret.rotation,
                )
            )  # fmt: skip
        if added:
            self._let_go(secret)
        return secret

    def _let_go(self, secret: Secret) -> None:
        """Past the limit, versions without labels go, if they are older than a day."""
        place = {"account": secret.account, "region": secret.region, "name": secret.name}
        surplus = self.store.versions.count(**place) - VERSIONS_MAX
        if surplus <= 0:
            return
        versions = self.store.versions_of(secret)
        held, oldest = set(secret.stages.values()), self.clock.now() - DAY_SECONDS
        old = [version for version in versions if version.id not in held and version.created_at < oldest]
        regions = [secret.region, *(copy.region for copy in self.copies(secret))]
        for version in sorted(old, key=lambda one: one.created_at)[:surplus]:
            for region in regions:
                self.store.versions.delete(secret.account, region, secret.name, version.id)

    @staticmethod
    def after(token: str | None) -> str:
        """Where a listing goes on; InvalidNextToken."""
        try:
            return decode_marker(token) if token else ""
        except InvalidMarker:
            raise InvalidNextToken from None

    # what happens by itself

    def plan(self) -> None:
        """Keep one timer at the next instant at which a secret is deleted or rotated."""
        due = self.store.next_due()
        if self._timer is not None and self._timer.is_pending:
            if due is not None and self._timer.due == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self.clock.at(due, self._come_due, "secretsmanager secrets")

    def _come_due(self) -> None:
        now = self.clock.now()
        while places := self.store.due(now, DUE_ROWS):
            for place in places:
                with self.platform.store.transaction():
                    secret = self.store.secrets.get(*place)
                    if secret is not None:
                        self.come_due(secret, now)
        self.plan()

    def come_due(self, secret: Secret, now: float) -> None:
        """What was to happen to a secret by now begins; afterwards nothing is due. Inside a transaction."""
        raise NotImplementedError

    # Service

    def find(self, arn: str) -> Resource | None:
        secret = self.store.by_arn(arn)
        return None if secret is None else _resource(secret)

    def resource_policy(self, arn: str) -> str | None:
        secret = self.store.by_arn(arn)
        return None if secret is None else secret.policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        return (_resource(secret) for secret in self.store.secrets.where(**wanted))


def _resource(secret: Secret) -> Resource:
    copies = (arn(secret.account, replica.region, f"{secret.name}-{secret.suffix}") for replica in secret.replicas)
    links = links_of(None if secret.rotation is None else secret.rotation.function_arn, *copies, secret.kms_key)
    shown = {"KmsKeyId": secret.kms_key, "Description": secret.description, "Stages": dict(secret.stages)}
    return Resource(
        secret.arn, "AWS::SecretsManager::Secret", secret.name, secret.account, secret.region, secret.tags,
        secret.policy, links, shown,
    )  # fmt: skip
