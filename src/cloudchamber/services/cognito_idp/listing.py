"""ListUsers: a pool's users, by pages and by one filter.

https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html#cognito-user-pools-searching-user-attributes
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import limits
from cloudchamber.services.cognito_idp.base import Answer, CognitoBase
from cloudchamber.services.cognito_idp.errors import InvalidParameter
from cloudchamber.services.cognito_idp.store import SEARCHED

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.records import Pool, User

_FILTER: Final = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*\Z')
_PAGE_READ: Final = 500


def parsed(text: str) -> tuple[str, bool, str]:
    """Attribute, whether a prefix will do, value. InvalidParameter."""
    found = _FILTER.match(text)
    if found is None:
        raise InvalidParameter("Error while parsing filter.")
    name = found[1]
    if name not in (*SEARCHED, "username", "cognito:user_status", "status"):
        raise InvalidParameter(f"Invalid search attribute: {name}")
    return name, found[2] == "^=", re.sub(r"\\(.)", r"\1", found[3])


class Listing(CognitoBase):
    @operation
    async def list_users(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        wanted = request.get("AttributesToGet")
        if wanted is not None and not set(wanted) <= {attribute["Name"] for attribute in pool.schema}:
            raise InvalidParameter("One or more requested attributes do not exist in user pool.")
        limit = limits.LISTED_MAX if request.get("Limit") is None else request["Limit"]
        try:
            after = decode_marker(request["PaginationToken"]) if request.get("PaginationToken") else ""
        except InvalidMarker:
            raise InvalidParameter("Invalid pagination token provided.") from None
        text = request.get("Filter")
        found = self._filtered(pool, parsed(text), after) if text else self._all(pool, after, limit + 1)
        answer: Answer = {"Users": [self._reduced(user, wanted) for user in found[:limit]]}
        if len(found) > limit > 0:
            answer["PaginationToken"] = encode_marker(found[limit - 1].username)
        return answer

    def _all(self, pool: Pool, after: str, limit: int) -> list[User]:
        return self.store.users.where(limit=limit, order="pool_id, username", after=(pool.id, after), pool_id=pool.id)

    def _filtered(self, pool: Pool, condition: tuple[str, bool, str], after: str) -> list[User]:
        name, is_prefix, value = condition
        if name in SEARCHED:
            named = self.store.users_with(pool.id, name, value, prefix=is_prefix)
            found = self.store.users_of(pool.id, [username for username in named if username > after])
        else:
            found = self._scanned(pool, after)
        return [user for user in found if _matches(_value(user, name), condition)]

    def _scanned(self, pool: Pool, after: str) -> list[User]:
        """Everybody: names and states have no index of their own."""
        found: list[User] = []
        while some := self._all(pool, after, _PAGE_READ):
            found += some
            after = some[-1].username
        return found

    def _reduced(self, user: User, wanted: list[str] | None) -> Answer:
        shown = self.shown(user)
        if wanted is not None:
            shown["Attributes"] = [one for one in shown["Attributes"] if one["Name"] in wanted]
        return shown


def _value(user: User, name: str) -> str:
    own: dict[str, Any] = {
        "username": user.username, "cognito:user_status": user.status,
        "status": "Enabled" if user.enabled else "Disabled",
    }  # fmt: skip
    return str(own.get(name) or user.attributes.get(name, ""))


def _matches(present: str, condition: tuple[str, bool, str]) -> bool:
    """Names are told apart by case, the states are not."""
    name, is_prefix, value = condition
    if name in ("status", "cognito:user_status", "email", "preferred_username"):
        present, value = present.lower(), value.lower()
    return present.startswith(value) if is_prefix else present == value
