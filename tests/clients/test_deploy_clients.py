"""Real deployment tools, unmodified, deploy real applications here and call them: SAM CLI, CDK, chalice.

They are installed only where CLOUDCHAMBER_TOOLS=1 (docs/testing.md).
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.deploy_tools import CDK_LIBRARY, Workshop, node, python

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cloudchamber.testing import RunningCloud

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the first of them installs
    pytest.mark.xdist_group("deploy-clients"),
]

# `sam build` runs the interpreter of a function's runtime: that of this environment is there.
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
SAM_APPLICATION = {
    "hello/requirements.txt": "",
    "hello/app.py": """
import json
import os

import boto3


def handler(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.put_item(Item={"id": event["pathParameters"]["id"]})
    return {"statusCode": 200, "body": json.dumps(sorted(item["id"] for item in table.scan()["Items"]))}
""",
    "template.yaml": f"""
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {{Runtime: {RUNTIME}, Timeout: 20}}
"""
    """
Resources:
  Orders:
    Type: AWS::Serverless::SimpleTable
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello/
      Handler: app.handler
      Environment: {Variables: {TABLE: !Ref Orders}}
      Policies: [DynamoDBCrudPolicy: {TableName: !Ref Orders}]
      Events:
        Order: {Type: Api, Properties: {Path: "/orders/{id}", Method: get}}
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/Prod/orders/"}
""",
}
CDK_TYPESCRIPT = {
    "cdk.json": json.dumps({"app": "node_modules/.bin/tsx app.ts"}),
    "worker/app.py": """
import json


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"path": event["path"]})}
""",
    "app.ts": """
import * as cdk from 'aws-cdk-lib';
import { aws_apigateway as api, aws_lambda as lambda, aws_lambda_event_sources as sources, aws_sqs as sqs }
  from 'aws-cdk-lib';

const app: cdk.App = new cdk.App();
const stack = new cdk.Stack(app, 'shop');
const worker = new lambda.Function(stack, 'Worker', {
  runtime: lambda.Runtime.PYTHON_3_11, handler: 'app.handler', code: lambda.Code.fromAsset('worker'),
});
worker.addEventSource(new sources.SqsEventSource(new sqs.Queue(stack, 'Inbox')));
const rest = new api.LambdaRestApi(stack, 'Rest', { handler: worker });
new cdk.CfnOutput(stack, 'Url', { value: rest.url });
""",
}
CDK_PYTHON = {
    "worker/worker.py": """
import os

import boto3


def handler(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.put_item(Item={"id": event["id"]})
    return [item["id"] for item in table.scan()["Items"]]
""",
    "app.py": """
import aws_cdk as cdk
from aws_cdk import aws_dynamodb, aws_lambda

app = cdk.App()
stack = cdk.Stack(app, "orders")
key = aws_dynamodb.Attribute(name="id", type=aws_dynamodb.AttributeType.STRING)
gone = cdk.RemovalPolicy.DESTROY
table = aws_dynamodb.TableV2(stack, "Orders", partition_key=key, removal_policy=gone)
code = aws_lambda.Code.from_asset("worker")
worker = aws_lambda.Function(
    stack, "Worker", runtime=aws_lambda.Runtime.PYTHON_3_11, handler="worker.handler", code=code,
    environment={"TABLE": table.table_name}, timeout=cdk.Duration.seconds(20),
)
table.grant_read_write_data(worker)
cdk.CfnOutput(stack, "Name", value=worker.function_name)
app.synth()
""",
}
CHALICE_APPLICATION = {
    "requirements.txt": "",
    ".chalice/config.json": json.dumps({"version": "2.0", "app_name": "shop", "stages": {"dev": {}}}),
    "app.py": """
from chalice import Chalice

app = Chalice(app_name="shop")


@app.route("/hello/{name}")
def hello(name):
    return {"hello": name}


@app.on_sqs_message(queue="inbox")
def work(event):
    for record in event:
        print("worked on", record.body)
""",
}


@pytest.fixture
def workshop(cloud: RunningCloud, account: str, tmp_path: Path) -> Workshop:
    return Workshop(cloud, account, tmp_path)


@pytest.fixture
def cdk(workshop: Workshop) -> Callable[..., str]:
    """`cdk("deploy", …)`: what the command prints, run in the workshop's folder."""
    modules = node("cdk", "aws-cdk@2", f"aws-cdk-lib@{CDK_LIBRARY}", "constructs@10", "tsx@4")
    (workshop.folder / "node_modules").symlink_to(modules)

    def run(*arguments: str, fails: bool = False) -> str:
        return workshop.run(modules / ".bin" / "cdk", *arguments, "--no-notices", "--no-color", fails=fails)

    return run


def outputs(aws: Any, stack: str) -> dict[str, str]:
    described = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}


def test_sam_cli(workshop: Workshop, aws: Any):
    sam = python("sam", "aws-sam-cli==1.*") / "sam"
    workshop.write(SAM_APPLICATION)
    workshop.run(sam, "build")
    arguments = ("--stack-name", "hello", "--no-confirm-changeset", "--resolve-s3", "--capabilities", "CAPABILITY_IAM")
    said = workshop.run(sam, "deploy", *arguments)
    assert "Successfully created/updated stack - hello in us-east-1" in said
    url = outputs(aws, "hello")["Url"]
    assert workshop.fetch(url + "7").json() == ["7"]
    assert workshop.fetch(url + "8").json() == ["7", "8"]
    said = workshop.run(sam, "deploy", *arguments, "--no-fail-on-empty-changeset")
    assert "No changes to deploy. Stack hello is up to date" in said
    said = workshop.run(sam, "delete", "--stack-name", "hello", "--no-prompts", "--region", "us-east-1")
    assert "Deleted successfully" in said
    assert aws.client("lambda").list_functions()["Functions"] == []
    assert aws.client("dynamodb").list_tables()["TableNames"] == []


def test_cdk_deploys_a_typescript_application(workshop: Workshop, cdk: Callable[..., str], aws: Any):
    workshop.write(CDK_TYPESCRIPT)
    assert "bootstrapped" in cdk("bootstrap")
    cdk("deploy", "--require-approval", "never")
    url = outputs(aws, "shop")["Url"]
    assert workshop.fetch(url + "a/b").json() == {"path": "/a/b"}
    assert "There were no differences" in cdk("diff")
    cdk("destroy", "--force")
    assert aws.client("apigateway").get_rest_apis()["items"] == []
    assert aws.client("lambda").list_functions()["Functions"] == []


def test_cdk_deploys_a_python_application(workshop: Workshop, cdk: Callable[..., str], aws: Any):
    interpreter = python("cdk_python", f"aws-cdk-lib=={CDK_LIBRARY}") / "python"
    workshop.write({**CDK_PYTHON, "cdk.json": json.dumps({"app": f"{interpreter} app.py"})})
    assert "bootstrapped" in cdk("bootstrap")
    cdk("deploy", "--require-approval", "never")
    name = outputs(aws, "orders")["Name"]

    def ask() -> Any:
        answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"id": "7"}))
        return json.load(answer["Payload"])

    assert ask() == ["7"]
    code = CDK_PYTHON["worker/worker.py"].replace('item["id"] for', '"order " + item["id"] for')
    workshop.write({"worker/worker.py": code})
    assert "hotswapped" in cdk("deploy", "--hotswap", "--require-approval", "never")
    assert ask() == ["order 7"]
    cdk("destroy", "--force")
    assert aws.client("dynamodb").list_tables()["TableNames"] == []


def test_chalice(cloud: RunningCloud, workshop: Workshop, aws: Any):
    chalice = python("chalice", "chalice==1.*") / "chalice"
    sqs = aws.client("sqs")
    inbox = sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    workshop.write(CHALICE_APPLICATION)
    workshop.run(chalice, "deploy")
    url = workshop.run(chalice, "url").strip()
    assert workshop.fetch(url + "hello/ann").json() == {"hello": "ann"}
    workshop.write({"app.py": CHALICE_APPLICATION["app.py"].replace('"hello": name', '"bye": name')})
    workshop.run(chalice, "deploy")
    assert workshop.fetch(url + "hello/ann").json() == {"bye": "ann"}
    sqs.send_message(QueueUrl=inbox, MessageBody="an order")
    cloud.clock.settle()
    assert "worked on an order" in workshop.run(chalice, "logs", "--name", "work")
    workshop.run(chalice, "delete")
    assert aws.client("lambda").list_functions()["Functions"] == []
    assert aws.client("apigateway").get_rest_apis()["items"] == []
    assert aws.client("iam").list_roles()["Roles"] == []
