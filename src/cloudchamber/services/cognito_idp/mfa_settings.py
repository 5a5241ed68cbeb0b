"""A user's second factors: authenticator apps paired and verified, and which factors are on.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import limits, totp
from cloudchamber.services.cognito_idp.admin_users import shown_mfa
from cloudchamber.services.cognito_idp.attempts import Entry
from cloudchamber.services.cognito_idp.choices import choices
from cloudchamber.services.cognito_idp.errors import (
    EnableSoftwareTokenMfa,
    InvalidParameter,
    NotAuthorized,
    SoftwareTokenMfaNotFound,
)
from cloudchamber.services.cognito_idp.issuing import hashed
from cloudchamber.services.cognito_idp.records import EMAIL_MFA, SMS_MFA, TOTP_MFA, Attempt, Pool, User
from cloudchamber.services.cognito_idp.recovery import Recovery
from cloudchamber.services.cognito_idp.second_factors import SETUP

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.base import Answer

_FACTORS: Final = (
    ("SMSMfaSettings", SMS_MFA), ("SoftwareTokenMfaSettings", TOTP_MFA), ("EmailMfaSettings", EMAIL_MFA)
)  # fmt: skip
_PENDING: Final = "totp"  # among a user's pending values: the secret that awaits its first code


class MfaSettings(Recovery):
    @operation
    async def associate_software_token(self, ctx: Context, request: Request) -> Answer:
        """For one who is signed in, or in the middle of a sign-in that needs it (with a session)."""
        secret = totp.new_secret()
        if request.get("AccessToken"):
            subject = await self.signed_in(ctx, request["AccessToken"])
            self._note(subject.pool, subject.user, secret)
            return {"SecretCode": secret}
        attempt = self._by_session(ctx, request)
        self._note(self._pool_of(attempt), self.of_attempt(attempt), secret)
        return {"SecretCode": secret, "Session": self.challenge(ctx, attempt, SETUP, {}).session}

    def _note(self, pool: Pool, user: User, secret: str) -> None:
        if not (pool.mfa.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"):
            raise SoftwareTokenMfaNotFound("Software Token MFA is not enabled for the userPool.")
        self.store.users.put(replace(user, pending={**user.pending, _PENDING: secret}))

    def _pool_of(self, attempt: Attempt) -> Pool:
        found = self.store.pools.get(attempt.pool_id)
        assert found is not None
        return found

    def _by_session(self, ctx: Context, request: Request) -> Attempt:
        session = request.get("Session")
        if not session:
            raise InvalidParameter("Either AccessToken or Session is required.")
        known = self.store.attempts.get(hashed(session))
        pool = None if known is None else self.store.pools.get(known.pool_id)
        client = None if known is None else self.store.clients.get(known.client_id)
        if pool is None or client is None:
            raise NotAuthorized("Invalid session for the user.")
        self.settle_in(ctx, pool)
        return self.attempt(ctx, Entry(pool, client), SETUP, session)

    @operation
    async def verify_software_token(self, ctx: Context, request: Request) -> Answer:
        name = request.get("FriendlyDeviceName") or ""
        if request.get("AccessToken"):
            subject = await self.signed_in(ctx, request["AccessToken"])
            self._verify(ctx, subject.user, request["UserCode"], name)
            return {"Status": "SUCCESS"}
        attempt = self._by_session(ctx, request)
        user = self._verify(ctx, self.of_attempt(attempt), request["UserCode"], name)
        with self.platform.store.transaction():
            chosen = tuple(dict.fromkeys((*user.mfa, TOTP_MFA)))
            self.store.users.put(replace(user, mfa=chosen, preferred_mfa=user.preferred_mfa or TOTP_MFA))
        challenge = self.challenge(ctx, self.with_state(attempt, is_set_up=True), SETUP, {})
        return {"Status": "SUCCESS", "Session": challenge.session}

    def _verify(self, ctx: Context, user: User, code: str, name: str) -> User:
        """EnableSoftwareTokenMfa for a wrong code."""
        secret = user.pending.get(_PENDING)
        if secret is None:
            raise (
                SoftwareTokenMfaNotFound("Software token has not been associated.")
                if not user.totp_secret
                else (NotAuthorized("Software token is already verified."))
            )
        step = totp.step_of(secret, code, ctx.now(), limits.TOTP_STEPS_AROUND)
        if step is None:
            raise EnableSoftwareTokenMfa
        pending = {key: value for key, value in user.pending.items() if key != _PENDING}
        return self.store.users.put(replace(user, pending=pending, totp_secret=secret, totp_name=name, totp_step=step))

    @operation
    async def set_user_mfa_preference(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        self._prefer(subject.user, request)
        return {}

    @operation
    async def admin_set_user_mfa_preference(self, ctx: Context, request: Request) -> Answer:
        self._prefer(self.user(self.pool(ctx, request), request["Username"]), request)
        return {}

    def _prefer(self, user: User, request: Request) -> None:
        chosen, preferred = list(user.mfa), user.preferred_mfa
        wished = [factor for member, factor in _FACTORS if (request.get(member) or {}).get("PreferredMfa")]
        if len(wished) > 1:
            raise InvalidParameter("Only one MFA method can be preferred.")
        for member, factor in _FACTORS:
            if member not in request:
                continue
            settings = request[member]
            if settings.get("Enabled") or (settings.get("PreferredMfa") and factor in chosen):
                self._check_has(user, factor)
                chosen = list(dict.fromkeys([*chosen, factor]))
            elif "Enabled" in settings:
                chosen = [one for one in chosen if one != factor]
            if settings.get("PreferredMfa"):
                if factor not in chosen:
                    raise InvalidParameter(f"{factor} must be enabled to be the preferred MFA method.")
                preferred = factor
            elif preferred == factor:
                preferred = ""
        self.store.users.put(replace(user, mfa=tuple(chosen), preferred_mfa=preferred if preferred in chosen else ""))

    @staticmethod
    def _check_has(user: User, factor: str) -> None:
        if factor == TOTP_MFA and not user.totp_secret:
            raise InvalidParameter("User has not verified software token mfa")
        if factor == SMS_MFA and not user.attributes.get("phone_number"):
            raise InvalidParameter("User does not have phone_number attribute set")
        if factor == EMAIL_MFA and not user.attributes.get("email"):
            raise InvalidParameter("User does not have email attribute set")

    @operation
    async def admin_delete_software_token(self, ctx: Context, request: Request) -> Answer:
        user = self.user(self.pool(ctx, request), request["Username"])
        if not user.totp_secret:
            raise SoftwareTokenMfaNotFound("Software token MFA has not been set up for the user.")
        kept = tuple(factor for factor in user.mfa if factor != TOTP_MFA)
        preferred = "" if user.preferred_mfa == TOTP_MFA else user.preferred_mfa
        self.store.users.put(replace(user, mfa=kept, preferred_mfa=preferred, totp_secret="", totp_step=0))
        return {}

    @operation
    async def get_user_auth_factors(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        return _factors(subject.pool, subject.user)

    @operation
    async def admin_get_user_auth_factors(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        return _factors(pool, self.user(pool, request["Username"]))


def _factors(pool: Pool, user: User) -> Answer:
    first = [factor for factor in choices(pool, user) if factor != "PASSWORD_SRP"]
    return {"Username": user.username, **shown_mfa(user), "ConfiguredUserAuthFactors": first}
