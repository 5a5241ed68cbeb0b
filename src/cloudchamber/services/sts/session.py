"""A session: temporary credentials and what they stand for. Pure; a session never changes once it is given out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from cloudchamber.identity.credentials import Credential
from cloudchamber.identity.principals import Principal, SessionInfo
from cloudchamber.services.sts import tags as session_tags
from cloudchamber.services.sts.limits import TOKEN_CHARS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.identity.principals import PrincipalKind


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a session, and what was laid down when it began. See `identity.principals.Principal`."""

    kind: str
    account: str
    arn: str
    user_id: str
    entity_arn: str
    name: str
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)  # session tags, inherited ones included
    transitive_tag_keys: tuple[str, ...] = ()
    mfa: bool = False
    source_identity: str | None = None
    federated_provider: str | None = None
    web_identity: dict[str, str | list[str]] = field(default_factory=dict)
    chained: bool = False

    @property
    def entity_id(self) -> str:
        """The unique id of the role, or of the user whose own session this is."""
        return self.user_id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Session:
    """A row. Instants in epoch seconds."""

    access_key_id: str
    secret: str
    token: str
    issued_at: float
    expires_at: float
    holder: Holder

    @property
    def token_chars(self) -> int:
        return len(self.token)

    @property
    def token_percent(self) -> int:
        """How much of a token's greatest length is used, as AWS's newer answers tell it."""
        return min(100, -(-100 * len(self.token) // TOKEN_CHARS_MAX))

    def principal(self, entity_tags: Mapping[str, str]) -> Principal:
        """The principal a call with these credentials comes from; `entity_tags` are those of the role or user today."""
        holder = self.holder
        info = SessionInfo(
            holder.policies, holder.policy_arns, holder.tags, holder.transitive_tag_keys, self.issued_at, holder.mfa,
            holder.source_identity, holder.federated_provider, holder.web_identity, holder.chained,
        )  # fmt: skip
        return Principal(
            cast("PrincipalKind", holder.kind), holder.account, holder.arn, holder.user_id, holder.entity_arn,
            holder.name, session_tags.overlaid(entity_tags, holder.tags), info,
        )  # fmt: skip

    def credential(self, entity_tags: Mapping[str, str]) -> Credential:
        return Credential(
            self.access_key_id, self.secret, self.principal(entity_tags), self.token, expires_at=self.expires_at
        )
