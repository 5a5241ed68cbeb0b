"""The first proof of who one is: a password sent whole, or proved without being sent (SRP).

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow.html
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cloudchamber.core import ids
from cloudchamber.services.cognito_idp import attributes, srp
from cloudchamber.services.cognito_idp.attempts import Challenge, Entry, Outcome, required
from cloudchamber.services.cognito_idp.custom_auth import VERIFIER, CustomAuth
from cloudchamber.services.cognito_idp.errors import (
    InvalidParameter,
    NotAuthorized,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.records import (
        Attempt,
        Pool,
        User,
    )

SECRET_BLOCK_BYTES: Final = 600


class FirstFactors(CustomAuth):
    # a password sent whole

    async def by_password(self, ctx: Context, entry: Entry, flow: str, parameters: Mapping[str, str]) -> Outcome:
        name, password = required(parameters, "USERNAME", "PASSWORD")
        user = None
        if self.find_user(entry.pool, name) is None:
            user = await self.migrated(ctx, entry, name, password)
        user = user or await self.admitted(ctx, entry, name)
        if user is None:
            await asyncio.to_thread(srp.enrol, entry.pool.srp_group, name, password)  # takes as long as for a user
            raise NotAuthorized
        await self.check_own_password(ctx, entry.pool, user, password)
        attempt = self.with_state(
            self.new_attempt(ctx, entry, user.username, flow), device=parameters.get("DEVICE_KEY")
        )
        return await self.next_step(ctx, entry, self.again(user), attempt)

    # a password proved

    async def by_custom(self, ctx: Context, entry: Entry, flow: str, parameters: Mapping[str, str]) -> Outcome:
        """With the owner's challenges, or first with a proof of the password where CHALLENGE_NAME is SRP_A."""
        (name,) = required(parameters, "USERNAME")
        if not entry.pool.trigger("DefineAuthChallenge"):
            raise InvalidParameter("Custom auth lambda trigger is not configured for the user pool.")
        if parameters.get("CHALLENGE_NAME") != "SRP_A":
            return await self.by_own_challenges(ctx, entry, flow, parameters)
        challenge = await self.by_proof(ctx, entry, flow, parameters)
        user = self.find_user(entry.pool, name)
        if user is not None:
            past = [{"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}]
            await self.defined(ctx, entry, user, past)
        return challenge

    async def by_proof(self, ctx: Context, entry: Entry, flow: str, parameters: Mapping[str, str]) -> Challenge:
        """The first half of SRP: the client's A comes in, B and a secret block go out."""
        name, public = required(parameters, "USERNAME", "SRP_A")
        if srp.public_of_client(public) is None:
            raise InvalidParameter("Incorrect SRP_A value.")
        user = await self.admitted(ctx, entry, name)
        await self.prepare_keys(entry.pool)
        kept = self._kept(entry.pool, name, user)
        exchange = await asyncio.to_thread(srp.begin, kept)
        username = "" if user is None else user.username
        attempt = self.with_state(
            self.new_attempt(ctx, entry, username, flow),
            srp={"a": public, "b": exchange.secret, "B": exchange.public}, name=name,
            device=parameters.get("DEVICE_KEY"),
        )  # fmt: skip
        block = base64.b64encode(ids.token_bytes(SECRET_BLOCK_BYTES)).decode()
        shown = username or self._name_of_nobody(entry.pool, name)
        asked = {
            "SALT": kept.salt, "SRP_B": exchange.public, "SECRET_BLOCK": block, "USERNAME": shown,
            "USER_ID_FOR_SRP": shown,
        }  # fmt: skip
        return self.challenge(ctx, attempt, VERIFIER, asked, block)

    def _kept(self, pool: Pool, name: str, user: User | None) -> srp.Verifier:
        """The verifier of a user; for nobody one that is made up, the same at each try."""
        if user is not None and user.verifier is not None:
            return user.verifier
        seed = self._seed(pool, name)
        more = b"".join(hmac.digest(seed, bytes([at]), "sha256") for at in range(12))
        return srp.Verifier(f"{int.from_bytes(seed[: srp.SALT_BYTES]):x}", f"{int.from_bytes(more) % srp.N:x}")

    def _seed(self, pool: Pool, name: str) -> bytes:
        """Of what is made up for nobody: no one else can work it out. Once `prepare_keys` was waited for."""
        key = self.store.keys.get(pool.id, "access")
        assert key is not None
        return hmac.digest(key.private, pool.fold(name).encode(), "sha256")

    def _name_of_nobody(self, pool: Pool, name: str) -> str:
        """The username that is shown for nobody: a UUID where that is what names stand for."""
        is_alias = attributes.is_email(name) or attributes.is_phone(name)
        if not pool.username_attributes and not (pool.alias_attributes and is_alias):
            return pool.fold(name)
        h = self._seed(pool, f"{name}:username").hex()
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) & 3]}{h[17:20]}-{h[20:32]}"

    async def check_proof(self, ctx: Context, entry: Entry, responses: Mapping[str, str]) -> tuple[User, Attempt]:
        """The second half: the client's signature. NotAuthorized."""
        names = ("USERNAME", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP")
        _, block, _, _ = required(responses, *names)
        attempt = self.attempt(ctx, entry, VERIFIER, block)
        self.spend(attempt)
        user = self.store.users.get(attempt.pool_id, attempt.username) if attempt.username else None
        if user is not None:
            self.check_not_locked(user, ctx.now())
        kept = self._kept(entry.pool, attempt.state["name"], user)
        who = (entry.pool.srp_group, attempt.username or attempt.state["name"])
        proven = await asyncio.to_thread(is_proof, kept, attempt.state["srp"], who, dict(responses))
        if user is not None:
            self.check_not_locked(self.again(user), ctx.now())  # others may have guessed meanwhile
        if user is None or user.verifier is None or not proven:
            if user is not None:
                self.failed(user, ctx.now())
            raise NotAuthorized
        return self.again(user), attempt

    async def answer_proof(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        user, attempt = await self.check_proof(ctx, entry, responses)
        state = {name: value for name, value in attempt.state.items() if name != "srp"}
        if responses.get("DEVICE_KEY"):
            state["device"] = responses["DEVICE_KEY"]
        attempt = replace(attempt, id="", state=state)
        if attempt.flow == "CUSTOM_AUTH":
            return await self.proven_for_custom(ctx, entry, user, attempt)
        return await self.next_step(ctx, entry, user, attempt)


def is_proof(
    kept: srp.Verifier, exchange: Mapping[str, str], who: tuple[str, str], responses: Mapping[str, str]
) -> bool:
    """Whether a client's signature proves the password (or the device's) behind a verifier. Some milliseconds."""
    public = srp.public_of_client(exchange["a"])
    try:
        block = base64.b64decode(responses["PASSWORD_CLAIM_SECRET_BLOCK"])
        signature = base64.b64decode(responses["PASSWORD_CLAIM_SIGNATURE"])
    except (binascii.Error, ValueError):
        return False
    key = None if public is None else srp.key_of(kept, srp.Exchange(exchange["b"], exchange["B"]), public)
    return key is not None and srp.is_proven(key, srp.Proof(*who, block, responses["TIMESTAMP"], signature))
