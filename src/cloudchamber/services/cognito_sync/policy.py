"""What Cognito Sync operations ask IAM: the action, and the ARN of pool, identity or dataset.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitosync.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import Request, Rule, on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


def _pool(ctx: Context, request: Request) -> str:
    return f"arn:aws:cognito-sync:{ctx.region}:{ctx.account}:identitypool/{request['IdentityPoolId']}"


def _identity(ctx: Context, request: Request) -> str:
    return f"{_pool(ctx, request)}/identity/{request['IdentityId']}"


def _dataset(ctx: Context, request: Request) -> str:
    return f"{_identity(ctx, request)}/dataset/{request['DatasetName']}"


_OF_A_POOL = (
    "DescribeIdentityPoolUsage", "GetCognitoEvents", "GetIdentityPoolConfiguration", "SetCognitoEvents",
    "SetIdentityPoolConfiguration",
)  # fmt: skip
_OF_A_DATASET = (
    "DeleteDataset", "DescribeDataset", "ListRecords", "SubscribeToDataset", "UnsubscribeFromDataset", "UpdateRecords",
)  # fmt: skip

RULES: Mapping[str, Rule] = {
    **{name: on(_pool, f"cognito-sync:{name}") for name in _OF_A_POOL},
    **{name: on(_identity, f"cognito-sync:{name}") for name in (
        "DescribeIdentityUsage", "ListDatasets", "RegisterDevice")},
    **{name: on(_dataset, f"cognito-sync:{name}") for name in _OF_A_DATASET},
}  # fmt: skip
