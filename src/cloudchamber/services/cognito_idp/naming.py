"""Names of users: what a pool takes for a username, who already has one, and passwords as they are kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.services.cognito_idp import attributes, passwords, srp
from cloudchamber.services.cognito_idp.codes import Codes
from cloudchamber.services.cognito_idp.errors import (
    AliasExists,
    InvalidParameter,
    InvalidPassword,
    PasswordHistoryViolation,
    UsernameExists,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.cognito_idp.records import Pool, User

_NOUN = {"email": "email", "phone_number": "phone number", "preferred_username": "preferred_username"}


class Naming(Codes):
    def username_of(self, pool: Pool, given: str, sub: str) -> tuple[str, dict[str, str]]:
        """The username of a new user who is to be called `given`, and the attributes that says. InvalidParameter."""
        ways = pool.username_attributes
        if not ways:
            self._check_no_alias(pool, given)
            return pool.fold(given), {}
        if "email" in ways and attributes.is_email(given):
            return sub, {"email": given}
        if "phone_number" in ways and attributes.is_phone(given):
            return sub, {"phone_number": given}
        if len(ways) == 2:
            raise InvalidParameter("Username should be either an email or a phone number.")
        raise InvalidParameter(f"Username should be {'an email' if ways[0] == 'email' else 'a phone number'}.")

    @staticmethod
    def _check_no_alias(pool: Pool, given: str) -> None:
        if "email" in pool.alias_attributes and attributes.is_email(given):
            raise InvalidParameter("Username cannot be of email format, since user pool is configured for email alias.")
        if "phone_number" in pool.alias_attributes and attributes.is_phone(given):
            raise InvalidParameter(
                "Username cannot be of phone number format, since user pool is configured for phone number alias."
            )

    def check_name_is_free(self, pool: Pool, username: str, given: Mapping[str, str], message: str) -> None:
        """UsernameExists (with `message` for a username), InvalidParameter."""
        if self.store.users.get(pool.id, username) is not None:
            raise UsernameExists(message)
        for attribute in pool.username_attributes:
            value = given.get(attribute)
            if value and self.user_by_alias(pool, attribute, value) is not None:
                raise UsernameExists(f"An account with the given {_NOUN[attribute]} already exists.")
        preferred = given.get("preferred_username")
        if preferred and "preferred_username" in pool.alias_attributes:
            raise InvalidParameter("User can not be created with preferred_username when it is configured as alias")

    def check_alias(self, pool: Pool, user: User, attribute: str, *, force: bool = False) -> None:
        """AliasExists if someone else signs in with the value that a user's attribute has; with `force` it is taken
        from them. Inside a transaction."""
        value = user.attributes.get(attribute)
        if not value or attribute not in (*pool.alias_attributes, *pool.username_attributes):
            return
        other = self.user_by_alias(pool, attribute, value)
        if other is None or other.username == user.username:
            return
        if not force or attribute in pool.username_attributes:
            raise AliasExists(f"An account with the {_NOUN[attribute]} already exists.")
        self.store.put_user(replace(other, attributes={**other.attributes, f"{attribute}_verified": "false"}))

    # passwords

    @staticmethod
    def check_password(pool: Pool, password: str, wording: str = "does not conform to policy") -> None:
        """InvalidPassword."""
        fault = passwords.fault(pool.password_policy, password)
        if fault is not None:
            raise InvalidPassword(f"Password {wording}: {fault}")

    @staticmethod
    async def enrolled(pool: Pool, username: str, password: str) -> srp.Verifier:
        """What is kept of a password; worked out off the loop."""
        return await asyncio.to_thread(srp.enrol, pool.srp_group, username, password)

    @staticmethod
    async def is_password(pool: Pool, user: User, password: str) -> bool:
        if user.verifier is None:
            return False
        return await asyncio.to_thread(srp.is_password, user.verifier, pool.srp_group, user.username, password)

    async def check_history(self, pool: Pool, user: User, password: str) -> None:
        """PasswordHistoryViolation for one of the last passwords, where the pool looks at those."""
        size = int(pool.password_policy.get("PasswordHistorySize") or 0)
        kept = [*([user.verifier] if user.verifier else []), *user.history][:size]
        for verifier in kept:
            if await asyncio.to_thread(srp.is_password, verifier, pool.srp_group, user.username, password):
                raise PasswordHistoryViolation

    @staticmethod
    def with_password(pool: Pool, user: User, verifier: srp.Verifier, now: float) -> User:
        """A user whose own password this is from now on."""
        size = int(pool.password_policy.get("PasswordHistorySize") or 0)
        history = (*([user.verifier] if user.verifier else []), *user.history)[: max(size - 1, 0)]
        return replace(
            user, verifier=verifier, history=history, temporary_until=None, changed_at=now, failures=0, failed_at=0.0
        )  # fmt: skip
