"""Who asked for work that goes on in the background, kept with it, so that it goes on as them after a restart."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cloudchamber.identity.principals import Principal, SessionInfo

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


def kept(ctx: Context) -> dict[str, Any]:
    """The caller, as a record holds them."""
    return asdict(ctx.principal)


def principal(caller: dict[str, Any]) -> Principal:
    """The caller a record holds."""
    session = caller["session"]
    if session is not None:
        lists = ("policies", "policy_arns", "transitive_tag_keys")
        session = SessionInfo(**{**session, **{name: tuple(session[name]) for name in lists}})
    return Principal(**{**caller, "session": session})
