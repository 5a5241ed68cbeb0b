"""`cloudchamber deploy`, `diff`, `destroy`, `stacks`: templates of a folder, in a running cloud."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from cloudchamber.cli.deploy import Deployment
from cloudchamber.cli.main import main
from cloudchamber.cli.stacks import reached
from cloudchamber.cli.talk import Out
from cloudchamber.cli.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Mode: {Type: String, Default: a}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.12
      Environment: {Variables: {MODE: !Ref Mode}}
Outputs:
  Name: {Value: !Ref F}
"""
QUEUE = """
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties: {QueueName: %s, VisibilityTimeout: %d}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "shop"
    made.mkdir()
    return made


@pytest.fixture
def run(cloud: Any, account: str) -> Callable[..., Any]:
    """`run("deploy", folder)`: the command, its output and exit code, in the test's own account."""

    def invoke(command: str, *arguments: Any) -> Any:
        every = ["--endpoint", cloud.endpoint, command, *map(str, arguments), "--account", account]
        return CliRunner().invoke(main, every)

    return invoke


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def call(aws: Any, name: str) -> Any:
    return json.load(aws.client("lambda").invoke(FunctionName=name)["Payload"])


def test_a_serverless_application_is_deployed_changed_and_destroyed(run: Any, folder: Path, aws: Any):
    write(folder / "template.yaml", FUNCTION)
    write(folder / "src/app.py", "import os\ndef handler(event, context): return os.environ['MODE'] + '1'")
    made = run("deploy", folder)
    assert made.exit_code == 0, made.output
    assert "+ F AWS::Lambda::Function" in made.output
    assert "CREATE_COMPLETE      FRole AWS::IAM::Role" in made.output
    assert "shop is in CREATE_COMPLETE" in made.output
    found = json.loads(run("stacks", "--json").output)
    name = found[0]["outputs"]["Name"]
    assert (found[0]["name"], found[0]["status"]) == ("shop", "CREATE_COMPLETE")
    assert call(aws, name) == "a1"
    assert "nothing to change" in run("deploy", folder).output
    write(folder / "src/app.py", "import os\ndef handler(event, context): return os.environ['MODE'] + '2'")
    changed = json.loads(run("deploy", folder, "--parameter-overrides", "Mode=b", "--json").output)
    assert changed["status"] == "UPDATE_COMPLETE"
    assert changed["changes"] == [
        {"Action": "Modify", "LogicalResourceId": "F", "ResourceType": "AWS::Lambda::Function",
         "Replacement": "False", "Properties": ["Code", "Environment"]}
    ]  # fmt: skip
    assert call(aws, name) == "b2"
    assert "nothing to change" in run("deploy", folder).output  # the parameter stays as it was given
    gone = run("destroy", "shop")
    assert gone.exit_code == 0
    assert "shop is deleted" in gone.output
    assert json.loads(run("stacks", "--json").output) == []


def test_a_plan_says_what_is_replaced_and_why(run: Any, folder: Path, aws: Any):
    write(folder / "template.yaml", QUEUE % ("one", 30))
    assert "+ Q AWS::SQS::Queue" in run("diff", folder).output
    assert aws.client("cloudformation").describe_stacks()["Stacks"] == []
    run("deploy", folder)
    write(folder / "template.yaml", QUEUE % ("two", 40))
    planned = run("diff", folder)
    assert "~ Q AWS::SQS::Queue  QueueName, VisibilityTimeout  replaced because of QueueName" in planned.output
    assert [url.rpartition("/")[2] for url in aws.client("sqs").list_queues()["QueueUrls"]] == ["one"]
    assert "UPDATE_COMPLETE      Q AWS::SQS::Queue" in run("deploy", folder).output
    assert [url.rpartition("/")[2] for url in aws.client("sqs").list_queues()["QueueUrls"]] == ["two"]
    assert "nothing to change" in run("diff", folder).output


def test_a_failure_is_told_with_its_reason(run: Any, folder: Path):
    write(folder / "template.yaml", QUEUE % ("bad/name", 30))
    failed = run("deploy", folder, "--stack-name", "broken")
    assert failed.exit_code == 1
    assert "CREATE_FAILED        Q AWS::SQS::Queue" in failed.output
    assert "broken is in ROLLBACK_COMPLETE" in failed.output
    again = run("deploy", folder, "--stack-name", "broken")
    assert "the stack broken is in ROLLBACK_COMPLETE: it can only be deleted" in again.output
    assert "try: cloudchamber destroy broken" in again.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "has none of"),
        (("--parameter-overrides", "x"), "'x' is no parameter"),
        (("--parameter-overrides", "Other=1"), "the template has no parameter Other"),
    ],
)
def test_what_cannot_be_deployed(run: Any, folder: Path, arguments: tuple[str, ...], said: str):
    if arguments:
        write(folder / "template.yaml", FUNCTION)
        write(folder / "src/app.py", "")
    failed = run("deploy", folder, *arguments)
    assert failed.exit_code == 1
    assert said in failed.output


def test_addresses_are_shown_as_they_are_reached_here(run: Any, cloud: Any, folder: Path, aws: Any):
    site = "Resources: {B: {Type: AWS::S3::Bucket, Properties: {WebsiteConfiguration: {IndexDocument: i.html}}}}\n"
    write(folder / "template.yaml", site + "Outputs:\n  Site: {Value: !GetAtt B.WebsiteURL}\n  Name: {Value: !Ref B}")
    made = json.loads(run("deploy", folder, "--json").output)
    name = made["outputs"]["Name"]
    assert made["outputs"]["Site"] == f"http://{name}.s3-website-us-east-1.amazonaws.com"
    assert made["here"] == {"Site": f"http://{name}.s3-website-us-east-1.localhost:{cloud.port}"}
    assert made["here"]["Site"] in run("deploy", folder).output


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "https://a1.execute-api.eu-west-1.amazonaws.com/prod/",
            "http://a1.execute-api.eu-west-1.localhost:4566/prod/",
        ),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
        ("https://example.amazonaws.community/", "https://example.amazonaws.community/"),
        ("lambda.amazonaws.com", "lambda.amazonaws.com"),
    ],
)
def test_only_addresses_at_aws_lead_here(value: str, expected: str):
    assert reached(value, "http://localhost:4566") == expected


def test_a_stack_that_is_not_there(run: Any):
    assert "there is no stack none" in run("destroy", "none").output


def test_a_non_empty_bucket_is_why_a_stack_stays(run: Any, folder: Path, aws: Any):
    write(folder / "template.yaml", "Resources: {B: {Type: AWS::S3::Bucket}}\nOutputs: {B: {Value: !Ref B}}")
    bucket = json.loads(run("deploy", folder, "--json").output)["outputs"]["B"]
    aws.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
    failed = run("destroy", "shop")
    assert failed.exit_code == 1
    assert "The bucket you tried to delete is not empty" in failed.output


def test_a_watched_folder_swaps_code_and_deploys_the_rest(
    cloud: Any, account: str, folder: Path, aws: Any, capsys: Any
):
    write(folder / "template.yaml", FUNCTION)
    write(folder / "src/app.py", "def handler(event, context): return 1")
    options = {"path": folder, "stack_name": None, "overrides": (), "capabilities": (), "tags": ()}
    deployment = Deployment.of(Out(cloud.endpoint, False), {**options, "account": account, "region": "us-east-1"})
    name = deployment.deploy()["outputs"]["Name"]
    watch = Watch(deployment)
    watch.remember()
    watch.look()
    write(folder / "src/app.py", "def handler(event, context): return 22")
    capsys.readouterr()
    watch.look()
    assert "swapped F" in capsys.readouterr().out
    assert call(aws, name) == 22
    write(
        folder / "template.yaml", FUNCTION.replace("Default: a", "Default: a, Description: d") + "  More: {Value: x}\n"
    )
    watch.look()
    assert "UPDATE_COMPLETE" in capsys.readouterr().out
    write(folder / "template.yaml", "Resources: [")
    os.utime(folder / "template.yaml", (1, 1))
    watch.look()
    assert "error" in capsys.readouterr().err
    assert call(aws, name) == 22


NESTED = """
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner/template.yaml}
Outputs:
  Name: {Value: !GetAtt Inner.Outputs.Name}
"""


def test_functions_of_nested_stacks_are_swapped_too(cloud: Any, account: str, folder: Path, aws: Any, capsys: Any):
    write(folder / "template.yaml", NESTED)
    write(folder / "inner/template.yaml", FUNCTION)
    write(folder / "inner/src/app.py", "def handler(event, context): return 1")
    options = {"path": folder, "stack_name": "outer", "overrides": (), "capabilities": (), "tags": ("team=a",)}
    deployment = Deployment.of(Out(cloud.endpoint, False), {**options, "account": account, "region": "us-east-1"})
    name = deployment.deploy()["outputs"]["Name"]
    assert call(aws, name) == 1
    watch = Watch(deployment)
    watch.remember()
    write(folder / "inner/src/app.py", "def handler(event, context): return 22")
    capsys.readouterr()
    watch.look()
    assert "swapped Inner/F" in capsys.readouterr().out
    assert call(aws, name) == 22
    arn = aws.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    assert aws.client("lambda").list_tags(Resource=arn)["Tags"]["team"] == "a"
