"""Developer authenticated identities: users whom an app's own backend vouches for.

https://docs.aws.amazon.com/cognito/latest/developerguide/developer-authenticated-identities.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.cognito_identity import limits
from cloudchamber.services.cognito_identity.base import begins_after, more, page_size
from cloudchamber.services.cognito_identity.credentials import Credentials
from cloudchamber.services.cognito_identity.errors import (
    DeveloperUserAlreadyRegistered,
    InvalidParameter,
    ResourceConflict,
    ResourceNotFound,
    forbidden,
    linked_elsewhere,
    no_identity,
)
from cloudchamber.services.cognito_identity.roles import Verified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_identity import shapes
    from cloudchamber.services.cognito_identity.tables import Identity, Login, Pool


class Developers(Credentials):
    @operation
    async def get_open_id_token_for_developer_identity(
        self, ctx: Context, request: shapes.GetOpenIdTokenForDeveloperIdentityInput
    ) -> shapes.GetOpenIdTokenForDeveloperIdentityResponse:
        pool, logins = self.pool(ctx, request), dict(request["Logins"])
        user = logins.pop(pool.developer_provider, None) if pool.developer_provider else None
        if user is None:
            raise InvalidParameter("Please provide a valid developer provider.")
        ours = Verified(pool.developer_provider, user, f"{pool.developer_provider}:{pool.id}:{user}")
        verified = [ours, *(await self.verified(ctx, pool, logins) if logins else [])]
        identity = self._registered(ctx, pool, verified, request.get("IdentityId"))
        methods = [text for login in verified for text in (login.provider, login.method)]
        lifetime_s = request.get("TokenDuration") or limits.DEVELOPER_TOKEN_SECONDS
        tags = dict(request.get("PrincipalTags") or {})
        token = await self.token_for(ctx, pool, identity.id, (methods, tags, lifetime_s))
        return {"IdentityId": identity.id, "Token": token}

    def _registered(self, ctx: Context, pool: Pool, logins: Sequence[Verified], identity_id: str | None) -> Identity:
        """The identity of a user whom the backend vouches for: the one named, the one they have, or a new one."""
        if identity_id is None:
            return self.identity_of(ctx, pool, logins)
        identity = self.store.identities.get(identity_id)
        if identity is None or identity.pool != pool.id:
            raise no_identity(identity_id)
        if identity.merged_into:
            raise forbidden(identity_id)
        owner = self.store.logins.get(pool.id, logins[0].provider, logins[0].subject)
        if owner is not None and owner.identity != identity_id:
            raise DeveloperUserAlreadyRegistered(
                "The provided developer user identifier is already registered with Cognito under a different identity "
                "ID."
            )
        if self.owners(pool, logins) - {identity_id}:
            raise linked_elsewhere()
        with self.platform.store.transaction():
            return self.link(ctx, identity, logins)

    @operation
    async def lookup_developer_identity(
        self, ctx: Context, request: shapes.LookupDeveloperIdentityInput
    ) -> shapes.LookupDeveloperIdentityResponse:
        pool, user = self.pool(ctx, request), request.get("DeveloperUserIdentifier")
        identity_id = request.get("IdentityId")
        if user is None and identity_id is None:
            raise InvalidParameter("Either IdentityId or DeveloperUserIdentifier must be provided.")
        if user is not None:
            found = self._login(pool, user)
            if identity_id is not None:
                if found.identity != identity_id:
                    raise ResourceConflict("The developer user identifier does not belong to the identity.")
                return {"IdentityId": identity_id, "DeveloperUserIdentifierList": [user]}
            identity_id = found.identity
        identity = self.store.identities.get(str(identity_id))
        if identity is None or identity.pool != pool.id:
            raise no_identity(str(identity_id))
        users, after, size = self._users(pool, identity.id), begins_after(request), page_size(request)
        rest = [one for one in users if after is None or one > after]
        answer: Any = {"IdentityId": identity.id, "DeveloperUserIdentifierList": rest[:size], **more(rest, size)}
        return answer  # type: ignore[no-any-return]

    def _users(self, pool: Pool, identity_id: str) -> list[str]:
        logins = self.store.logins_of(identity_id)
        return sorted(login.subject for login in logins if login.provider == pool.developer_provider)

    def _login(self, pool: Pool, user: str) -> Login:
        found = self.store.logins.get(pool.id, pool.developer_provider, user)
        if found is None:
            raise ResourceNotFound("Developer user identifier not found.")
        return found

    @operation
    async def merge_developer_identities(
        self, ctx: Context, request: shapes.MergeDeveloperIdentitiesInput
    ) -> shapes.MergeDeveloperIdentitiesResponse:
        """The source's logins become the destination's; its own identity is disabled."""
        pool = self._developer_pool(ctx, request)
        source = self._login(pool, request["SourceUserIdentifier"]).identity
        target = self._login(pool, request["DestinationUserIdentifier"]).identity
        if source == target:
            return {"IdentityId": target}
        moving, held = self.store.logins_of(source), self.store.logins_of(target)
        public = {login.provider for login in held if login.provider != pool.developer_provider}
        if any(login.provider in public for login in moving):
            raise ResourceConflict("The identities are linked to different users of one provider.")
        if len(moving) + len(held) > limits.LOGINS_PER_IDENTITY_MAX:
            raise InvalidParameter("The number of logins linked to the identity exceeds the limit.")
        now = ctx.now()
        with self.platform.store.transaction():
            for login in moving:
                self.store.logins.put(replace(login, identity=target))
            for identity_id, merged in ((source, target), (target, "")):
                identity = self.store.identities.get(identity_id)
                if identity is not None:
                    self.store.identities.put(replace(identity, modified_at=now, merged_into=merged))
        return {"IdentityId": target}

    @operation
    async def unlink_developer_identity(self, ctx: Context, request: shapes.UnlinkDeveloperIdentityInput) -> None:
        pool, user = self._developer_pool(ctx, request), request["DeveloperUserIdentifier"]
        identity = self.store.identities.get(request["IdentityId"])
        if identity is None or identity.pool != pool.id:
            raise no_identity(request["IdentityId"])
        if self._login(pool, user).identity != identity.id:
            raise ResourceConflict("The developer user identifier does not belong to the identity.")
        self.store.logins.delete(pool.id, pool.developer_provider, user)

    def _developer_pool(self, ctx: Context, request: Any) -> Pool:
        pool = self.pool(ctx, request)
        if request["DeveloperProviderName"] != pool.developer_provider:
            raise InvalidParameter("Please provide a valid developer provider.")
        return pool
