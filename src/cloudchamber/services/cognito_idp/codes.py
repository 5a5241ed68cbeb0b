"""Codes that users get by mail or text message: made, limited in number, and checked."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from cloudchamber.core import ids
from cloudchamber.services.cognito_idp import limits
from cloudchamber.services.cognito_idp.delivery import Delivery, Parcel
from cloudchamber.services.cognito_idp.errors import CodeMismatch, ExpiredCode, LimitExceeded, UserNotFound
from cloudchamber.services.cognito_idp.records import Code, Pool, User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

SIGN_UP, FORGOT = "sign-up", "forgot"
DIGITS: Final = 6
_TOO_OFTEN: Final = "Attempt limit exceeded, please try after some time."
_SECONDS: Final = {SIGN_UP: limits.SIGN_UP_CODE_SECONDS, FORGOT: limits.FORGOT_CODE_SECONDS}


@dataclass(frozen=True, slots=True)
class Errand:
    """Why a code is sent: what it confirms, the trigger's source, where it goes, and for whom."""

    purpose: str  # SIGN_UP, FORGOT, or the attribute that is to be verified
    source: str
    attribute: str
    client_id: str = "CLIENT_ID_NOT_APPLICABLE"
    metadata: Mapping[str, str] = field(default_factory=dict)
    to: str = ""


def new_code(digits: int = DIGITS) -> str:
    return f"{int.from_bytes(ids.token_bytes(8)) % 10**digits:0{digits}d}"


class Codes(Delivery):
    def again(self, user: User) -> User:
        """A user as they stand after something was waited for. UserNotFound."""
        found = self.store.users.get(user.pool_id, user.username)
        if found is None or found.sub != user.sub:
            raise UserNotFound
        return found

    def note_code(self, user: User, errand: Errand, now: float) -> str:
        """A new code in the place of an earlier one. Inside a transaction. LimitExceeded."""
        old = self.store.codes.get(user.pool_id, user.username, errand.purpose)
        sent = [at for at in (old.sent_at if old else ()) if at > now - limits.CODES_SENT_SECONDS]
        if len(sent) >= limits.CODES_SENT_MAX:
            raise LimitExceeded(_TOO_OFTEN)
        code = new_code()
        expires_at = now + _SECONDS.get(errand.purpose, limits.ATTRIBUTE_CODE_SECONDS)
        tries, tried_at = (old.tries, old.tried_at) if old else (0, 0.0)
        to = errand.to or user.attributes[errand.attribute]
        self.store.codes.put(
            Code(
                user.pool_id, user.username, errand.purpose, code, expires_at, errand.attribute, to, (*sent, now),
                tries, tried_at,
            )
        )  # fmt: skip
        return code

    async def send_code(self, ctx: Context, pool: Pool, user: User, errand: Errand) -> dict[str, str]:
        """Note a code and send it; the CodeDeliveryDetails. LimitExceeded, and what delivery raises."""
        with self.platform.store.transaction():
            code = self.note_code(user, errand, ctx.now())
        return await self.send_noted(ctx, pool, user, (errand, code))

    async def send_noted(
        self, ctx: Context, pool: Pool, user: User, noted: tuple[Errand, str]
    ) -> dict[str, str]:  # fmt: skip
        errand, code = noted
        parcel = Parcel(user, errand.attribute, errand.source, code, errand.client_id, errand.metadata, errand.to)
        return await self.deliver(ctx, pool, parcel)

    def check_code(self, user: User, purpose: str, given: str, now: float) -> Code:
        """The code that was sent, if it is the given one. CodeMismatch, ExpiredCode, LimitExceeded."""
        code = self.store.codes.get(user.pool_id, user.username, purpose)
        if code is None:
            raise ExpiredCode
        tries = code.tries if now - code.tried_at < limits.LOCKOUT_FORGOTTEN_SECONDS else 0
        if tries >= limits.CONFIRMATION_TRIES_MAX:
            raise LimitExceeded(_TOO_OFTEN)
        if now >= code.expires_at:
            raise ExpiredCode
        if code.to not in (user.attributes.get(code.attribute), user.pending.get(code.attribute)):
            raise ExpiredCode  # it was sent to an address that is no longer theirs
        if not hmac.compare_digest(code.code.encode(), given.encode()):
            self.store.codes.put(replace(code, tries=tries + 1, tried_at=now))
            raise CodeMismatch
        return code

    def use_code(self, code: Code) -> None:
        """It serves once. Inside a transaction."""
        self.store.codes.delete(code.pool_id, code.username, code.purpose)
