"""EventBridge Pipes' quotas: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html#eb-pipes-limits"""

from collections.abc import Mapping

PIPES_MAX = 1000
TAGS_MAX = 50
LIST_PAGE = 100
# How many events each kind of target takes at once, and how many each source gives where nobody says otherwise:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
TARGET_BATCH_MAX: Mapping[str, int] = {
    "api-destination": 1, "api-gateway": 1, "event-bus": 10, "lambda": 10_000, "logs": 10_000, "sns": 10, "sqs": 10,
}  # fmt: skip
SOURCE_BATCH_DEFAULT: Mapping[str, int] = {"dynamodb": 100, "sqs": 10}
HTTP_SECONDS_MAX = 30.0  # that an API may take to answer
SESSION_SECONDS, SESSION_SECONDS_LEFT_MIN = 3600, 300
