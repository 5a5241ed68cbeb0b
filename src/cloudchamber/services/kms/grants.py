"""Operations on grants: CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant.

A grant holds as soon as its call is answered; on AWS that can take minutes unless its token is used.
https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.kms import limits
from cloudchamber.services.kms.base import KmsBase, paged
from cloudchamber.services.kms.errors import InvalidArn, InvalidGrantId, LimitExceeded, NotFound
from cloudchamber.services.kms.grant import Grant, parse_token, requested, token_of
from cloudchamber.services.kms.key import check_usable
from cloudchamber.services.kms.specs import grantable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes
    from cloudchamber.services.kms.key import Key

_GRANT_ID = re.compile(r"[0-9a-f]{64}")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com")
_PAGE = (limits.GRANTS_LISTED, limits.GRANTS_LISTED_MAX)


class Grants(KmsBase):
    @operation
    async def create_grant(self, ctx: Context, request: shapes.CreateGrantRequest) -> shapes.CreateGrantResponse:
        key = self.key(ctx, request)
        check_usable(key)
        for token in request.get("GrantTokens") or ():
            parse_token(token)
        _check_parties(ctx, request)
        wanted = requested(key, request, ctx.principal.account or ctx.account, ctx.now())
        _check_operations(key, wanted)
        self.stop_dry_run(request)
        mine = self.store.grants_on(key).get(wanted.grantee, ())
        same = next((grant for grant in mine if grant.same_as(wanted)), None)
        if same is None:
            if sum(map(len, self.store.grants_on(key).values())) >= limits.GRANTS_PER_KEY_MAX:
                raise LimitExceeded(f"A KMS key can have at most {limits.GRANTS_PER_KEY_MAX} grants.")
            same = replace(wanted, id=ids.token_bytes(32).hex())
            with self.platform.store.transaction():
                self.store.put_grant(same)
        return {"GrantId": same.id, "GrantToken": token_of(same)}

    @operation
    async def list_grants(self, ctx: Context, request: shapes.ListGrantsRequest) -> shapes.ListGrantsResponse:
        key = self.key(ctx, request)
        if request.get("GrantId"):
            _check_id(request["GrantId"])
        wanted = request.get("GranteePrincipal") or request.get("GranteeServicePrincipal")
        if wanted or request.get("GrantId"):
            rows = [grant for grants in self.store.grants_on(key).values() for grant in grants]
            chosen = sorted((g for g in rows if _chosen(g, wanted, request.get("GrantId"))), key=lambda g: g.id)
            found, more = paged(request, _PAGE, lambda a, n: [g for g in chosen if g.id > a][:n], lambda g: g.id)
        else:
            place: dict[str, Any] = {"account": key.account, "region": key.region, "key_id": key.id}
            found, more = paged(
                request,
                _PAGE,
                lambda after, limit: self.store.grants.where(order="id", after=(after,), limit=limit, **place),
                lambda grant: grant.id,
            )
        return {"Grants": [grant.shown() for grant in found], **more}  # type: ignore[typeddict-item]

    @operation
    async def list_retirable_grants(
        self, ctx: Context, request: shapes.ListRetirableGrantsRequest
    ) -> shapes.ListGrantsResponse:
        retiring = request.get("RetiringPrincipal") or request.get("RetiringServicePrincipal")
        if not retiring:
            raise ValidationError("You must specify a RetiringPrincipal.")
        ctx.meter("kms.requests")
        wanted = f"{ctx.account}/{ctx.region}/{retiring}"
        found, more = paged(
            request,
            _PAGE,
            lambda after, limit: self.store.grants.where(
                order="key_id, id", after=after.partition("/")[::2], limit=limit, retirable=wanted
            ),
            lambda grant: f"{grant.key_id}/{grant.id}",
        )
        return {"Grants": [grant.shown() for grant in found], **more}  # type: ignore[typeddict-item]

    @operation
    async def revoke_grant(self, ctx: Context, request: shapes.RevokeGrantRequest) -> None:
        key = self.key(ctx, request)
        _check_id(request["GrantId"])
        grant = self.store.grants.get(key.account, key.region, key.id, request["GrantId"])
        if grant is None:
            raise NotFound(f"Grant ID {request['GrantId']} not found")
        self.stop_dry_run(request)
        with self.platform.store.transaction():
            self.store.drop_grant(grant)

    @operation
    async def retire_grant(self, ctx: Context, request: shapes.RetireGrantRequest) -> None:
        if not request.get("GrantToken") and not (request.get("KeyId") and request.get("GrantId")):
            raise ValidationError("You must specify a GrantToken, or both a KeyId and a GrantId.")
        if request.get("GrantId"):
            _check_id(request["GrantId"])
        grant = self.keyring.grant_to_retire(ctx, request)
        if grant is None:
            raise NotFound(f"Grant ID {request.get('GrantId') or parse_token(request['GrantToken'])[3]} not found")
        self.stop_dry_run(request)
        ctx.meter("kms.requests")
        with self.platform.store.transaction():
            self.store.drop_grant(grant)


def _chosen(grant: Grant, grantee: str | None, grant_id: str | None) -> bool:
    return (grantee is None or grant.grantee == grantee) and (grant_id is None or grant.id == grant_id)


def _check_id(grant_id: str) -> None:
    if _GRANT_ID.fullmatch(grant_id) is None:
        raise InvalidGrantId(f"Invalid grant ID {grant_id}")


def _check_parties(ctx: Context, request: shapes.CreateGrantRequest) -> None:
    """Grantee and retiring principal: who must be named, and that they are there. ValidationError, InvalidArn."""
    if ("GranteePrincipal" in request) == ("GranteeServicePrincipal" in request):
        raise ValidationError("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
    if "RetiringPrincipal" in request and "RetiringServicePrincipal" in request:
        raise ValidationError("You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
    if "GranteeServicePrincipal" in request:
        sourced = (request.get("Constraints") or {}).get("SourceArn")
        if not sourced or not ("RetiringPrincipal" in request or "RetiringServicePrincipal" in request):
            raise ValidationError(
                "A grant to a GranteeServicePrincipal needs a SourceArn constraint and a retiring principal."
            )
    for name in (request.get("GranteePrincipal"), request.get("RetiringPrincipal")):
        if name is not None and not _is_principal(ctx, name):
            raise InvalidArn(f"ARN does not refer to a valid principal: {name}")


def _is_principal(ctx: Context, name: str) -> bool:
    if not name.startswith("arn:"):
        return _SERVICE.fullmatch(name) is not None
    parts = name.split(":", 5)
    if len(parts) != 6 or parts[2] not in ("iam", "sts"):
        return False
    if parts[2] == "iam" and parts[5].startswith(("user/", "role/")):
        return ctx.resources.find(name) is not None
    return parts[5] == "root" or parts[5].startswith(("assumed-role/", "federated-user/"))


def _check_operations(key: Key, wanted: Grant) -> None:
    """ValidationError for operations or constraints that the key cannot have."""
    if not wanted.operations:
        raise ValidationError("You must specify at least one operation.")
    possible = grantable(key.kind, key.usage)
    for name in wanted.operations:
        if name not in possible:
            raise ValidationError(f"Operation {name} is not supported for key spec {key.spec} and usage {key.usage}.")
    for constraint in (wanted.equals, wanted.subset):
        if constraint:
            _check_constraint(key, constraint)


def _check_constraint(key: Key, pairs: Mapping[str, str]) -> None:
    if key.kind.family != "symmetric":
        raise ValidationError("Encryption context constraints are supported on symmetric encryption KMS keys only.")
    if len(pairs) > limits.CONSTRAINT_PAIRS_MAX:
        raise ValidationError(f"A grant constraint can have at most {limits.CONSTRAINT_PAIRS_MAX} pairs.")
    if any(len(value) > limits.CONSTRAINT_CHARS_MAX for value in pairs.values()):
        raise ValidationError(f"A value in a grant constraint can have at most {limits.CONSTRAINT_CHARS_MAX} chars.")
