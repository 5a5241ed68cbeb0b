"""What follows the first proof: a new password in the place of an administrator's, a second factor, and the end.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from cloudchamber.services.cognito_idp import attributes, limits, totp
from cloudchamber.services.cognito_idp.attempts import Attempts, Entry, Outcome, SignedIn, required
from cloudchamber.services.cognito_idp.codes import new_code
from cloudchamber.services.cognito_idp.delivery import Parcel
from cloudchamber.services.cognito_idp.errors import (
    CodeMismatch,
    ExpiredCode,
    InvalidParameter,
    NotAuthorized,
    UserNotConfirmed,
    UserNotFound,
)
from cloudchamber.services.cognito_idp.records import (
    CONFIRMED,
    EMAIL_MFA,
    FORCE_CHANGE_PASSWORD,
    SMS_MFA,
    TOTP_MFA,
    UNCONFIRMED,
    Attempt,
    Pool,
    User,
)
from cloudchamber.services.cognito_idp.triggers import Occasion, user_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

NEW_PASSWORD, SETUP, SELECT = "NEW_PASSWORD_REQUIRED", "MFA_SETUP", "SELECT_MFA_TYPE"
DEVICE_SRP: Final = "DEVICE_SRP_AUTH"
ANSWERS: Final[Mapping[str, str]] = {
    SMS_MFA: "SMS_MFA_CODE", EMAIL_MFA: "EMAIL_OTP_CODE", TOTP_MFA: "SOFTWARE_TOKEN_MFA_CODE",
    "SMS_OTP": "SMS_OTP_CODE",
}  # fmt: skip
SENT_TO: Final = {SMS_MFA: "phone_number", "SMS_OTP": "phone_number", EMAIL_MFA: "email"}
OTP_DIGITS: Final = 8  # of a one-time password that is the first factor


def offered(pool: Pool) -> list[str]:
    """The second factors of a pool."""
    if pool.mfa_mode == "OFF":
        return []
    found = []
    has_texts = pool.mfa.get("SmsMfaConfiguration") or (pool.settings.get("SmsConfiguration") and not (
        pool.mfa.keys() - {"MfaConfiguration"}
    ))  # fmt: skip
    if has_texts:
        found.append(SMS_MFA)
    if (pool.mfa.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"):
        found.append(TOTP_MFA)
    if "EmailMfaConfiguration" in pool.mfa:
        found.append(EMAIL_MFA)
    return found


def usable(pool: Pool, user: User) -> list[str]:
    """Those a user can be asked for: what they chose, or, where MFA is a must and nothing chosen, what reaches them."""
    present = {
        SMS_MFA: bool(user.attributes.get("phone_number")), EMAIL_MFA: bool(user.attributes.get("email")),
        TOTP_MFA: bool(user.totp_secret),
    }  # fmt: skip
    reachable = [factor for factor in offered(pool) if present[factor]]
    chosen = [factor for factor in reachable if factor in user.mfa]
    if chosen or pool.mfa_mode != "ON":
        return chosen
    return [f for f in reachable if f != TOTP_MFA and (f == SMS_MFA or user.is_verified("email"))]


def wait_s(user: User, now: float) -> float:
    """How long a user is still locked out."""
    past_free = user.failures - limits.FAILURES_FREE
    if past_free < 0 or now - user.failed_at > limits.LOCKOUT_FORGOTTEN_SECONDS:
        return 0.0
    locked_s = min(2.0 ** min(past_free, 20), limits.LOCKOUT_SECONDS_MAX)
    return max(user.failed_at + locked_s - now, 0.0)


class SecondFactors(Attempts):
    # wrong passwords and codes

    @staticmethod
    def check_not_locked(user: User, now: float) -> None:
        """NotAuthorized for one who is locked out."""
        if wait_s(user, now) > 0:
            raise NotAuthorized("Password attempts exceeded")

    def failed(self, user: User, now: float) -> None:
        """Count a wrong password or code."""
        user = self.again(user)
        earlier = 0 if now - user.failed_at > limits.LOCKOUT_FORGOTTEN_SECONDS else user.failures
        self.store.users.put(replace(user, failures=earlier + 1, failed_at=now))

    def succeeded(self, user: User) -> User:
        """Wrong ones no longer count, once all challenges are met: a right password alone buys no more codes."""
        user = self.again(user)
        return self.store.users.put(replace(user, failures=0, failed_at=0.0)) if user.failures else user

    # what comes next

    async def next_step(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> Outcome:
        """UserNotConfirmed, NotAuthorized, InvalidParameter, and the errors of triggers and delivery."""
        if not user.enabled:  # any more
            raise NotAuthorized("User is disabled.")
        if user.status == UNCONFIRMED:
            raise UserNotConfirmed
        if user.status == FORCE_CHANGE_PASSWORD and user.has_password:
            self.check_temporary(user, ctx.now())
            return self._ask_new_password(ctx, entry, user, attempt)
        device = await self.device_step(ctx, entry, user, attempt)
        if device is not None:
            return device
        if not attempt.state.get("mfa"):
            factor = await self._second_factor(ctx, entry, user, attempt)
            if factor is not None:
                return factor
        return await self._finish(ctx, entry, user, attempt)

    async def _finish(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> SignedIn:
        if attempt.id:
            self.spend(attempt)
        device_key = str(attempt.state.get("known_device") or "")
        request = {
            "userAttributes": user_attributes(user), "newDeviceUsed": not device_key,
            "clientMetadata": dict(entry.metadata),
        }  # fmt: skip
        occasion = Occasion("PostAuthentication", "PostAuthentication_Authentication", user.username, entry.client.id)
        await self.ask(ctx, entry.pool, occasion, request)
        return SignedIn(self.succeeded(user), attempt.state.get("source", "Authentication"), device_key)

    @staticmethod
    def check_temporary(user: User, now: float) -> None:
        """NotAuthorized for an administrator's password whose time has passed."""
        if user.status == FORCE_CHANGE_PASSWORD and user.temporary_until is not None and now >= user.temporary_until:
            raise NotAuthorized("Temporary password has expired and must be reset by an administrator.")

    async def device_step(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> Outcome | None:
        """A remembered device proves itself: instead of a second factor where the pool says so, otherwise after it."""
        settings = entry.pool.settings.get("DeviceConfiguration")
        if not settings or attempt.state.get("known_device"):
            return None
        device = self.store.devices.get(user.pool_id, user.username, str(attempt.state.get("device")))
        if device is None or device.verifier is None or not device.remembered:
            return None
        if not settings.get("ChallengeRequiredOnNewDevice") and not attempt.state.get("mfa") and self.needs_second(
            entry, user
        ):  # fmt: skip
            return None
        return self.challenge(ctx, attempt, DEVICE_SRP, {})

    @staticmethod
    def needs_second(entry: Entry, user: User) -> bool:
        return entry.pool.mfa_mode == "ON" or (entry.pool.mfa_mode == "OPTIONAL" and bool(user.mfa))

    def of_attempt(self, attempt: Attempt) -> User:
        """UserNotFound, NotAuthorized for one who was disabled meanwhile."""
        user = self.store.users.get(attempt.pool_id, attempt.username)
        if user is None:
            raise UserNotFound
        if not user.enabled:
            raise NotAuthorized("User is disabled.")
        return user

    # an administrator's password

    def _ask_new_password(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> Outcome:
        shown = {k: v for k, v in user.attributes.items() if k != "sub"}
        lacking = [
            f"userAttributes.{one['Name']}" for one in entry.pool.schema
            if one["Required"] and one["Name"] != "sub" and not user.attributes.get(one["Name"])
        ]  # fmt: skip
        asked = {
            "USER_ID_FOR_SRP": user.username, "userAttributes": orjson.dumps(shown).decode(),
            "requiredAttributes": orjson.dumps(lacking).decode(),
        }  # fmt: skip
        return self.challenge(ctx, attempt, NEW_PASSWORD, asked)

    async def answer_new_password(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        attempt = self.attempt(ctx, entry, NEW_PASSWORD, session)
        (password,) = required(responses, "NEW_PASSWORD")
        user = self.of_attempt(attempt)
        prefix = "userAttributes."
        given = {k.removeprefix(prefix): v for k, v in responses.items() if k.startswith(prefix)}
        if not entry.is_admin:
            attributes.check_writable(entry.client, given)
        attributes.check(entry.pool, given)
        self._check_new(entry.pool, user, given)
        attributes.check_required(entry.pool, {**user.attributes, **given})
        self.check_password(entry.pool, password)
        await self.check_history(entry.pool, user, password)
        verifier = await self.enrolled(entry.pool, user.username, password)
        with self.platform.store.transaction():
            user = self.with_password(entry.pool, self.again(user), verifier, ctx.now())
            unverified = {f"{k}_verified": "false" for k in attributes.VERIFIED if given.get(k, user.attributes.get(k))
                          != user.attributes.get(k)}  # fmt: skip
            user = replace(user, status=CONFIRMED, attributes={**user.attributes, **given, **unverified})
            for alias in given:
                self.check_alias(entry.pool, user, alias)
            self.store.put_user(user)
        return await self.next_step(ctx, entry, user, self.with_state(attempt, source="NewPasswordChallenge"))

    @staticmethod
    def _check_new(pool: Pool, user: User, given: Mapping[str, str]) -> None:
        """What an administrator has filled in is not the user's to change here, where it is required or fixed.

        NotAuthorized, InvalidParameter."""
        for one in pool.schema:
            if one["Required"] and one["Name"] in given and user.attributes.get(one["Name"]):
                raise NotAuthorized(f"Cannot modify an already provided {one['Name']}")
        attributes.check_mutable(pool, given, user.attributes)

    # second factors

    async def _second_factor(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> Outcome | None:
        factors = usable(entry.pool, user)
        if not factors:
            return self._ask_setup(ctx, entry, user, attempt) if entry.pool.mfa_mode == "ON" else None
        if user.preferred_mfa in factors:
            return await self.ask_code(ctx, entry, user, (attempt, user.preferred_mfa))
        if len(factors) > 1:
            asked = {"MFAS_CAN_CHOOSE": orjson.dumps(factors).decode(), "USER_ID_FOR_SRP": user.username}
            return self.challenge(ctx, attempt, SELECT, asked)
        return await self.ask_code(ctx, entry, user, (attempt, factors[0]))

    def _ask_setup(self, ctx: Context, entry: Entry, user: User, attempt: Attempt) -> Outcome:
        factors = offered(entry.pool)
        if factors == [SMS_MFA]:
            raise InvalidParameter("User does not have delivery config set to turn on SMS_MFA")
        asked = {"MFAS_CAN_SETUP": orjson.dumps(factors).decode(), "USER_ID_FOR_SRP": user.username}
        return self.challenge(ctx, attempt, SETUP, asked)

    async def ask_code(
        self, ctx: Context, entry: Entry, user: User, wanted: tuple[Attempt, str], digits: int = 6
    ) -> Outcome:  # fmt: skip
        """Challenge with a code: of the app, or one that is sent. `wanted` is the attempt and the factor."""
        attempt, factor = wanted
        if factor == TOTP_MFA:
            asked = {"USER_ID_FOR_SRP": user.username}
            if user.totp_name:
                asked["FRIENDLY_DEVICE_NAME"] = user.totp_name
            return self.challenge(ctx, attempt, factor, asked)
        code = new_code(digits)
        parcel = Parcel(user, SENT_TO[factor], "Authentication", code, entry.client.id, entry.metadata)
        details = await self.deliver(ctx, entry.pool, parcel)
        asked = {
            "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
            "CODE_DELIVERY_DESTINATION": details["Destination"], "USER_ID_FOR_SRP": user.username,
        }  # fmt: skip
        return self.challenge(ctx, self.with_state(attempt, code=code, tries=0), factor, asked)

    async def answer_code(
        self, ctx: Context, entry: Entry, session: str | None, challenge: tuple[str, Mapping[str, str]]
    ) -> Outcome:  # fmt: skip
        """A code for a factor. CodeMismatch, ExpiredCode, NotAuthorized."""
        factor, responses = challenge
        attempt = self.attempt(ctx, entry, factor, session)
        (given,) = required(responses, ANSWERS[factor])
        user = self.of_attempt(attempt)
        self.check_not_locked(user, ctx.now())
        if factor == TOTP_MFA:
            self._check_app(attempt, user, given, ctx.now())
        elif not hmac.compare_digest(str(attempt.state["code"]).encode(), given.encode()):
            self.failed(user, ctx.now())
            self.missed(attempt)
            raise CodeMismatch("Invalid code or auth state for the user." if attempt.state.get("otp") else
                               "Invalid code received for user")  # fmt: skip
        if responses.get("DEVICE_KEY"):
            attempt = self.with_state(attempt, device=responses["DEVICE_KEY"])
        met: dict[str, Any] = {"otp": False} if attempt.state.get("otp") else {"mfa": True}
        return await self.next_step(ctx, entry, self.again(user), self.with_state(attempt, **met))

    def _check_app(self, attempt: Attempt, user: User, given: str, now: float) -> None:
        step = totp.step_of(user.totp_secret, given, now, limits.TOTP_STEPS_AROUND)
        if step is None:
            self.failed(user, now)
            self.missed(attempt)
            raise CodeMismatch("Invalid code received for user")
        if step <= user.totp_step:
            raise ExpiredCode("Your software token has already been used once.")
        self.store.users.put(replace(user, totp_step=step))

    async def answer_select(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        attempt = self.attempt(ctx, entry, SELECT, session)
        (factor,) = required(responses, "ANSWER")
        user = self.of_attempt(attempt)
        if factor not in usable(entry.pool, user):
            raise InvalidParameter(f"Invalid MFA type: {factor}")
        return await self.ask_code(ctx, entry, user, (attempt, factor))

    async def answer_setup(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        """The app was set up meanwhile, with AssociateSoftwareToken and VerifySoftwareToken."""
        attempt = self.attempt(ctx, entry, SETUP, session)
        user = self.of_attempt(attempt)
        if not attempt.state.get("is_set_up"):
            raise InvalidParameter("MFA setup was not completed for the user.")
        return await self.next_step(ctx, entry, user, self.with_state(attempt, mfa=True))
