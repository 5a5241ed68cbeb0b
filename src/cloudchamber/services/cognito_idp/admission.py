"""Who is let in at all: users who are enabled and not locked out, or whom a function knows from elsewhere.

Whoever fails too often waits: a second after the fifth time, twice as long after each further one, up to a quarter of
an hour. https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.services.cognito_idp import attributes
from cloudchamber.services.cognito_idp.errors import (
    NotAuthorized,
    PasswordResetRequired,
    UserNotFound,
)
from cloudchamber.services.cognito_idp.records import CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, Pool, User
from cloudchamber.services.cognito_idp.second_factors import SecondFactors
from cloudchamber.services.cognito_idp.triggers import Occasion, user_attributes

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.attempts import Entry

_MIGRATED: Final = (CONFIRMED, RESET_REQUIRED)


class Admission(SecondFactors):
    # who may try

    async def admitted(self, ctx: Context, entry: Entry, name: str) -> User | None:
        """Who wants to sign in; None for nobody, where that is not to be told.

        NotAuthorized for one who is disabled or locked out, UserNotFound, PasswordResetRequired, triggers' errors.
        """
        user = self.find_user(entry.pool, name)
        if user is None:
            if not entry.client.hides_users:
                raise UserNotFound
            await self._before(ctx, entry, name, None)
            return None
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if user.status == RESET_REQUIRED:
            raise PasswordResetRequired
        self.check_not_locked(user, ctx.now())
        await self._before(ctx, entry, user.username, user)
        return user

    async def _before(self, ctx: Context, entry: Entry, name: str, user: User | None) -> None:
        request: dict[str, Any] = {
            "userAttributes": {} if user is None else user_attributes(user), "validationData": dict(entry.metadata),
        }  # fmt: skip
        if entry.client.hides_users:
            request["userNotFound"] = user is None
        occasion = Occasion("PreAuthentication", "PreAuthentication_Authentication", name, entry.client.id)
        await self.ask(ctx, entry.pool, occasion, request)

    async def check_own_password(self, ctx: Context, pool: Pool, user: User, password: str) -> None:
        """NotAuthorized for a wrong one, which is counted, and for any while others' wrong ones lock the user out."""
        is_right = await self.is_password(pool, user, password)
        self.check_not_locked(self.again(user), ctx.now())
        if not is_right:
            self.failed(user, ctx.now())
            raise NotAuthorized

    # users of an older directory

    async def migrated(self, ctx: Context, entry: Entry, name: str, password: str) -> User | None:
        return await self.migrate(ctx, entry, name, ("Authentication", password))

    async def migrate(self, ctx: Context, entry: Entry, name: str, how: tuple[str, str]) -> User | None:
        """Ask the migration function about somebody unknown; the user it makes of them. `how` is the source's second
        half and the password."""
        source, password = how
        request = {"password": password or None, "validationData": dict(entry.metadata), "userAttributes": None,
                   "clientMetadata": dict(entry.metadata)}  # fmt: skip
        empty = dict.fromkeys(
            ("userAttributes", "forceAliasCreation", "finalUserStatus", "messageAction", "desiredDeliveryMediums")
        )
        occasion = Occasion("UserMigration", f"UserMigration_{source}", name, entry.client.id, response=empty)
        said = await self.ask(ctx, entry.pool, occasion, request)
        if said is None:
            return None
        given = {str(k): str(v) for k, v in (said.get("userAttributes") or {}).items()}
        if not given:
            raise UserNotFound(f"Exception migrating user in app client {entry.client.id}")
        user = await self._made_of(ctx, entry, (name, password), (given, said.get("finalUserStatus")))
        with self.platform.store.transaction():
            self.check_name_is_free(entry.pool, user.username, user.attributes, "User already exists")
            for alias in ("email", "phone_number"):
                if user.is_verified(alias):
                    self.check_alias(entry.pool, user, alias, force=bool(said.get("forceAliasCreation")))
            self.store.put_user(user)
        return user

    async def _made_of(
        self, ctx: Context, entry: Entry, who: tuple[str, str], said: tuple[dict[str, str], str | None]
    ) -> User:  # fmt: skip
        (name, password), (given, status) = who, said
        sub = ids.uuid()
        wanted = given.pop("username", name)
        username, implied = self.username_of(entry.pool, wanted, sub)
        given = {**given, **implied}
        attributes.check(entry.pool, given)
        verifier = await self.enrolled(entry.pool, username, password) if password else None
        now = ctx.now()
        final = status if status in _MIGRATED else FORCE_CHANGE_PASSWORD if password else RESET_REQUIRED
        return User(entry.pool.id, username, sub, now, now, final, {"sub": sub, **given}, verifier=verifier)
