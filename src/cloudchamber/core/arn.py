"""Amazon Resource Names: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"arn:[\w-]+:[\w.-]+:[\w-]*:[\w-]*:[^\s,;]+\Z")


@dataclass(frozen=True, slots=True)
class Arn:
    """`arn:partition:service:region:account:resource`; region and account may be empty."""

    service: str
    region: str
    account: str
    resource: str
    partition: str = "aws"

    @classmethod
    def parse(cls, text: str) -> Arn:
        """ValueError if `text` is no ARN."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2]:
            raise ValueError(f"not an ARN: {text[:256]}")
        return cls(partition=parts[1], service=parts[2], region=parts[3], account=parts[4], resource=parts[5])

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def is_arn(text: str) -> bool:
    """Whether a text is one ARN and nothing else."""
    return text.startswith("arn:") and _FORM.match(text) is not None


def account_of(arn: str) -> str:
    """The account field of an ARN; empty for one that has none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""
