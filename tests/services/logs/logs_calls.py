"""The vocabulary of the CloudWatch Logs tests: refusals, what is in a group, a query's results."""

from __future__ import annotations

from typing import Any, NamedTuple

DAY_MS = 86_400_000
NO_GROUP = ("ResourceNotFoundException", "The specified log group does not exist.")
NO_STREAM = ("ResourceNotFoundException", "The specified log stream does not exist.")
POLLS_MAX = 2000


class User(NamedTuple):
    arn: str
    logs: Any


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def put(logs: Any, at_ms: int, *messages: str, group: str = "g", stream: str = "s") -> dict[str, Any]:
    """Write messages a millisecond apart."""
    events = [{"timestamp": at_ms + n, "message": message} for n, message in enumerate(messages)]
    answer: dict[str, Any] = logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return answer


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def searched(logs: Any, pattern: str = "", **more: Any) -> list[str]:
    """The messages that FilterLogEvents finds in "g"."""
    return messages(logs.filter_log_events(**{"logGroupName": "g", "filterPattern": pattern, **more}))


def finished(logs: Any, query_id: str) -> dict[str, Any]:
    """A query's results once it has ended."""
    for _ in range(POLLS_MAX):
        answer: dict[str, Any] = logs.get_query_results(queryId=query_id)
        if answer["status"] != "Running":
            return answer
    raise AssertionError("the query did not end")


def asked(logs: Any, query: str, at_ms: int, **more: Any) -> list[dict[str, str]]:
    """The rows of a query over the hour around an instant, without the pointers."""
    begun = logs.start_query(**{
        "logGroupName": "g", "startTime": at_ms // 1000 - 1800, "endTime": at_ms // 1000 + 1800, "queryString": query,
        **more,
    })  # fmt: skip
    answer = finished(logs, begun["queryId"])
    assert answer["status"] == "Complete"
    return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in answer["results"]]
