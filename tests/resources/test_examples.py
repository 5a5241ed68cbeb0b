"""Templates as AWS's documentation has them: each comes up and goes without a trace, or is refused for its reason.

The files in `examples` follow an example of the page they name, or are in the manner of its examples; what a page takes
for granted is added, and runtimes that are no more are replaced. A line `# refused: TEXT` says what the refusal must
contain; all of these are listed in docs/services/cloudformation.md.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudchamber.core.errors import AwsError
from cloudchamber.registry import resource_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing import RunningCloud
    from tests.resources.stack_calls import Stack

FOLDER = Path(__file__).parent / "examples"
EXAMPLES = sorted(path.name for path in FOLDER.iterdir())
REFUSED = {name: found[1] for name in EXAMPLES if (found := re.search("# refused: (.+)", (FOLDER / name).read_text()))}
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
PAGE = Path(__file__).parent.parent.parent / "docs" / "services" / "cloudformation.md"
WAITING = "AWS::KMS::Key"  # a deleted key waits for its deletion


@pytest.fixture
def cfn(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


def deployed(cloud: RunningCloud, cfn: Any, name: str) -> tuple[str, list[str]]:
    """The status an example's stack comes to, and the reasons for what failed."""
    made = cfn.create_stack(StackName="s", TemplateBody=(FOLDER / name).read_text(), Capabilities=CAPABILITIES)
    return settled(cloud, cfn, made["StackId"])


def settled(cloud: RunningCloud, cfn: Any, stack: str) -> tuple[str, list[str]]:
    cloud.clock.settle()
    events = cfn.describe_stack_events(StackName=stack)["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events if "FAILED" in event["ResourceStatus"]]
    return cfn.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"], reasons


def what_there_is(cloud: RunningCloud, account: str) -> list[tuple[str, str]]:
    """The types and names of an account's resources, other than stacks and what functions wrote."""
    found = cloud.look(lambda running: [(one.type, one.name) for one in running.directory.all(account)])
    return [
        (kind, name)
        for kind, name in found
        if kind not in {"AWS::CloudFormation::Stack", WAITING} and not name.startswith("/aws/lambda/")
    ]


def made_by(cfn: Any) -> set[tuple[str, str, str]]:
    """The types, names and properties of what the stack made in this cloud's services."""
    events = cfn.describe_stack_events(StackName="s")["StackEvents"]
    return {
        (event["ResourceType"], event["PhysicalResourceId"], event.get("ResourceProperties", "{}"))
        for event in events
        if event["ResourceStatus"] == "CREATE_COMPLETE" and resource_type(event["ResourceType"]) is not None
    }


def is_there(stack: Stack, kind: str, name: str, properties: str) -> bool:
    """Whether the handler of its type can read a resource."""
    try:
        stack.run(lambda handler, ctx: handler.read(ctx, name, json.loads(properties)), kind)
    except AwsError:
        return False
    return True


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in REFUSED])
def test_an_example_of_the_documentation_comes_and_goes(
    cloud: RunningCloud, account: str, cfn: Any, stack: Stack, name: str
):
    before = what_there_is(cloud, account)
    assert deployed(cloud, cfn, name) == ("CREATE_COMPLETE", [])
    made = made_by(cfn)
    assert made
    assert {one for one in made if not is_there(stack, *one)} == set()
    stack_id = cfn.describe_stacks(StackName="s")["Stacks"][0]["StackId"]
    cfn.delete_stack(StackName="s")
    assert settled(cloud, cfn, stack_id) == ("DELETE_COMPLETE", [])
    assert {one for one in made if one[0] != WAITING and is_there(stack, *one)} == set()
    assert what_there_is(cloud, account) == before


@pytest.mark.parametrize("name", REFUSED)
def test_an_example_that_is_refused_says_why(cloud: RunningCloud, account: str, cfn: Any, name: str):
    before = what_there_is(cloud, account)
    try:
        status, reasons = deployed(cloud, cfn, name)
    except ClientError as error:
        reasons = [error.response["Error"]["Message"]]
    else:
        assert status == "ROLLBACK_COMPLETE"
    assert any(REFUSED[name] in reason for reason in reasons), reasons
    assert what_there_is(cloud, account) == before


@pytest.mark.parametrize("name", REFUSED)
def test_the_documentation_lists_what_is_refused(name: str):
    assert f"`{name}`" in PAGE.read_text()


def test_there_are_examples_of_every_service():
    services = {name.partition("-")[0] for name in EXAMPLES}
    assert len(EXAMPLES) >= 60
    assert {"sqs", "sns", "dynamodb", "s3", "lambda", "apigateway", "apigatewayv2", "cognito", "iam", "events", "logs",
            "secretsmanager", "ssm", "kms", "cloudwatch", "scheduler", "pipes", "ses", "sam"} <= services  # fmt: skip
