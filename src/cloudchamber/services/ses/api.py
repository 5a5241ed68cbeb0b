"""Amazon SES v1: https://docs.aws.amazon.com/ses/latest/APIReference/

Operations by subject: `identities.py`, `identity_settings.py`, `sets.py`, `templates.py`, `sends.py`. v2 is in `v2.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.services.ses import policy
from cloudchamber.services.ses.identities import Identities
from cloudchamber.services.ses.identity_settings import IdentitySettings
from cloudchamber.services.ses.sends import Sends
from cloudchamber.services.ses.sets import Sets
from cloudchamber.services.ses.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.service import Rule

# The link in a verification mail: an operation that AWS's model does not show.
_CONFIRM: dict[str, Any] = {
    "operations": {
        "ConfirmVerification": {
            "name": "ConfirmVerification",
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "ConfirmVerificationRequest"},
            "authtype": "none",
        }
    },
    "shapes": {
        "ConfirmVerificationRequest": {
            "type": "structure", "required": ["Token"], "members": {"Token": {"shape": "Address"}},
        }
    },
}  # fmt: skip


class Ses(Identities, IdentitySettings, Sets, Templates, Sends):
    """The service."""

    name: ClassVar[str] = "ses"
    version: ClassVar[int] = 1
    model_patch: ClassVar[Mapping[str, Any]] = _CONFIRM
    added_operations: ClassVar[frozenset[str]] = frozenset({"confirm_verification"})
    rules: Mapping[str, Rule] = policy.RULES

    async def resume(self) -> None:
        """Go on with what is in the outbox, whichever API put it there."""
        await self.go_on()
        self.go_on_relaying()
