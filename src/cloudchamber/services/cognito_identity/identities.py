"""Identities: getting one, looking at them, taking logins away from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation, private_operation
from cloudchamber.services.cognito_identity.base import begins_after, more, page_size
from cloudchamber.services.cognito_identity.errors import ResourceNotFound, no_guests, no_identity, no_match, no_pool
from cloudchamber.services.cognito_identity.linking import Linking
from cloudchamber.services.cognito_identity.logins import is_ours
from cloudchamber.services.cognito_identity.signing import PROVIDER

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_identity import shapes
    from cloudchamber.services.cognito_identity.tables import Identity


class Identities(Linking):
    @operation
    async def get_id(self, ctx: Context, request: shapes.GetIdInput) -> shapes.GetIdResponse:
        pool = self.public_pool(ctx, request["IdentityPoolId"])
        if request.get("AccountId") and request["AccountId"] != pool.account:
            raise no_pool(pool.id)
        logins = request.get("Logins") or {}
        if not logins:
            if not pool.allows_guests:
                raise no_guests()
            return {"IdentityId": self.new_identity(ctx, pool).id}
        if is_ours(logins):
            claims = await self.own_token(ctx, pool, logins[PROVIDER])
            return {"IdentityId": str(claims["sub"])}
        verified = await self.verified(ctx, pool, logins)
        return {"IdentityId": self.identity_of(ctx, pool, verified).id}

    @operation
    async def unlink_identity(self, ctx: Context, request: shapes.UnlinkIdentityInput) -> None:
        pool, identity = self.public_identity(ctx, request["IdentityId"])
        verified = await self.verified(ctx, pool, request["Logins"])
        if identity.merged_into or self.owners(pool, verified) != {identity.id}:
            raise no_match()
        held = {login.provider: login for login in self.store.logins_of(identity.id)}
        for name in request["LoginsToRemove"]:
            if name not in held:
                raise ResourceNotFound(f"Login '{name}' is not linked to the identity.")
        with self.platform.store.transaction():
            for name in set(request["LoginsToRemove"]):
                self.store.logins.delete(pool.id, name, held[name].subject)

    @private_operation
    async def find_identity(self, ctx: Context, request: Request) -> dict[str, Any]:
        """For Cognito Sync: an `IdentityId` of an `IdentityPoolId` of the account → {"MergedFrom": [ids of identities
        whose place it took]}. ResourceNotFoundException."""
        pool, identity = self.identity(ctx, request["IdentityId"])
        if pool.id != request["IdentityPoolId"]:
            raise no_identity(identity.id)
        return {"MergedFrom": [one.id for one in self.store.identities.where(merged_into=identity.id)]}

    # with credentials of the account

    @operation
    async def describe_identity(
        self, ctx: Context, request: shapes.DescribeIdentityInput
    ) -> shapes.IdentityDescription:
        _pool, identity = self.identity(ctx, request["IdentityId"])
        return self._described(identity)

    @operation
    async def list_identities(self, ctx: Context, request: shapes.ListIdentitiesInput) -> shapes.ListIdentitiesResponse:
        pool, after, size = self.pool(ctx, request), begins_after(request), page_size(request)
        found: list[Identity] = []
        start = after
        while len(found) <= size:
            rows = self.store.identities.where(
                order="id", limit=size + 1, after=None if start is None else (start,), pool=pool.id
            )
            found += [row for row in rows if not (row.merged_into and request.get("HideDisabled"))]
            if len(rows) <= size:
                break
            start = rows[-1].id
        shown = [self._described(one) for one in found[:size]]
        answer: Any = {"IdentityPoolId": pool.id, "Identities": shown, **more([one.id for one in found], size)}
        return answer  # type: ignore[no-any-return]

    @operation
    async def delete_identities(
        self, ctx: Context, request: shapes.DeleteIdentitiesInput
    ) -> shapes.DeleteIdentitiesResponse:
        """Those of other accounts are left alone, and told apart from those that are gone by nothing."""
        with self.platform.store.transaction():
            for identity_id in request["IdentityIdsToDelete"]:
                identity = self.store.identities.get(identity_id)
                pool = None if identity is None else self.store.pools.get(identity.pool)
                if identity is not None and pool is not None and pool.account == ctx.account:
                    self.store.drop_identity(identity)
        return {"UnprocessedIdentityIds": []}

    def _described(self, identity: Identity) -> shapes.IdentityDescription:
        logins = sorted(login.provider for login in self.store.logins_of(identity.id))
        answer: shapes.IdentityDescription = {
            "IdentityId": identity.id,
            "CreationDate": identity.created_at,
            "LastModifiedDate": identity.modified_at,
        }
        if logins:
            answer["Logins"] = logins
        return answer
