"""New versions, sealed for every region a secret is in. What writes values builds on this."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.services.secretsmanager import limits, sealing
from cloudchamber.services.secretsmanager.base import SecretsBase
from cloudchamber.services.secretsmanager.errors import InvalidParameter, ResourceExists
from cloudchamber.services.secretsmanager.secret import FAILED, Secret, Version

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request

Value = bytes | str


class Draft(NamedTuple):
    """A new version in all regions, and the regions whose key could not be used, with the reason."""

    id: str
    versions: tuple[Version, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()

    def marked(self, secret: Secret) -> Secret:
        """The secret, knowing which of its replicas have fallen behind."""
        if not self.failed:
            return secret
        reasons = dict(self.failed)
        replicas = tuple(
            replace(replica, status=FAILED, message=reasons[replica.region]) if replica.region in reasons else replica
            for replica in secret.replicas
        )
        return replace(secret, replicas=replicas)


def value_of(request: Request) -> Value | None:
    """The value in a request; InvalidParameter for two, or one too large."""
    text, binary = request.get("SecretString"), request.get("SecretBinary")
    if text is not None and binary is not None:
        raise InvalidParameter(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    value: Value | None = text if binary is None else binary
    if isinstance(value, str) and len(value.encode()) > limits.SECRET_BYTES_MAX:
        raise InvalidParameter(f"The secret value exceeds {limits.SECRET_BYTES_MAX} bytes.")
    return value


class Copying(SecretsBase):
    async def draft(self, ctx: Context, secret: Secret, request: Request, value: Value) -> Draft | None:
        """A new version; None if the request's token has made this very version before. ResourceExists."""
        token = request.get("ClientRequestToken") or ids.uuid()
        known = self.store.versions.get(secret.account, secret.region, secret.name, token)
        if known is not None:
            if await sealing.unseal(ctx, secret, known) == value:
                return None
            raise ResourceExists(
                f"You can't use ClientRequestToken {token} because that value is already in use for a version of "
                f"secret {secret.arn}."
            )
        return await self.sealed(ctx, secret, token, value)

    async def sealed(self, ctx: Context, secret: Secret, version_id: str, value: Value) -> Draft:
        """A value under the keys of all regions the secret is in. A replica whose key fails falls behind."""
        versions = [await sealing.seal(ctx, secret, version_id, value)]
        failed = []
        for copy in self.copies(secret):
            try:
                versions.append(await sealing.seal(ctx, copy, version_id, value))
            except AwsError as error:
                failed.append((copy.region, f"Replication failed: {error.message}"))
        return Draft(version_id, tuple(versions), tuple(failed))
