"""What user pools keep: pools, app clients, users, groups, sign-ins under way, refresh tokens, codes, devices.

Of secrets there are verifiers and hashes only, except for what has to be used again: client secrets and the shared
secrets of authenticator apps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cloudchamber.services.cognito_idp import limits, passwords
from cloudchamber.services.cognito_idp.srp import Verifier  # noqa: TC001 - read when rows are loaded

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}

SMS_MFA, TOTP_MFA, EMAIL_MFA = "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"
UNCONFIRMED, CONFIRMED, RESET_REQUIRED = "UNCONFIRMED", "CONFIRMED", "RESET_REQUIRED"
FORCE_CHANGE_PASSWORD, EXTERNAL_PROVIDER = "FORCE_CHANGE_PASSWORD", "EXTERNAL_PROVIDER"
IMPORTING = "InProgress"  # of an import job


@dataclass(frozen=True, slots=True)
class Pool:
    """A user pool. `settings` has what CreateUserPool or UpdateUserPool was given, `mfa` what SetUserPoolMfaConfig."""

    id: str
    account: str
    region: str
    name: str
    created_at: float
    changed_at: float
    settings: dict[str, Any]
    schema: tuple[dict[str, Any], ...]
    mfa: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)  # log delivery, risk configuration, UI customization

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-idp:{self.region}:{self.account}:userpool/{self.id}"

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.id}"

    @property
    def srp_group(self) -> str:
        """The pool's name in proofs of passwords: its id without the region."""
        return self.id.partition("_")[2]

    @property
    def password_policy(self) -> dict[str, Any]:
        found: dict[str, Any] = (self.settings.get("Policies") or {}).get("PasswordPolicy") or passwords.POLICY
        return found

    @property
    def first_factors(self) -> list[str]:
        policy = (self.settings.get("Policies") or {}).get("SignInPolicy") or {}
        return list(policy.get("AllowedFirstAuthFactors") or ("PASSWORD",))

    @property
    def is_case_sensitive(self) -> bool:
        return bool((self.settings.get("UsernameConfiguration") or {}).get("CaseSensitive", True))

    @property
    def username_attributes(self) -> tuple[str, ...]:
        return tuple(self.settings.get("UsernameAttributes") or ())

    @property
    def alias_attributes(self) -> tuple[str, ...]:
        return tuple(self.settings.get("AliasAttributes") or ())

    @property
    def auto_verified(self) -> tuple[str, ...]:
        return tuple(self.settings.get("AutoVerifiedAttributes") or ())

    @property
    def mfa_mode(self) -> str:
        """OFF, ON or OPTIONAL."""
        return str(self.mfa.get("MfaConfiguration") or "OFF")

    def trigger(self, name: str) -> str | None:
        """The ARN of the function of a trigger."""
        triggers = self.settings.get("LambdaConfig") or {}
        found = triggers.get(name)
        return found.get("LambdaArn") if isinstance(found, dict) else found

    def fold(self, name: str) -> str:
        """A username, mail address or preferred name as it is compared."""
        return name if self.is_case_sensitive else name.lower()


@dataclass(frozen=True, slots=True)
class Client:
    """An app client. `settings` has what CreateUserPoolClient and UpdateUserPoolClient were given."""

    id: str
    pool_id: str
    name: str
    created_at: float
    changed_at: float
    settings: dict[str, Any]
    secrets: tuple[dict[str, Any], ...] = ()  # ClientSecretDescriptors; any of them will do

    @property
    def secret(self) -> str:
        """The one that the client shows; empty for a client without."""
        return str(self.secrets[0]["ClientSecretValue"]) if self.secrets else ""

    @property
    def secret_values(self) -> list[str]:
        return [str(one["ClientSecretValue"]) for one in self.secrets]

    @property
    def flows(self) -> tuple[str, ...]:
        default = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
        return tuple(self.settings.get("ExplicitAuthFlows") or default)

    @property
    def hides_users(self) -> bool:
        return self.settings.get("PreventUserExistenceErrors") == "ENABLED"

    @property
    def is_revocable(self) -> bool:
        return bool(self.settings.get("EnableTokenRevocation", True))

    @property
    def rotates(self) -> bool:
        return (self.settings.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED"

    @property
    def grace_s(self) -> int:
        return int((self.settings.get("RefreshTokenRotation") or {}).get("RetryGracePeriodSeconds") or 0)

    @property
    def attempt_s(self) -> int:
        """How long a sign-in may take, a challenge at a time."""
        return int(self.settings.get("AuthSessionValidity") or 3) * limits.MINUTE_SECONDS

    def _seconds(self, member: str, unit: str, default_unit: str, default_s: int) -> int:
        units = self.settings.get("TokenValidityUnits") or {}
        value = self.settings.get(member)
        return int(value) * _UNITS[units.get(unit) or default_unit] if value else default_s

    @property
    def access_s(self) -> int:
        return self._seconds("AccessTokenValidity", "AccessToken", "hours", limits.ACCESS_SECONDS)

    @property
    def id_s(self) -> int:
        return self._seconds("IdTokenValidity", "IdToken", "hours", limits.ID_SECONDS)

    @property
    def refresh_s(self) -> int:
        return self._seconds("RefreshTokenValidity", "RefreshToken", "days", limits.REFRESH_SECONDS)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person's account at an identity provider, linked to a user."""

    provider: str
    subject: str  # the user's name there
    kind: str  # OIDC, SAML, Google, …
    created_at: float
    is_primary: bool = False
    issuer: str | None = None
    attribute: str = "Cognito_Subject"  # which of the provider's attributes the subject is


@dataclass(frozen=True, slots=True)
class User:
    """A user. `username` is what tokens call them: a UUID where mail addresses or phone numbers are used for names."""

    pool_id: str
    username: str
    sub: str
    created_at: float
    changed_at: float
    status: str
    attributes: dict[str, str]  # `email_verified` and its like are "true" or "false"
    enabled: bool = True
    verifier: Verifier | None = None
    history: tuple[Verifier, ...] = ()  # of earlier passwords, latest first
    temporary_until: float | None = None  # for a password set by an administrator
    mfa: tuple[str, ...] = ()
    preferred_mfa: str = ""
    mfa_options: tuple[dict[str, str], ...] = ()
    totp_secret: str = ""
    totp_step: int = 0  # the last one used, so that a code serves once
    totp_name: str = ""
    pending: dict[str, str] = field(default_factory=dict)  # attribute -> value that awaits its verification
    signed_out_at: float = 0.0  # tokens issued before are void
    failures: int = 0
    failed_at: float = 0.0
    identities: tuple[Identity, ...] = ()
    active_in: str = ""  # the last month in which they signed in, for the bill

    @property
    def has_password(self) -> bool:
        return self.verifier is not None

    def is_verified(self, attribute: str) -> bool:
        return bool(self.attributes.get(attribute)) and self.attributes.get(f"{attribute}_verified") == "true"


@dataclass(frozen=True, slots=True)
class Group:
    pool_id: str
    name: str
    created_at: float
    changed_at: float
    description: str = ""
    role_arn: str = ""
    precedence: int | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    pool_id: str
    group_name: str
    username: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way: the challenge that is to be answered next. Found by the hash of its session."""

    id: str
    pool_id: str
    client_id: str
    username: str  # empty for one who does not exist and is not to be told so
    challenge: str
    expires_at: float
    flow: str
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """A sign-in that succeeded: what its refresh token stands for. `id` is the tokens' origin_jti."""

    id: str
    pool_id: str
    client_id: str
    username: str
    auth_time: float
    expires_at: float
    refresh_hash: str = ""  # empty where no refresh token was given
    previous_hash: str = ""
    rotated_at: float = 0.0
    revoked: bool = False
    scopes: tuple[str, ...] = ("aws.cognito.signin.user.admin",)
    device_key: str = ""
    claims: dict[str, Any] = field(default_factory=dict)  # of the ID token, beyond the user's own (nonce, at_hash)
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was sent to a user. `purpose` is sign-up, forgot, or the attribute it verifies."""

    pool_id: str
    username: str
    purpose: str
    code: str
    expires_at: float
    attribute: str  # where it was sent: what it is of, and its value then
    to: str
    sent_at: tuple[float, ...] = ()
    tries: int = 0
    tried_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Device:
    pool_id: str
    username: str
    key: str
    group: str
    created_at: float
    changed_at: float
    signed_in_at: float
    name: str = ""
    address: str = ""
    verifier: Verifier | None = None  # None until the device is confirmed
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    pool_id: str
    custom: dict[str, Any] | None = None  # CustomDomainConfig
    version: int = 1


@dataclass(frozen=True, slots=True)
class ResourceServer:
    pool_id: str
    identifier: str
    name: str
    scopes: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider that a pool federates to."""

    pool_id: str
    name: str
    type: str
    created_at: float
    changed_at: float
    details: dict[str, str]
    mapping: dict[str, str] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of a pool; `use` is id or access, for what it signs. The private half in DER."""

    pool_id: str
    use: str
    id: str
    private: bytes


@dataclass(frozen=True, slots=True)
class ImportJob:
    pool_id: str
    id: str
    name: str
    role_arn: str
    created_at: float
    status: str = "Created"
    started_at: float | None = None
    ended_at: float | None = None
    imported: int = 0
    skipped: int = 0
    failed: int = 0
    message: str = ""
    upload: str = ""
