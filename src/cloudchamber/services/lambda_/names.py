"""How a function is named in a request: a name, a partial ARN or an ARN, each with a version or an alias or without.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudchamber.services.lambda_.errors import InvalidParameterValue

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

LATEST = "$LATEST"
_FORM = re.compile(
    r"(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:([a-z]{2,4}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?"
    r"([a-zA-Z0-9_.-]+)(?::(\$LATEST|[a-zA-Z0-9_-]+))?"
)


@dataclass(frozen=True, slots=True)
class FunctionName:
    """`qualifier` is a version, an alias, or empty."""

    account: str
    region: str
    name: str
    qualifier: str = ""

    @property
    def arn(self) -> str:
        """Without the qualifier."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def qualified_arn(self) -> str:
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn

    @property
    def key(self) -> tuple[str, str, str]:
        return self.account, self.region, self.name


def parse(ctx: Context, text: str, qualifier: str | None = None) -> FunctionName:
    """InvalidParameterValue if the text names one qualifier and the request another."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise InvalidParameterValue(f"Invalid function name: {text}")
    region, account, name, own = match.groups()
    if own and qualifier and own != qualifier:
        raise InvalidParameterValue(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return FunctionName(account or ctx.account, region or ctx.region, name, own or qualifier or "")


def of_arn(arn: str) -> FunctionName | None:
    """The function an ARN names; None for what is no function's ARN."""
    parts = arn.split(":")
    if len(parts) not in (7, 8) or parts[2] != "lambda" or parts[5] != "function":
        return None
    return FunctionName(parts[4], parts[3], parts[6], parts[7] if len(parts) == 8 else "")
