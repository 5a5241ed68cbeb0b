"""Custom flows: three functions of the pool's owner define, create and verify challenges.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.services.cognito_idp.admission import Admission
from cloudchamber.services.cognito_idp.attempts import Entry, Outcome, required
from cloudchamber.services.cognito_idp.errors import (
    InvalidLambdaResponse,
    NotAuthorized,
    UserNotFound,
)
from cloudchamber.services.cognito_idp.triggers import Occasion, user_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.records import Attempt, User

CUSTOM, VERIFIER = "CUSTOM_CHALLENGE", "PASSWORD_VERIFIER"


class CustomAuth(Admission):
    async def by_own_challenges(self, ctx: Context, entry: Entry, flow: str, parameters: Mapping[str, str]) -> Outcome:
        """Begin with the owner's challenges."""
        (name,) = required(parameters, "USERNAME")
        user = await self.admitted(ctx, entry, name)
        if user is None:
            raise NotAuthorized
        attempt = self.with_state(
            self.new_attempt(ctx, entry, user.username, flow), past=[], device=parameters.get("DEVICE_KEY")
        )
        return await self._go_on(ctx, entry, user, attempt)

    async def proven_for_custom(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> Outcome:
        past = [
            {"challengeName": name, "challengeResult": True, "challengeMetadata": None} for name in ("SRP_A", VERIFIER)
        ]
        return await self._go_on(ctx, entry, user, self.with_state(attempt, past=past))

    async def defined(
        self, ctx: Context, entry: Entry, user: User, past: list[dict[str, Any]]
    ) -> Mapping[str, Any]:  # fmt: skip
        request = {
            "userAttributes": user_attributes(user), "session": past, "clientMetadata": dict(entry.metadata),
            "userNotFound": False,
        }  # fmt: skip
        empty = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
        occasion = Occasion(
            "DefineAuthChallenge", "DefineAuthChallenge_Authentication", user.username, entry.client.id, response=empty
        )
        return await self.ask(ctx, entry.pool, occasion, request) or {}

    async def _go_on(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> Outcome:
        """Ask the owner's function what comes next. NotAuthorized where it says that nothing does."""
        past = attempt.state["past"]
        said = await self.defined(ctx, entry, user, past)
        if said.get("failAuthentication"):
            raise NotAuthorized
        if said.get("issueTokens"):
            return await self.next_step(ctx, entry, user, self.with_state(attempt, mfa=True))
        name = said.get("challengeName")
        if name == CUSTOM:
            return await self._created(ctx, entry, user, attempt)
        if name == VERIFIER:
            raise NotAuthorized  # only at the beginning, when the client has sent its half of the proof
        raise InvalidLambdaResponse(f"Invalid challenge name: {name}")

    async def _created(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> Outcome:
        request = {
            "userAttributes": user_attributes(user), "challengeName": CUSTOM, "session": attempt.state["past"],
            "clientMetadata": dict(entry.metadata), "userNotFound": False,
        }  # fmt: skip
        empty = {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None}
        occasion = Occasion(
            "CreateAuthChallenge", "CreateAuthChallenge_Authentication", user.username, entry.client.id, response=empty
        )
        made = await self.ask(ctx, entry.pool, occasion, request) or {}
        attempt = self.with_state(
            attempt, private=made.get("privateChallengeParameters") or {}, about=made.get("challengeMetadata")
        )
        public = {"USERNAME": user.username, **(made.get("publicChallengeParameters") or {})}
        return self.challenge(ctx, attempt, CUSTOM, public)

    async def answer_custom(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        attempt = self.attempt(ctx, entry, CUSTOM, session)
        (answer,) = required(responses, "ANSWER")
        user = self.store.users.get(attempt.pool_id, attempt.username)
        if user is None:
            raise UserNotFound
        request = {
            "userAttributes": user_attributes(user), "privateChallengeParameters": attempt.state["private"],
            "challengeAnswer": answer, "clientMetadata": dict(entry.metadata), "userNotFound": False,
        }  # fmt: skip
        occasion = Occasion(
            "VerifyAuthChallengeResponse", "VerifyAuthChallengeResponse_Authentication", user.username, entry.client.id,
            response={"answerCorrect": None},
        )  # fmt: skip
        said = await self.ask(ctx, entry.pool, occasion, request) or {}
        met = {
            "challengeName": CUSTOM, "challengeResult": bool(said.get("answerCorrect")),
            "challengeMetadata": attempt.state["about"],
        }  # fmt: skip
        self.spend(attempt)
        attempt = self.with_state(replace(attempt, id=""), past=[*attempt.state["past"], met])
        return await self._go_on(ctx, entry, user, attempt)
