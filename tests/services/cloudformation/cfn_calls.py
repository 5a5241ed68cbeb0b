"""The vocabulary of the CloudFormation tests: stacks deployed and looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.services.calls import refused

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue}}"


def invalid(message: str) -> Any:
    return refused("ValidationError", message)


class Stacks:
    """Stacks of one account, deployed to the end."""

    def __init__(self, cloud: RunningCloud, client: Any) -> None:
        self.cloud = cloud
        self.client = client

    def create(self, template: str | dict[str, Any], name: str = "s", **more: Any) -> dict[str, Any]:
        """The stack, when its creation has ended."""
        self.client.create_stack(StackName=name, TemplateBody=text(template), **request(more))
        return self.settled(name)

    def update(self, template: str | dict[str, Any] | None = None, name: str = "s", **more: Any) -> dict[str, Any]:
        body = {"UsePreviousTemplate": True} if template is None else {"TemplateBody": text(template)}
        self.client.update_stack(StackName=name, **body, **request(more))
        return self.settled(name)

    def delete(self, name: str = "s", **more: Any) -> dict[str, Any]:
        stack_id = self.get(name)["StackId"]
        self.client.delete_stack(StackName=name, **more)
        return self.settled(stack_id)

    def settled(self, name: str) -> dict[str, Any]:
        self.cloud.clock.settle()
        return self.get(name)

    def get(self, name: str = "s") -> dict[str, Any]:
        found: dict[str, Any] = self.client.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def status(self, name: str = "s") -> str:
        return str(self.get(name)["StackStatus"])

    def outputs(self, name: str = "s") -> dict[str, str]:
        return {each["OutputKey"]: each["OutputValue"] for each in self.get(name).get("Outputs", [])}

    def resource(self, logical_id: str, name: str = "s") -> dict[str, Any]:
        found = self.client.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        detail: dict[str, Any] = found["StackResourceDetail"]
        return detail

    def physical(self, logical_id: str, name: str = "s") -> str:
        return str(self.resource(logical_id, name)["PhysicalResourceId"])

    def events(self, name: str = "s") -> list[tuple[str, str, str]]:
        """Logical id, status and reason, oldest first."""
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=name)
        listed = [event for found in pages for event in found["StackEvents"]]
        return [
            (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for event in reversed(listed)
        ]

    def reasons(self, name: str = "s") -> dict[str, str]:
        """Logical id -> the last reason given for a failure of it."""
        return {who: reason for who, status, reason in self.events(name) if status.endswith("FAILED")}


def text(template: str | dict[str, Any]) -> str:
    return template if isinstance(template, str) else json.dumps(template)


def request(more: dict[str, Any]) -> dict[str, Any]:
    """`parameters={"A": "1"}` and `tags={…}` as the API wants them."""
    made = dict(more)
    if "parameters" in made:
        given = made.pop("parameters")
        made["Parameters"] = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    if "tags" in made:
        made["Tags"] = [{"Key": key, "Value": value} for key, value in made.pop("tags").items()]
    return made


def output(value: Any, **sections: Any) -> dict[str, Any]:
    """A template whose output `V` is a value, with a queue `Q` and other sections."""
    return {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"V": {"Value": value}}, **sections}
