"""USER_AUTH: the user chooses how to prove who they are, among the factors that the pool allows first.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cloudchamber.services.cognito_idp.attempts import Challenge, Entry, Outcome, required
from cloudchamber.services.cognito_idp.devices import Devices
from cloudchamber.services.cognito_idp.errors import InvalidParameter, NotAuthorized, UserNotFound
from cloudchamber.services.cognito_idp.second_factors import OTP_DIGITS, SENT_TO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.records import Attempt, Pool, User

CHOOSE: Final = "SELECT_CHALLENGE"


def choices(pool: Pool, user: User) -> tuple[str, ...]:
    """What a user can begin with."""
    found: list[str] = []
    if user.has_password:
        found += ["PASSWORD", "PASSWORD_SRP"]
    for factor, attribute in SENT_TO.items():
        if factor in pool.first_factors and user.attributes.get(attribute):
            found.append(factor)
    return tuple(found)


class Choices(Devices):
    async def by_choice(self, ctx: Context, entry: Entry, flow: str, parameters: Mapping[str, str]) -> Outcome:
        (name,) = required(parameters, "USERNAME")
        preferred = parameters.get("PREFERRED_CHALLENGE")
        user = self.find_user(entry.pool, name)
        if user is None and parameters.get("PASSWORD"):
            user = await self.migrated(ctx, entry, name, parameters["PASSWORD"])
        if user is None:
            return await self._for_nobody(ctx, entry, flow, parameters)
        available = choices(entry.pool, user)
        if preferred == "PASSWORD" and parameters.get("PASSWORD"):
            return await self.by_password(ctx, entry, flow, parameters)
        if preferred == "PASSWORD_SRP" and parameters.get("SRP_A"):
            return await self.by_proof(ctx, entry, flow, parameters)
        admitted = await self.admitted(ctx, entry, name)
        assert admitted is not None
        attempt = self.with_state(
            self.new_attempt(ctx, entry, user.username, flow), device=parameters.get("DEVICE_KEY"), name=name
        )
        if preferred in available:
            return await self._chosen(ctx, entry, (user, attempt), (str(preferred), parameters))
        challenge = self.challenge(ctx, attempt, CHOOSE, {})
        return Challenge(challenge.name, {}, challenge.session, available)

    async def _for_nobody(self, ctx: Context, entry: Entry, flow: str, parameters: Mapping[str, str]) -> Outcome:
        if not entry.client.hides_users:
            raise UserNotFound
        if parameters.get("SRP_A"):
            return await self.by_proof(ctx, entry, flow, parameters)
        if parameters.get("PASSWORD"):
            raise NotAuthorized
        attempt = self.with_state(self.new_attempt(ctx, entry, "", flow), name=parameters["USERNAME"])
        challenge = self.challenge(ctx, attempt, CHOOSE, {})
        return Challenge(challenge.name, {}, challenge.session, ("PASSWORD", "PASSWORD_SRP"))

    async def answer_choice(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        attempt = self.attempt(ctx, entry, CHOOSE, session)
        name, answer = required(responses, "USERNAME", "ANSWER")
        user = self.store.users.get(attempt.pool_id, attempt.username) if attempt.username else None
        if user is None or (self.find_user(entry.pool, name) or user).username != user.username:
            raise NotAuthorized
        if answer not in choices(entry.pool, user):
            raise InvalidParameter(f"{answer} is not an available challenge.")
        return await self._chosen(ctx, entry, (user, attempt), (answer, responses))

    async def _chosen(
        self, ctx: Context, entry: Entry, who: tuple[User, Attempt], choice: tuple[str, Mapping[str, str]]
    ) -> Outcome:
        (user, attempt), (factor, parameters) = who, choice
        if factor == "PASSWORD" and not parameters.get("PASSWORD"):
            return self.challenge(ctx, attempt, "PASSWORD", {"USER_ID_FOR_SRP": user.username})
        if factor in ("PASSWORD", "PASSWORD_SRP"):
            if attempt.id:
                self.spend(attempt)
            given = {**parameters, "USERNAME": user.username}
            begin = self.by_password if factor == "PASSWORD" else self.by_proof
            return await begin(ctx, entry, "USER_AUTH", given)
        return await self.ask_code(ctx, entry, user, (self.with_state(attempt, otp=True), factor), OTP_DIGITS)

    async def answer_password(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        attempt = self.attempt(ctx, entry, "PASSWORD", session)
        required(responses, "PASSWORD")
        self.spend(attempt)
        given = {**responses, "USERNAME": attempt.username, "DEVICE_KEY": attempt.state.get("device") or ""}
        return await self.by_password(ctx, entry, "USER_AUTH", given)
