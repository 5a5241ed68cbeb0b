"""Deployment tools as users have them, unmodified, against a running cloud.

The command line looks again after 5 and 30 seconds only, so these take their while.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BIN = Path(sys.executable).parent
SECONDS_MAX = 100
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String}
Globals:
  Function: {Runtime: python3.12, Timeout: 10}
Resources:
  Orders:
    Type: AWS::Serverless::SimpleTable
  Inbox:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: worker/
      Handler: app.handler
      Environment: {Variables: {GREETING: !Ref Greeting, TABLE: !Ref Orders}}
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Orders}
      Events:
        Mail: {Type: SQS, Properties: {Queue: !GetAtt Inbox.Arn}}
  Part:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: part.yaml}
Outputs:
  Worker: {Value: !Ref Worker}
  Topic: {Value: !GetAtt Part.Outputs.Topic}
"""
PART = """
Resources:
  News: {Type: AWS::SNS::Topic}
Outputs:
  Topic: {Value: !Ref News}
"""
CODE = """
import os
def handler(event, context):
    return os.environ["GREETING"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "worker").mkdir()
    (tmp_path / "worker" / "app.py").write_text(CODE)
    (tmp_path / "part.yaml").write_text(PART)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


@pytest.fixture
def aws_cli(cloud: Any, account: str, folder: Path) -> Any:
    """`aws_cli("s3", "ls")`: what the command prints, run in the folder."""
    program = BIN / "aws"
    if not program.exists():
        pytest.skip("aws is not installed beside Python")
    env = {
        "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/nonexistent", "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://localhost:{cloud.port}",
    }  # fmt: skip

    def run(*arguments: str, fails: bool = False) -> str:
        command = [sys.executable, str(program), *arguments]
        done = subprocess.run(
            command, env=env, cwd=folder, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def deploy(aws_cli: Any, *more: str, fails: bool = False) -> str:
    command = ("cloudformation", "deploy", "--template-file", "packaged.yaml", "--stack-name", "shop")
    return str(aws_cli(*command, *more, fails=fails))


@pytest.mark.slow
def test_the_aws_cli_packages_and_deploys_an_application(cloud: Any, aws_cli: Any, aws: Any):
    aws_cli("s3", "mb", "s3://artifacts-of-shop")
    package = ("--template-file", "template.yaml", "--s3-bucket", "artifacts-of-shop")
    aws_cli("cloudformation", "package", *package, "--output-template-file", "packaged.yaml")
    capable = ("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
    said = deploy(aws_cli, *capable, "--parameter-overrides", "Greeting=hello", "--tags", "team=a")
    assert "Successfully created/updated stack - shop" in said
    stack = aws.client("cloudformation").describe_stacks(StackName="shop")["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert stack["Tags"] == [{"Key": "team", "Value": "a"}]
    assert ":Part-" not in outputs["Topic"]
    answer = aws.client("lambda").invoke(FunctionName=outputs["Worker"])
    assert json.load(answer["Payload"]) == "hello"
    tags = aws.client("lambda").list_tags(Resource=aws.client("lambda").get_function(
        FunctionName=outputs["Worker"])["Configuration"]["FunctionArn"])["Tags"]  # fmt: skip
    assert tags == {"team": "a", "lambda:createdBy": "SAM"}
    said = deploy(aws_cli, *capable, "--parameter-overrides", "Greeting=bye", "--no-execute-changeset")
    assert "describe-change-set" in said
    aws_cli("cloudformation", "delete-stack", "--stack-name", "shop")
    cloud.clock.settle()
    assert aws.client("lambda").list_functions()["Functions"] == []
    assert aws.client("sns").list_topics()["Topics"] == []


@pytest.mark.slow
def test_the_aws_cli_is_told_what_a_template_lacks_leave_for(aws_cli: Any, folder: Path):
    (folder / "packaged.yaml").write_text("Resources: {R: {Type: AWS::IAM::User}}")
    assert "Requires capabilities : [CAPABILITY_IAM]" in deploy(aws_cli, fails=True)
