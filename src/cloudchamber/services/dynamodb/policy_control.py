"""What the operations on tables, streams, backups and global tables ask IAM.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import Rule, on
from cloudchamber.services.dynamodb.policy import table_arn
from cloudchamber.services.dynamodb.policy_backups import BACKUP_RULES
from cloudchamber.services.dynamodb.table_rules import TABLE_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

_ON_A_TABLE = (
    "DeleteTable", "DescribeTable", "UpdateTable", "DescribeTimeToLive", "UpdateTimeToLive",
    "EnableKinesisStreamingDestination", "DisableKinesisStreamingDestination", "UpdateKinesisStreamingDestination",
    "DescribeKinesisStreamingDestination",
)  # fmt: skip

CONTROL_RULES: Mapping[str, Rule] = {
    **{name: on(table_arn, f"dynamodb:{name}") for name in _ON_A_TABLE},
    **TABLE_RULES,
    **BACKUP_RULES,
}
