"""Stacks of the running cloud, from the command line: change sets, their plan, and what happens while they are carried
out, a line a resource."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from cloudchamber.core import ids
from cloudchamber.core.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudchamber.cli.talk import Out

POLL_SECONDS = 0.1
TEMPLATE_BYTES_MAX = 51_200  # of a template in a request; a longer one goes through the bucket
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
_SIGNS = {"Add": ("+", "green"), "Modify": ("~", "yellow"), "Remove": ("-", "red"), "Import": ("i", "cyan")}
_COLOURS = {"COMPLETE": "green", "FAILED": "red"}


def pause(seconds: float = POLL_SECONDS) -> None:
    asyncio.run(Clock.sleep_wall(seconds))


class Deployed(Exception):
    """A stack does not take a change in the state it is in; the text says what to do."""


@dataclass(slots=True)
class Clients:
    """boto3 clients as an account's root user."""

    out: Out
    account: str
    region: str
    _made: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, service: str) -> Any:
        if service not in self._made:
            import boto3  # noqa: PLC0415 - takes half a second
            from botocore.config import Config  # noqa: PLC0415

            self._made[service] = boto3.client(
                service, endpoint_url=self.out.endpoint, region_name=self.region, aws_access_key_id=self.account,
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            )  # fmt: skip
        return self._made[service]

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Errors of the cloud are shown as such."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield
        except ClientError as error:
            self.out.fail(error.response["Error"]["Message"])
        except BotoCoreError as error:
            self.out.fail(str(error), "cloudchamber up")


class Bucket:
    """Where artifacts go: one bucket an account and region, made when it is first needed."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        account = clients["sts"].get_caller_identity()["Account"]
        self.name = f"cloudchamber-artifacts-{account}-{clients.region}"
        self._is_there = False

    def store(self, key: str, content: bytes) -> None:
        """Put an object there unless it is there already: its name is the digest of its content."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        s3 = self._clients["s3"]
        if not self._is_there:
            place = {"LocationConstraint": self._clients.region}
            more = {} if self._clients.region == "us-east-1" else {"CreateBucketConfiguration": place}
            with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
                s3.create_bucket(Bucket=self.name, **more)
            self._is_there = True
        try:
            s3.head_object(Bucket=self.name, Key=key)
        except ClientError:
            s3.put_object(Bucket=self.name, Key=key, Body=content)


class Stack:
    """One stack, by name."""

    def __init__(self, clients: Clients, name: str) -> None:
        self.clients = clients
        self.name = name
        self._cloudformation = clients["cloudformation"]

    def described(self) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            found: dict[str, Any] = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        return found

    def plan(self, template: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any] | None:
        """A change set, ready to be executed; None if there is nothing to change. Deployed if the stack's state or the
        change set's own failure stands against it.

        `template` is TemplateBody or TemplateURL; `options` are Parameters, Capabilities and Tags.
        """
        present = self.described()
        status = present["StackStatus"] if present else "REVIEW_IN_PROGRESS"
        if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
            raise Deployed(f"the stack {self.name} is in {status}: it can only be deleted")
        kind = "CREATE" if status == "REVIEW_IN_PROGRESS" else "UPDATE"
        name = f"cloudchamber-{ids.alphanumeric(12)}"
        made = self._cloudformation.create_change_set(
            StackName=self.name, ChangeSetName=name, ChangeSetType=kind, **template, **options
        )
        while True:
            found: dict[str, Any] = self._cloudformation.describe_change_set(ChangeSetName=made["Id"])
            if found["Status"] == "CREATE_COMPLETE":
                return found
            if found["Status"] == "FAILED":
                break
            pause()
        self.forget(found)
        reason = found.get("StatusReason", "")
        if any(text in reason for text in NO_CHANGES):
            return None
        raise Deployed(reason)

    def forget(self, change_set: Mapping[str, Any]) -> None:
        """Delete a change set, and the stack that there is only for it."""
        self._cloudformation.delete_change_set(ChangeSetName=change_set["ChangeSetId"])
        present = self.described()
        if present is not None and present["StackStatus"] == "REVIEW_IN_PROGRESS":
            self._cloudformation.delete_stack(StackName=self.name)

    def execute(self, change_set: Mapping[str, Any], tell: Callable[[dict[str, Any]], None]) -> str:
        """Carry a change set out, telling of each event; the stack's status at the end."""
        seen = self._events(self.name)
        self._cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
        return self.follow(change_set["StackId"], seen, tell)

    def delete(self, tell: Callable[[dict[str, Any]], None]) -> str:
        """Delete the stack; its status at the end, DELETE_COMPLETE if all went well."""
        present = self.described()
        if present is None:
            return "DELETE_COMPLETE"
        seen = self._events(present["StackId"])
        self._cloudformation.delete_stack(StackName=self.name)
        return self.follow(present["StackId"], seen, tell)

    def follow(self, stack_id: str, seen: Mapping[str, dict[str, Any]], tell: Callable[[dict[str, Any]], None]) -> str:
        """Tell of the events that are new until the stack rests."""
        known = set(seen)
        while True:
            status: str = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
            for identifier, event in self._events(stack_id).items():
                if identifier not in known:
                    known.add(identifier)
                    tell(event)
            if not status.endswith("_IN_PROGRESS"):
                return status
            pause()

    def _events(self, stack: str) -> dict[str, dict[str, Any]]:
        """The stack's events by id, oldest first."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        return {event["EventId"]: event for event in reversed([e for page in pages for e in page["StackEvents"]])}

    def functions(self) -> dict[str, str]:
        """Logical id to physical name of the stack's functions, those of nested stacks as `Nested/Function`."""
        found: dict[str, str] = {}
        listed = self._cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        for resource in listed:
            logical, physical = resource["LogicalResourceId"], resource.get("PhysicalResourceId", "")
            if resource["ResourceType"] == "AWS::Lambda::Function":
                found[logical] = physical
            elif resource["ResourceType"] == "AWS::CloudFormation::Stack":
                inner = Stack(self.clients, physical).functions()
                found |= {f"{logical}/{name}": function for name, function in inner.items()}
        return found


# shown


def change_line(change: Mapping[str, Any]) -> str:
    """A line of a plan: what becomes of a resource, which properties change, and why it is replaced if it is."""
    one = change["ResourceChange"]
    sign, colour = _SIGNS.get(one["Action"], ("?", "white"))
    kind = click.style(one["ResourceType"], dim=True)
    line = f"{click.style(sign, fg=colour, bold=True)} {one['LogicalResourceId']} {kind}"
    details = [detail["Target"] for detail in one.get("Details") or ()]
    names = sorted({target.get("Name") or target["Attribute"] for target in details})
    if names:
        line += f"  {', '.join(names)}"
    if one.get("Replacement") in ("True", "Conditional"):
        why = sorted({t["Name"] for t in details if t.get("RequiresRecreation") in ("Always", "Conditionally")})
        word = "replaced" if one["Replacement"] == "True" else "may be replaced"
        because = f" because of {', '.join(why)}" if why else ""
        line += click.style(f"  {word}{because}", fg="magenta")
    return line


def event_line(event: Mapping[str, Any]) -> str:
    """`CREATE_COMPLETE  Queue  AWS::SQS::Queue`, with the reason of a failure."""
    status = event["ResourceStatus"]
    colour = _COLOURS.get(status.rpartition("_")[2], "white")
    shown = click.style(f"{status:<20}", fg=colour)
    line = f"{shown} {event['LogicalResourceId']} {click.style(event['ResourceType'], dim=True)}"
    reason = event.get("ResourceStatusReason")
    return f"{line}  {reason}" if reason and "FAILED" in status else line


_AWS_URL = re.compile(r"https?://([a-z0-9.-]+)\.amazonaws\.com(?=[/:?#]|$)")


def reached(value: str, endpoint: str) -> str:
    """An output with the addresses in it that lead to AWS leading to this cloud: it listens to the same hosts under
    `localhost`."""
    scheme, _, authority = endpoint.partition("://")
    port = authority.rpartition(":")[2]
    return _AWS_URL.sub(lambda found: f"{scheme}://{found[1]}.localhost:{port}", value)


def given_pairs(out: Out, texts: tuple[str, ...], what: str) -> dict[str, str]:
    """`K=V`, several in one text as well, as `aws cloudformation deploy` takes them."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, found, value = text.partition("=")
        if not found or not name:
            out.fail(f"{text!r} is no {what}", f"{what}: NAME=VALUE")
        pairs[name] = value
    return pairs
