"""The vocabulary of the EventBridge tests: queues that rules may send to, rules with a target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.services.calls import Queue

if TYPE_CHECKING:
    from cloudchamber.testing.cloud import CloudClock


def made_queue(sqs: Any, clock: CloudClock, name: str = "q", is_open: bool = True) -> Queue:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if name.endswith(".fifo") else {}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = Queue(sqs, url, arn, clock)
    if is_open:
        let_in(made)
    return made


def let_in(queue: Queue, source_arn: str | None = None) -> None:
    """The queue policy of AWS's documents, for all rules or one."""
    statement: dict[str, Any] = {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue.arn,
    }  # fmt: skip
    if source_arn is not None:
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": source_arn}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})


def rule_to(events: Any, target_arn: str, pattern: Any = None, **target: Any) -> str:
    """A rule `r` with one target `t`; the rule's ARN. `bus` and `rule` name others."""
    where = {"EventBusName": target.pop("bus")} if "bus" in target else {}
    name = target.pop("rule", "r")
    wanted = {"source": ["app"]} if pattern is None else pattern
    arn = events.put_rule(Name=name, EventPattern=json.dumps(wanted), **where)["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": target_arn, **target}], **where)
    return str(arn)


def put(events: Any, detail: Any = None, **entry: Any) -> dict[str, Any]:
    """One event from `app`; the answer's entry."""
    given = {"Source": "app", "DetailType": "done", "Detail": json.dumps(detail or {}), **entry}
    found: dict[str, Any] = events.put_events(Entries=[given])["Entries"][0]
    return found
