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
CONCURRENT_MAX = 10  # executions of a pipe with a queue at once
PAYLOAD_BYTES_MAX = 6 * 1024 * 1024
RETRY_FIRST_SECONDS, RETRY_SECONDS_MAX = 1.0, 60.0
HTTP_SECONDS_MAX = 30.0  # that an API may take to answer
REFUSED_SECONDS_MAX = 300.0  # between tries at a source that refuses
SESSION_SECONDS, SESSION_SECONDS_LEFT_MIN = 3600, 300
