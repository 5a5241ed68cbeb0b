"""Signing in: InitiateAuth, RespondToAuthChallenge and their Admin forms, and fresh tokens for a refresh token.

`begin` and `respond` are the whole of it for other doors too (the pool's own pages): they take an `Entry` and give an
`Outcome`; what follows a `SignedIn` is theirs to choose. Here it is tokens.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow.html
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp.attempts import Challenge, Entry, Outcome, SignedIn, required
from cloudchamber.services.cognito_idp.base import secret_hash
from cloudchamber.services.cognito_idp.choices import CHOOSE, Choices
from cloudchamber.services.cognito_idp.custom_auth import CUSTOM, VERIFIER
from cloudchamber.services.cognito_idp.devices import DEVICE_VERIFIER
from cloudchamber.services.cognito_idp.errors import InvalidParameter, NotAuthorized, RefreshTokenReuse
from cloudchamber.services.cognito_idp.issuing import Wish, hashed, refresh_token
from cloudchamber.services.cognito_idp.second_factors import ANSWERS, DEVICE_SRP, NEW_PASSWORD, SELECT, SETUP
from cloudchamber.services.cognito_idp.signing_up import CONFIRMED_NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.base import Answer
    from cloudchamber.services.cognito_idp.records import Client, Grant, User

REFRESH: Final = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
ADMIN: Final = ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
# Flow -> what the client has to allow (either the present name or an older one), and the refusal.
_ALLOWED: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "USER_PASSWORD_AUTH": (
        ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"), "USER_PASSWORD_AUTH flow not enabled for this client"
    ),
    "USER_SRP_AUTH": (("ALLOW_USER_SRP_AUTH",), "USER_SRP_AUTH is not enabled for the client."),
    "CUSTOM_AUTH": (("ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"), "CUSTOM_AUTH is not enabled for the client."),
    "USER_AUTH": (("ALLOW_USER_AUTH",), "USER_AUTH is not enabled for the client."),
    **dict.fromkeys(ADMIN, (("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
                            "Auth flow not enabled for this client")),
    **dict.fromkeys(REFRESH, (("ALLOW_REFRESH_TOKEN_AUTH",), "Auth flow not enabled for this client")),
}  # fmt: skip


def check_flow(client: Client, flow: str) -> None:
    """InvalidParameter for a flow that the client does not allow."""
    names, refusal = _ALLOWED[flow]
    if any(name in client.flows for name in names):
        return
    if flow in ("USER_SRP_AUTH", *REFRESH) and not any(f.startswith("ALLOW_") for f in client.flows):
        return  # clients of older days always have these
    raise InvalidParameter(refusal)


class SigningIn(Choices):
    async def begin(self, ctx: Context, entry: Entry, flow: str, parameters: Mapping[str, str]) -> Outcome:
        """Begin a sign-in with a flow of InitiateAuth (none that refreshes) and its parameters."""
        if flow in ("USER_PASSWORD_AUTH", *ADMIN):
            return await self.by_password(ctx, entry, flow, parameters)
        if flow == "USER_SRP_AUTH":
            return await self.by_proof(ctx, entry, flow, parameters)
        if flow == "CUSTOM_AUTH":
            return await self.by_custom(ctx, entry, flow, parameters)
        return await self.by_choice(ctx, entry, flow, parameters)

    async def respond(
        self, ctx: Context, entry: Entry, challenge: tuple[str, str | None], responses: Mapping[str, str]
    ) -> Outcome:
        """Answer a challenge: its name and session, and the responses of RespondToAuthChallenge."""
        name, session = challenge
        if name in ANSWERS:
            return await self.answer_code(ctx, entry, session, (name, responses))
        answer = {
            VERIFIER: self.answer_proof, NEW_PASSWORD: self.answer_new_password, SELECT: self.answer_select,
            SETUP: self.answer_setup, CUSTOM: self.answer_custom, DEVICE_SRP: self.answer_device,
            DEVICE_VERIFIER: self.answer_device_proof, CHOOSE: self.answer_choice, "PASSWORD": self.answer_password,
        }.get(name)  # fmt: skip
        if answer is None:
            raise InvalidParameter(f"{name} is not a valid challenge.")
        return await answer(ctx, entry, session, responses)

    # operations

    @operation
    async def initiate_auth(self, ctx: Context, request: Request) -> Answer:
        pool, client = self.entered(ctx, request["ClientId"])
        if request["AuthFlow"] in ADMIN:
            raise InvalidParameter("Initiate Auth method not supported.")
        return await self._initiate(ctx, Entry(pool, client, request.get("ClientMetadata") or {}), request)

    @operation
    async def admin_initiate_auth(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        client = self.client_of(pool, request["ClientId"])
        return await self._initiate(ctx, Entry(pool, client, request.get("ClientMetadata") or {}, True), request)

    async def _initiate(self, ctx: Context, entry: Entry, request: Request) -> Answer:
        flow, parameters = request["AuthFlow"], request.get("AuthParameters") or {}
        check_flow(entry.client, flow)
        if flow in REFRESH:
            return await self._refreshed(ctx, entry, parameters)
        (name,) = required(parameters, "USERNAME")
        self.check_secret(entry.client, name, parameters.get("SECRET_HASH"))
        if flow == "USER_AUTH" and request.get("Session"):
            return await self._answer(ctx, entry, await self._after_sign_up(ctx, entry, name, request["Session"]))
        return await self._answer(ctx, entry, await self.begin(ctx, entry, flow, parameters))

    async def _after_sign_up(self, ctx: Context, entry: Entry, name: str, session: str) -> Outcome:
        """Who has just confirmed their address need not prove again who they are. NotAuthorized."""
        attempt = self.attempt(ctx, entry, CONFIRMED_NOW, session)
        user = self.of_attempt(attempt)
        named = self.find_user(entry.pool, name)
        if named is None or named.username != user.username:
            raise NotAuthorized("Invalid session for the user.")
        return await self.next_step(ctx, entry, user, attempt)

    @operation
    async def respond_to_auth_challenge(self, ctx: Context, request: Request) -> Answer:
        pool, client = self.entered(ctx, request["ClientId"])
        return await self._respond(ctx, Entry(pool, client, request.get("ClientMetadata") or {}), request)

    @operation
    async def admin_respond_to_auth_challenge(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        client = self.client_of(pool, request["ClientId"])
        return await self._respond(ctx, Entry(pool, client, request.get("ClientMetadata") or {}, True), request)

    async def _respond(self, ctx: Context, entry: Entry, request: Request) -> Answer:
        responses = request.get("ChallengeResponses") or {}
        (name,) = required(responses, "USERNAME")
        self.check_secret(entry.client, name, responses.get("SECRET_HASH"))
        challenge = (request["ChallengeName"], request.get("Session"))
        return await self._answer(ctx, entry, await self.respond(ctx, entry, challenge, responses))

    async def _answer(self, ctx: Context, entry: Entry, outcome: Outcome) -> Answer:
        if isinstance(outcome, Challenge):
            shown: Answer = {
                "ChallengeName": outcome.name,
                "ChallengeParameters": dict(outcome.parameters),
                "Session": outcome.session,
            }
            if outcome.available:
                shown["AvailableChallenges"] = list(outcome.available)
            return shown
        return {"ChallengeParameters": {}, "AuthenticationResult": await self._result(ctx, entry, outcome)}

    async def _result(self, ctx: Context, entry: Entry, signed_in: SignedIn) -> Answer:
        """Tokens; and the metadata of a device that is new."""
        device = None if signed_in.device_key else self.new_device(ctx, entry.pool, signed_in.user)
        wish = Wish(
            signed_in.source, device_key=signed_in.device_key or (device.key if device else ""), metadata=entry.metadata
        )
        result = await self.issue(ctx, entry.pool, entry.client, signed_in.user, wish)
        if device is not None:
            result["NewDeviceMetadata"] = {"DeviceKey": device.key, "DeviceGroupKey": device.group}
        return result

    # refreshing

    def refreshable(self, ctx: Context, entry: Entry, token: str) -> tuple[Grant, User]:
        """The grant of a refresh token that still counts, and its user. NotAuthorized, RefreshTokenReuse."""
        grant = self.grant_of(token)
        if grant is None or grant.pool_id != entry.pool.id:
            raise NotAuthorized("Invalid Refresh Token")
        if grant.client_id != entry.client.id:
            raise NotAuthorized("Refresh Token has different Client.")
        if ctx.now() >= grant.expires_at:
            raise NotAuthorized("Refresh Token has expired")
        user = self.store.users.get(grant.pool_id, grant.username)
        if grant.revoked or user is None or grant.auth_time < max(user.signed_out_at, user.created_at):
            raise NotAuthorized("Refresh Token has been revoked")
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        if hashed(token) == grant.previous_hash and ctx.now() >= grant.rotated_at + entry.client.grace_s:
            raise RefreshTokenReuse
        return grant, user

    async def _refreshed(self, ctx: Context, entry: Entry, parameters: Mapping[str, str]) -> Answer:
        (token,) = required(parameters, "REFRESH_TOKEN")
        grant, user = self.refreshable(ctx, entry, token)
        self._check_refresh_secret(entry.client, user, parameters.get("SECRET_HASH"))
        self._check_device(grant, parameters.get("DEVICE_KEY"))
        result = await self.tokens(ctx, entry.pool, grant, Wish("RefreshTokens", metadata=entry.metadata))
        with self.platform.store.transaction():
            self.note_active(ctx, grant)
        return {"ChallengeParameters": {}, "AuthenticationResult": result}

    def _check_refresh_secret(self, client: Client, user: User, given: str | None) -> None:
        """The hash is made of the username, of the sub, or of what was signed in with. NotAuthorized."""
        if not client.secret or not given:
            self.check_secret(client, user.username, given)
            return
        names = (user.username, user.sub, *(user.attributes.get(name, "") for name in ("email", "phone_number")))
        hashes = [secret_hash(secret, name, client.id) for secret in client.secret_values for name in names]
        if not any(hmac.compare_digest(one, given.encode()) for one in hashes):
            raise NotAuthorized(f"SecretHash does not match for the client: {client.id}")

    def _check_device(self, grant: Grant, given: str | None) -> None:
        """Tokens of a device that was confirmed are refreshed with its key only. NotAuthorized."""
        if given == grant.device_key or not grant.device_key:
            return
        device = self.store.devices.get(grant.pool_id, grant.username, grant.device_key)
        if device is not None and device.verifier is not None:
            raise NotAuthorized("Invalid Refresh Token")

    async def rotate(self, ctx: Context, entry: Entry, token: str) -> Answer:
        """Fresh tokens for a refresh token, and a new one in its place where the client rotates them."""
        grant, _ = self.refreshable(ctx, entry, token)
        result = await self.tokens(ctx, entry.pool, grant, Wish("RefreshTokens", metadata=entry.metadata))
        with self.platform.store.transaction():
            self.note_active(ctx, grant)
        if entry.client.rotates:
            result["RefreshToken"] = fresh = refresh_token(grant.id)
            used = hashed(token)
            with self.platform.store.transaction():
                grant, _ = self.refreshable(ctx, entry, token)  # another call may have been quicker
                self.store.grants.put(
                    replace(grant, refresh_hash=hashed(fresh), previous_hash=used, rotated_at=ctx.now())
                )
        return result

    @operation
    async def get_tokens_from_refresh_token(self, ctx: Context, request: Request) -> Answer:
        pool, client = self.entered(ctx, request["ClientId"])
        given = request.get("ClientSecret")
        if client.secret and not self.is_secret(client, given):
            lacks = f"Client {client.id} is configured with secret but secret was not received"
            raise NotAuthorized(f"Unable to verify client secret for client {client.id}" if given else lacks)
        if not client.rotates:
            check_flow(client, "REFRESH_TOKEN_AUTH")
        entry = Entry(pool, client, request.get("ClientMetadata") or {})
        grant, _ = self.refreshable(ctx, entry, request["RefreshToken"])
        self._check_device(grant, request.get("DeviceKey"))
        return {"AuthenticationResult": await self.rotate(ctx, entry, request["RefreshToken"])}
