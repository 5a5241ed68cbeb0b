"""`logs`: what is in a log group, and what comes into it, as `aws logs tail` shows it.

Following begins before the past is read, so that nothing falls between the two; what is in both is shown once.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from cloudchamber.cli.durations import parse_duration
from cloudchamber.cli.main import with_json
from cloudchamber.cli.talk import Out, out_of
from cloudchamber.protocol.scalars import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMBDA_PREFIX = "/aws/lambda/"
READ_SECONDS_MAX = 60.0  # a followed group says something at least once a second of the cloud's time


@click.command("logs")
@click.argument("name")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until interrupted.")
@click.option("--since", default="10m", show_default=True, help="How far back, or an ISO 8601 instant.")
@click.option("--filter", "pattern", default="", help="A filter pattern: ERROR, '{ $.status = 500 }', …")
@click.option("--stream", help="Only the streams whose names begin so.")
@click.option("--account", default="test", help="The account, if not the default one.")
@click.option("--region", default="us-east-1", show_default=True)
@click.pass_context
def logs_command(context: click.Context, /, name: str, follow: bool, **options: Any) -> None:
    """The events of the log group NAME, or of the function NAME."""
    out = out_of(context)
    wanted = {"filterPattern": options["pattern"], "startTime": _begin_ms(out, options["since"])}
    if options["stream"]:
        wanted["logStreamNamePrefix"] = options["stream"]
    client = _client(out, options["account"], options["region"])
    _guarded(out, lambda: _run(out, client, name, follow, wanted))


def _run(out: Out, client: Any, name: str, follow: bool, wanted: dict[str, Any]) -> None:
    """Show what is there and, following, what comes."""
    group = _find(out, client, name)
    live = _live(client, group["logGroupArn"], wanted) if follow else iter(())
    seen: Counter[tuple[str, int, int, str]] = Counter()
    for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"], **wanted):
        for event in page["events"]:
            if follow:
                seen[_key(event)] += 1
            _show(out, event)
    for event in live:
        if seen[_key(event)]:
            seen[_key(event)] -= 1
        else:
            _show(out, event)


def _live(client: Any, arn: str, wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What comes in from now on: the session has begun when this returns."""
    more = {"logStreamNamePrefixes": [wanted["logStreamNamePrefix"]]} if "logStreamNamePrefix" in wanted else {}
    answer = client.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern=wanted["filterPattern"], **more)
    session = iter(answer["responseStream"])
    next(session)
    return (event for update in session for event in update["sessionUpdate"]["sessionResults"])


def _key(event: dict[str, Any]) -> tuple[str, int, int, str]:
    return event["logStreamName"], event["timestamp"], event["ingestionTime"], event["message"]


def _show(out: Out, event: dict[str, Any]) -> None:
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    if out.as_json:
        shown = {"at": at, "stream": event["logStreamName"], "message": event["message"]}
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    stream = click.style(event["logStreamName"], dim=True)
    click.echo(f"{at} {stream} {event['message'].rstrip(chr(10))}")


def _begin_ms(out: Out, since: str) -> int:
    """The instant from which events are wanted, by the cloud's clock."""
    try:
        back_s = parse_duration(since)
    except ValueError:
        try:
            return int(parse_timestamp(since) * 1000)
        except ValueError:
            out.fail(f"{since!r} is neither a duration nor an instant", "30m or 2026-12-24T18:00:00Z")
    now = parse_timestamp(out.call("GET", "clock")["now"])
    return max(0, int((now - back_s) * 1000))


def _client(out: Out, account: str, region: str) -> Any:
    import boto3  # noqa: PLC0415 - takes half a second
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "logs", endpoint_url=out.endpoint, region_name=region, aws_access_key_id=account, aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}, read_timeout=READ_SECONDS_MAX),
    )  # fmt: skip


def _find(out: Out, client: Any, name: str) -> dict[str, Any]:
    """The group of that name, or the one of a function of that name."""
    group: dict[str, Any]
    for candidate in (name, LAMBDA_PREFIX + name):
        for group in client.describe_log_groups(logGroupNamePrefix=candidate, limit=1)["logGroups"]:
            if group["logGroupName"] == candidate:
                return group
    return out.fail(f"there is no log group {name} and none of a function {name}", "aws logs describe-log-groups")


def _guarded(out: Out, work: Any) -> None:
    """An error of the service is shown as such; an interrupt ends following."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        work()
    except KeyboardInterrupt:
        return
    except ClientError as error:
        out.fail(error.response["Error"]["Message"])
    except BotoCoreError as error:
        out.fail(str(error), "cloudchamber up")


with_json(logs_command)
