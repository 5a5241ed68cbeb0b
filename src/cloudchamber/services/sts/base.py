"""What STS's operations share: giving out sessions, finding roles, judging session policies, sweeping up."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core import ids
from cloudchamber.core.arn import Arn
from cloudchamber.core.errors import AccessDenied, ValidationError
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.sts import keys, limits, packing, policy
from cloudchamber.services.sts.session import Holder, Session
from cloudchamber.services.sts.store import StsStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.core.resources import Directory
    from cloudchamber.identity.credentials import Credential
    from cloudchamber.services.sts import shapes

_TOKEN_START = "IQoJb3JpZ2luX2Vj"  # how AWS's session tokens begin


@dataclass(frozen=True, slots=True)
class Role:
    """A role as far as STS needs it. `policy` is its trust policy, JSON."""

    arn: str
    account: str
    id: str
    name: str
    duration_seconds_max: int
    policy: str
    tags: Mapping[str, str] = field(default_factory=dict)

    def holder(self, session_name: str, **laid_down: Any) -> Holder:
        """Who a session of this role is."""
        partition = self.arn.split(":", 2)[1]
        arn = f"arn:{partition}:sts::{self.account}:assumed-role/{self.name}/{session_name}"
        return Holder("role", self.account, arn, f"{self.id}:{session_name}", self.arn, self.name, **laid_down)


@dataclass(frozen=True, slots=True)
class SessionPolicies:
    """The session policies a request passes."""

    documents: tuple[str, ...]
    arns: tuple[str, ...]


class StsBase(Service):
    name: ClassVar[str] = "sts"
    rules: Mapping[str, Rule] = policy.RULES
    # Traces mask session tokens like the other parts of credentials.
    model_patch: ClassVar[Mapping[str, Any]] = {"shapes": {"tokenType": {"sensitive": True}}}

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = StsStore(platform.store)
        self._sweep_timer: Timer | None = None

    async def resume(self) -> None:
        self._plan_sweep()

    # sessions

    def issue(self, ctx: Context, holder: Holder, duration_s: int, token_chars_min: int = 0) -> Session:
        """A new session, in the store; it ends `duration_s` seconds from now."""
        now = ctx.now()
        with self.platform.store.transaction():
            key = keys.access_key_id(holder.account, ids.token_bytes(5))
            while self.store.sessions.get(key) is not None:
                key = keys.access_key_id(holder.account, ids.token_bytes(5))
            session = Session(
                key, ids.secret_access_key(), _token(token_chars_min), now, float(int(now) + duration_s), holder
            )
            self.store.sessions.put(session)
        self._plan_sweep(session.expires_at)
        return session

    def credential(self, access_key_id: str) -> Credential | None:
        """What a temporary key stands for, also after it expired. None once the user whose session it is has gone."""
        if not access_key_id.startswith(keys.PREFIX):
            return None
        session = self.store.sessions.get(access_key_id)
        if session is None:
            return None
        holder = session.holder
        entity = None if holder.entity_arn.endswith(":root") else self.platform.directory.find(holder.entity_arn)
        if holder.kind == "user" and (entity is None or entity.attributes.get("UserId") != holder.user_id):
            return None
        if entity is None or (holder.kind == "role" and entity.attributes.get("RoleId") != holder.entity_id):
            return session.credential({})
        return session.credential(entity.tags)

    # sweeping

    def _plan_sweep(self, expires_at: float | None = None) -> None:
        """Keep one timer at the first instant at which a session need not be kept any longer."""
        if expires_at is None:
            expires_at = self.store.next_expiry()
            if expires_at is None:
                return
        due = expires_at + limits.EXPIRED_KEPT_SECONDS
        if self._sweep_timer is not None and self._sweep_timer.is_pending:
            if self._sweep_timer.due <= due:
                return
            self._sweep_timer.cancel()
        self._sweep_timer = self.clock.at(due, self._sweep, "sts sessions")

    async def _sweep(self) -> None:
        more = True
        while more:
            with self.platform.store.transaction():
                more = self.store.forget_expired(self.clock.now() - limits.EXPIRED_KEPT_SECONDS, limits.SWEEP_ROWS)
            await self.clock.breathe()
        first = self.store.next_expiry()
        if first is not None:
            spaced = self.clock.now() + limits.SWEEP_INTERVAL_SECONDS - limits.EXPIRED_KEPT_SECONDS
            self._plan_sweep(max(first, spaced))

    # session policies

    def session_policies(self, ctx: Context, request: Request, account: str) -> SessionPolicies:
        """The inline and managed policies of a request, checked; managed ones are AWS's or the account's own."""
        document = request.get("Policy")
        if document is not None:
            packing.check_policy(document)
        arns = tuple(item["arn"] for item in request.get("PolicyArns") or () if item.get("arn"))
        packing.check_policy_arns(arns)
        for arn in arns:
            if ":policy/" not in arn or arn.split(":")[4:5] not in ([account], ["aws"]):
                raise ValidationError(f"ARN {arn} is not valid.")
            if ctx.resources.find(arn) is None:
                raise ValidationError(f"Policy {arn} does not exist or is not attachable.")
        return SessionPolicies(() if document is None else (document,), arns)


def role_arn(text: str) -> Arn:
    """The ARN of a role. ValidationError for text that is none."""
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise ValidationError(f"{text} is invalid") from None
    if arn.service != "iam" or not arn.resource.startswith("role/") or len(arn.account) != 12:
        raise ValidationError("Request ARN is invalid")
    return arn


def find_role(directory: Directory, text: str) -> Role | None:
    """The role behind an ARN. ValidationError for the ARN of something else."""
    arn = role_arn(text)
    found = directory.find(text)
    if found is None or found.policy is None:
        return None
    given = found.attributes
    return Role(
        found.arn, arn.account, str(given["RoleId"]), found.name,
        int(given.get("MaxSessionDuration") or limits.ROLE_DURATION_SECONDS_DEFAULT), found.policy, found.tags,
    )  # fmt: skip


def role_duration_s(requested: int | None, role: Role, *, chained: bool) -> int:
    """How long a role session is to last, in seconds. ValidationError for longer than the role or a chain allows."""
    duration_s = limits.ROLE_DURATION_SECONDS_DEFAULT if requested is None else requested
    if chained and duration_s > limits.CHAINED_DURATION_SECONDS_MAX:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    if duration_s > role.duration_seconds_max:
        raise ValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return duration_s


def wire_credentials(session: Session) -> shapes.Credentials:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires_at,
    }


def _token(chars_min: int) -> str:
    size_bytes = max(limits.TOKEN_RANDOM_BYTES, -(-3 * max(0, chars_min - len(_TOKEN_START)) // 4))
    return _TOKEN_START + base64.b64encode(ids.token_bytes(size_bytes)).decode()


async def verify_mfa(ctx: Context, request: Request) -> bool:
    """Whether the caller proved to hold their MFA device; False if they did not try. AccessDenied for a wrong code."""
    serial, code = request.get("SerialNumber"), request.get("TokenCode")
    if not serial and not code:
        return False
    if not serial or not code:
        raise AccessDenied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
        )
    caller = ctx.principal
    if caller.kind == "user" and caller.session is None:
        answer = await ctx.call("iam:verify_mfa", UserName=caller.name, SerialNumber=serial, TokenCode=code)
        if answer["Valid"]:
            return True
        known = ctx.resources.find(serial) is not None
    else:
        known = False  # only a user has a device here, and proves it with long-term credentials
    if known:
        raise AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    raise AccessDenied(
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid "
        "and associated with this user."
    )
