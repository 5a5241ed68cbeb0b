"""A sign-in under way, from step to step. What each step needs of the last is kept under the hash of its session.

A sign-in is begun by one flow, answered challenge by challenge, and comes out as `Challenge` or `SignedIn`. Wrong codes
leave the session as it is, for another try; everything else uses it up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.services.cognito_idp import limits
from cloudchamber.services.cognito_idp.errors import CodeMismatch, InvalidParameter, NotAuthorized
from cloudchamber.services.cognito_idp.issuing import hashed
from cloudchamber.services.cognito_idp.naming import Naming
from cloudchamber.services.cognito_idp.records import Attempt, Client, Pool, User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

SESSION_BYTES: Final = 160


@dataclass(frozen=True, slots=True)
class Entry:
    """Through which client somebody comes in, and what their application says about it."""

    pool: Pool
    client: Client
    metadata: Mapping[str, str] = field(default_factory=dict)
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is to be answered next, with this session."""

    name: str
    parameters: Mapping[str, str]
    session: str
    available: tuple[str, ...] = ()  # of SELECT_CHALLENGE


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Every challenge was met. `source` is the token generation source's second half."""

    user: User
    source: str = "Authentication"
    device_key: str = ""  # of a device that is known


Outcome = Challenge | SignedIn


def required(parameters: Mapping[str, str], *names: str) -> list[str]:
    """InvalidParameter for one that lacks."""
    for name in names:
        if not parameters.get(name):
            raise InvalidParameter(f"Missing required parameter {name}")
    return [parameters[name] for name in names]


class Attempts(Naming):
    def new_attempt(self, ctx: Context, entry: Entry, username: str, flow: str) -> Attempt:
        expires_at = ctx.now() + entry.client.attempt_s
        return Attempt("", entry.pool.id, entry.client.id, username, "", expires_at, flow)

    def challenge(
        self, ctx: Context, attempt: Attempt, name: str, parameters: Mapping[str, str], session: str = ""
    ) -> Challenge:
        """Keep an attempt under a new session (the given one for a proof's secret block), in place of the last."""
        session = session or ids.token(SESSION_BYTES)
        with self.platform.store.transaction():
            if attempt.id:
                self.store.attempts.delete(attempt.id)
            self.store.forget_expired(ctx.now())
            self.store.attempts.put(replace(attempt, id=hashed(session), challenge=name))
        return Challenge(name, parameters, session)

    def attempt(self, ctx: Context, entry: Entry, name: str, session: str | None) -> Attempt:
        """The attempt that a session stands for. NotAuthorized, InvalidParameter, CodeMismatch otherwise."""
        if not session:
            raise InvalidParameter("Missing required parameter Session")
        found = self.store.attempts.get(hashed(session))
        if found is None or (found.pool_id, found.client_id) != (entry.pool.id, entry.client.id):
            raise NotAuthorized("Invalid session for the user.")
        if ctx.now() >= found.expires_at:
            raise NotAuthorized("Invalid session for the user, session is expired.")
        if found.challenge != name:
            raise CodeMismatch(f"Invalid challenge transition: {name} is not {found.challenge}.")
        return found

    def spend(self, attempt: Attempt) -> None:
        """Its session serves no more."""
        self.store.attempts.delete(attempt.id)

    def missed(self, attempt: Attempt) -> None:
        """A wrong code was given; after too many the sign-in has to begin anew. NotAuthorized."""
        tries = int(attempt.state.get("tries", 0)) + 1
        if tries >= limits.CODE_TRIES_MAX:
            self.spend(attempt)
            raise NotAuthorized("Invalid session for the user, session is expired.")
        self.store.attempts.put(replace(attempt, state={**attempt.state, "tries": tries}))

    @staticmethod
    def with_state(attempt: Attempt, **more: Any) -> Attempt:
        return replace(attempt, state={**attempt.state, **more})
