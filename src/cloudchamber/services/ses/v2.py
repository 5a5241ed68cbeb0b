"""Amazon SES v2: https://docs.aws.amazon.com/ses/latest/APIReference-V2/

Operations by subject: `v2_identities.py`, `v2_sets.py`, `v2_sends.py`, `v2_account.py`. What one API writes, the other
reads; events that v2 leaves in the outbox are taken up by v1's `resume`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cloudchamber.services.ses import errors, policy
from cloudchamber.services.ses.v2_account import AccountV2
from cloudchamber.services.ses.v2_identities import IdentitiesV2
from cloudchamber.services.ses.v2_sends import SendsV2
from cloudchamber.services.ses.v2_sets import SetsV2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.core.resources import Resource
    from cloudchamber.core.service import Request, Rule


class SesV2(IdentitiesV2, SetsV2, SendsV2, AccountV2):
    """The service."""

    name: ClassVar[str] = "sesv2"
    version: ClassVar[int] = 2
    rules: Mapping[str, Rule] = policy.RULES_V2

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        """v2 has one name for whatever is wrong with an input."""
        return errors.InvalidParameter(self.version, error.message)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        """Those are listed by v1, which is loaded wherever they are looked for by ARN."""
        return iter(())
