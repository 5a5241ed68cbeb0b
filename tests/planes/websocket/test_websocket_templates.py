"""Integrations that are no proxies: templates, parameter mappings, services of AWS, MOCK; models."""

from __future__ import annotations

import json

import pytest

from tests.planes.websocket.websocket_calls import ask, made_function
from tests.services.lambda_.lambda_calls import allow

TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
SUM = """
def handler(event, context):
    if "numbers" not in event:
        raise ValueError("BadInput: " + ",".join(event))
    return {"sum": sum(event["numbers"]), "from": event["from"]}
"""


@pytest.fixture(scope="module")
def role(aws) -> str:
    iam = aws.client("iam")
    arn = iam.create_role(RoleName="integration", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="integration", PolicyName="p", PolicyDocument=allow("dynamodb:*", "sqs:*"))
    return str(arn)


@pytest.fixture(scope="module")
def adder(aws) -> str:
    arn = made_function(aws, "adder", SUM)
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def responses(api, integration: str, templates: dict[str, dict]) -> None:
    for key, more in templates.items():
        api.client.create_integration_response(
            ApiId=api.id, IntegrationId=integration, IntegrationResponseKey=key, **more
        )


def test_a_function_gets_what_a_template_makes(api, adder):
    integration = api.integration(
        IntegrationType="AWS", IntegrationUri=adder, IntegrationMethod="POST", TemplateSelectionExpression="\\$default",
        RequestTemplates={
            "$default": '{"numbers": $input.json("$.of"), "from": "$context.connectionId"}',
        },
    )  # fmt: skip
    template = {"$default": '{"result": $input.path("$.sum"), "route": "$context.routeKey"}'}
    responses(api, integration, {
        "$default": {"ResponseTemplates": template},
        "/BadInput.*/": {"ResponseTemplates": {"$default": '{"bad": "$input.path(\'$.errorMessage\')"}'}},
    })  # fmt: skip
    api.route("add", integration, two_way=True)
    api.deploy()
    with api.connected() as client:
        assert ask(client, {"action": "add", "of": [1, 2, 3]}) == {"result": 6, "route": "add"}


def test_a_failed_function_is_answered_by_the_response_that_fits(api, adder):
    integration = api.integration(IntegrationType="AWS", IntegrationUri=adder, IntegrationMethod="POST")
    responses(api, integration, {
        "$default": {},
        "/BadInput.*/": {"ResponseTemplates": {"$default": '{"bad": "$input.path(\'$.errorMessage\')"}'}},
    })  # fmt: skip
    api.route("add", integration, two_way=True)
    api.deploy()
    with api.connected() as client:
        assert ask(client, {"action": "add"}) == {"bad": "BadInput: action"}


def test_a_mock_answers_by_templates_alone(api):
    integration = api.integration(
        IntegrationType="MOCK", TemplateSelectionExpression="$request.body.kind",
        RequestTemplates={"ok": '{"statusCode": 200}', "$default": '{"statusCode": 404}'},
    )  # fmt: skip
    responses(api, integration, {
        "/2\\d\\d/": {"ResponseTemplates": {"$default": "fine, $context.stage"}},
        "$default": {"ResponseTemplates": {"$default": "unknown"}},
    })  # fmt: skip
    api.route("$default", integration, two_way=True)
    api.deploy()
    with api.connected() as client:
        assert ask(client, {"kind": "ok"}) == "fine, prod"
        assert ask(client, {"kind": "other"}) == "unknown"


def test_an_answer_may_be_binary(api):
    integration = api.integration(IntegrationType="MOCK", RequestTemplates={"$default": '{"statusCode": 200}'})
    responses(api, integration, {"$default": {
        "ContentHandlingStrategy": "CONVERT_TO_BINARY", "ResponseTemplates": {"$default": "AAH/"}}})  # fmt: skip
    api.route("$default", integration, two_way=True)
    api.deploy()
    with api.connected() as client:
        client.send("x")
        assert client.recv(timeout=20) == b"\x00\x01\xff"


def test_a_mock_lets_clients_in(api):
    integration = api.integration(IntegrationType="MOCK", RequestTemplates={"$default": '{"statusCode": 200}'})
    api.route("$connect", integration)
    api.deploy()
    with api.connected():
        pass


def test_a_table_is_written_without_a_function(api, aws, role):
    aws.client("dynamodb").create_table(
        TableName="people", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    item = '{"id": {"S": "$context.connectionId"}, "who": {"S": "$input.params(\'who\')"}}'
    template = '{"TableName": "people", "Item": ' + item + "}"
    integration = api.integration(
        IntegrationType="AWS", IntegrationUri="arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
        IntegrationMethod="POST", CredentialsArn=role, RequestTemplates={"$default": template},
    )  # fmt: skip
    responses(api, integration, {"$default": {}})
    api.route("$connect", integration)
    api.deploy()
    with api.connected("?who=ada"):
        items = aws.client("dynamodb").scan(TableName="people")["Items"]
        assert [item["who"]["S"] for item in items] == ["ada"]


def test_parameters_are_mapped_for_an_http_endpoint(api, aws):
    import threading  # noqa: PLC0415
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: PLC0415

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made = json.dumps({"id": self.headers["connectionId"], "path": self.path, "body": sent}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(made)))
            self.end_headers()
            self.wfile.write(made)

        def log_message(self, *_arguments) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    integration = api.integration(
        IntegrationType="HTTP_PROXY", IntegrationMethod="POST",
        IntegrationUri=f"http://127.0.0.1:{server.server_port}/hook",
        RequestParameters={
            "integration.request.header.connectionId": "context.connectionId",
            "integration.request.querystring.stage": "context.stage",
        },
    )  # fmt: skip
    api.route("$default", integration, two_way=True)
    api.deploy()
    with api.connected() as client:
        answer = ask(client, "hello")
    assert (answer["path"], answer["body"]) == ("/hook?stage=prod", "hello")
    assert answer["id"].endswith("=")
    server.shutdown()
    server.server_close()


def test_messages_are_held_against_a_model(api, adder):
    schema = {"type": "object", "required": ["of"], "properties": {"of": {"type": "array"}}}
    api.client.create_model(ApiId=api.id, Name="Sum", Schema=json.dumps(schema))
    integration = api.integration(
        IntegrationType="AWS", IntegrationUri=adder, IntegrationMethod="POST",
        RequestTemplates={"$default": '{"numbers": $input.json("$.of"), "from": "x"}'},
    )  # fmt: skip
    responses(api, integration, {"$default": {}})
    api.route("add", integration, two_way=True, ModelSelectionExpression="$request.body.action",
              RequestModels={"add": "Sum"})  # fmt: skip
    api.deploy()
    with api.connected() as client:
        assert ask(client, {"action": "add", "of": "no list"})["message"] == "Invalid request body"
        assert ask(client, {"action": "add", "of": [2]}) == {"sum": 2, "from": "x"}


def test_a_body_that_no_template_fits_may_be_refused(api, adder):
    integration = api.integration(
        IntegrationType="AWS", IntegrationUri=adder, IntegrationMethod="POST", PassthroughBehavior="NEVER"
    )
    api.route("$default", integration, two_way=True)
    api.deploy()
    with api.connected() as client:
        assert ask(client, "{}")["message"] == "Unsupported Media Type"
