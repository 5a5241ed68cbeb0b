"""Services and operations as AWS's SDKs name them in `aws-sdk` integrations: `sqs:sendMessage`, `sfn:startExecution`.

The service is the SDK's service id in lower case without blanks, the operation in camel case. botocore's names are
taken too.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cloudchamber.protocol import models

if TYPE_CHECKING:
    from collections.abc import Mapping

# Service ids that are not botocore's name.
_IDS: Mapping[str, str] = {
    "applicationdiscoveryservice": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "costandusagereportservice": "cur",
    "costexplorer": "ce",
    "databasemigrationservice": "dms",
    "directoryservice": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearchservice": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuildingservice": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimeservice": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlementservice": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    names = [folder.name for folder in models.data_folder().iterdir() if folder.is_dir()]
    return {**{name.replace("-", ""): name for name in names}, **{name: name for name in names}, **_IDS}


@lru_cache(maxsize=256)
def _operations(service: str) -> Mapping[str, str]:
    return {name.lower(): name for name in models.load(service).operation_names}


def operation_named(service_id: str, action: str) -> str | None:
    """`"sqs:SendMessage"` for `sqs` and `sendMessage`; None where AWS has no such service or operation."""
    service = _names().get(service_id.lower())
    operation = None if service is None else _operations(service).get(action.lower())
    return None if operation is None else f"{service}:{operation}"
