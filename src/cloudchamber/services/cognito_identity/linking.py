"""Which identity a set of logins is, and how logins come to belong to one.

An identity without logins is a guest's: whoever knows its id is it. The first login linked makes it that user's, and
from then on one of its logins has to be presented. A guest who signs in with a login that another identity has already
becomes that other identity; the guest's own is disabled. Rules as of
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.services.cognito_identity import limits
from cloudchamber.services.cognito_identity.base import new_id
from cloudchamber.services.cognito_identity.errors import (
    LimitExceeded,
    forbidden,
    linked_elsewhere,
    no_guests,
    no_identity,
    no_match,
)
from cloudchamber.services.cognito_identity.logins import Logins
from cloudchamber.services.cognito_identity.tables import Identity, Login

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_identity.roles import Verified
    from cloudchamber.services.cognito_identity.tables import Pool


class Linking(Logins):
    def owners(self, pool: Pool, logins: Sequence[Verified]) -> set[str]:
        """The ids of the identities that have these logins."""
        found = (self.store.logins.get(pool.id, login.provider, login.subject) for login in logins)
        return {login.identity for login in found if login is not None}

    def identity_of(self, ctx: Context, pool: Pool, logins: Sequence[Verified]) -> Identity:
        """The identity with these logins, made or completed where need be. ResourceConflictException."""
        owners = self.owners(pool, logins)
        if len(owners) > 1:
            raise linked_elsewhere()
        with self.platform.store.transaction():
            identity = self.store.identities.get(owners.pop()) if owners else None
            if identity is None:
                identity = self.new_identity(ctx, pool)
            return self.link(ctx, identity, logins)

    def new_identity(self, ctx: Context, pool: Pool) -> Identity:
        now = ctx.now()
        return self.store.identities.put(Identity(new_id(pool.region), pool.id, now, now))

    def link(self, ctx: Context, identity: Identity, logins: Sequence[Verified]) -> Identity:
        """The identity with those of the logins that it lacks. Inside a transaction. ResourceConflictException for a
        second user of one provider (the developer's own may have several), LimitExceededException."""
        held = {(login.provider, login.subject) for login in self.store.logins_of(identity.id)}
        new = [login for login in logins if (login.provider, login.subject) not in held]
        if not new:
            return identity
        pool = self.store.pools.get(identity.pool)
        single = {provider for provider, _ in held if pool is None or provider != pool.developer_provider}
        if any(login.provider in single for login in new):
            raise linked_elsewhere()
        if len(held) + len(new) > limits.LOGINS_PER_IDENTITY_MAX:
            raise LimitExceeded("The number of logins linked to the identity exceeds the limit.")
        for login in new:
            self.store.logins.put(Login(identity.pool, login.provider, login.subject, identity.id))
        return self.store.identities.put(replace(identity, modified_at=ctx.now(), is_authenticated=True))

    def proven(self, ctx: Context, pool: Pool, identity: Identity, logins: Sequence[Verified]) -> Identity:
        """The identity that someone who names `identity` and presents these logins is. NotAuthorizedException,
        ResourceConflictException."""
        found = self.store.identities.get(identity.id)  # as it is now: the logins took their time
        if found is None:
            raise no_identity(identity.id)
        identity = found
        if identity.merged_into:
            raise forbidden(identity.id)
        if not logins:
            if identity.is_authenticated:
                raise forbidden(identity.id)
            if not pool.allows_guests:
                raise no_guests()
            return identity
        owners = self.owners(pool, logins)
        if identity.is_authenticated:
            if identity.id not in owners:
                raise no_match()
            if len(owners) > 1:
                raise linked_elsewhere()
            with self.platform.store.transaction():
                return self.link(ctx, identity, logins)
        if len(owners) > 1:
            raise linked_elsewhere()
        with self.platform.store.transaction():
            owner = self.store.identities.get(owners.pop()) if owners else None
            if owner is None:
                return self.link(ctx, identity, logins)
            self.store.identities.put(replace(identity, merged_into=owner.id, modified_at=ctx.now()))
            return self.link(ctx, owner, logins)
