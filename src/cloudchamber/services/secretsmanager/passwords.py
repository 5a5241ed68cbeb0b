"""GetRandomPassword. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.secretsmanager.base import SecretsBase
from cloudchamber.services.secretsmanager.errors import InvalidParameter
from cloudchamber.services.secretsmanager.limits import PASSWORD_CHARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.secretsmanager import shapes

# What leaves a kind of character out -> the kind.
_KINDS = (
    ("ExcludeLowercase", string.ascii_lowercase),
    ("ExcludeUppercase", string.ascii_uppercase),
    ("ExcludeNumbers", string.digits),
    ("ExcludePunctuation", string.punctuation),
)


class Passwords(SecretsBase):
    @operation
    async def get_random_password(
        self, ctx: Context, request: shapes.GetRandomPasswordRequest
    ) -> shapes.GetRandomPasswordResponse:
        ctx.meter("secretsmanager.requests")
        excluded = set(request.get("ExcludeCharacters") or "")
        kinds = [kind for leave_out, kind in _KINDS if not request.get(leave_out)]
        if request.get("IncludeSpace"):
            kinds.append(" ")
        kinds = [left for kind in kinds if (left := "".join(c for c in kind if c not in excluded))]
        length = request.get("PasswordLength", PASSWORD_CHARS)
        if not kinds:
            raise InvalidParameter("The password can't be made: every character is excluded.")
        return {"RandomPassword": _password(kinds, length, each=request.get("RequireEachIncludedType", True))}


def _password(kinds: Sequence[str], length: int, *, each: bool) -> str:
    """Characters of all kinds, with `each` at least one of every kind. InvalidParameter if that does not fit."""
    if each and length < len(kinds):
        raise InvalidParameter(f"Password length {length} is too short based on the required types.")
    everything = "".join(kinds)
    chosen = [kind[_below(len(kind))] for kind in kinds] if each else []
    chosen += [everything[_below(len(everything))] for _ in range(length - len(chosen))]
    for position in range(length - 1, 0, -1):  # shuffled, so that the kinds stand nowhere in particular
        other = _below(position + 1)
        chosen[position], chosen[other] = chosen[other], chosen[position]
    return "".join(chosen)


def _below(bound: int) -> int:
    """An evenly drawn number below `bound` (at most 2**16), from the generator for what must not be guessed."""
    whole = 65_536 - 65_536 % bound
    while True:
        drawn = int.from_bytes(ids.token_bytes(2), "big")
        if drawn < whole:
            return drawn % bound
