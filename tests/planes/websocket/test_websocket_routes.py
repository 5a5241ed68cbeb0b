"""Routes, what functions are told, what clients are told, and how connections end."""

from __future__ import annotations

import json
from urllib.parse import quote

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.planes.websocket.websocket_calls import ask, made_function, read

RECORDER = """
import json, os, boto3

def handler(event, context):
    if event["requestContext"]["eventType"] == "DISCONNECT":
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
    return {"statusCode": 200}
"""


@pytest.fixture
def chat(api, echo):
    """An API whose every route is answered with the event."""
    integration = api.function(echo)
    for key in ("$connect", "$disconnect", "$default", "say"):
        api.route(key, integration, two_way=key in ("$default", "say"))
    api.deploy(StageVariables={"mood": "good"})
    return api


def refused(api, query: str = "", **more) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught, api.connected(query, **more):
        pass
    return caught.value


def test_a_message_takes_the_route_that_its_action_names(chat):
    with chat.connected() as client:
        event = ask(client, {"action": "say", "text": "hello"})
    about = event["requestContext"]
    assert about["routeKey"] == "say"
    assert about["eventType"] == "MESSAGE"
    assert about["messageDirection"] == "IN"
    assert (about["stage"], about["apiId"], about["domainName"]) == ("prod", chat.id, chat.host)
    assert about["messageId"] and about["connectionId"] and about["requestId"] == about["extendedRequestId"]
    assert about["identity"]["sourceIp"] == "127.0.0.1"
    assert json.loads(event["body"]) == {"action": "say", "text": "hello"}
    assert event["isBase64Encoded"] is False
    assert event["stageVariables"] == {"mood": "good"}
    assert "headers" not in event


@pytest.mark.parametrize("message", ["no JSON", '{"action": "sing"}', '{"other": 1}', '{"action": "$connect"}', "[1]"])
def test_a_message_that_names_no_route_takes_the_default_one(chat, message):
    with chat.connected() as client:
        event = ask(client, message)
    assert event["requestContext"]["routeKey"] == "$default"
    assert event["body"] == message


def test_without_a_default_route_such_a_message_is_forbidden(api, echo):
    api.route("say", api.function(echo), two_way=True)
    api.deploy()
    with api.connected() as client:
        answer = ask(client, "no JSON")
        assert answer["message"] == "Forbidden"
        assert set(answer) == {"message", "connectionId", "requestId"}
        assert ask(client, {"action": "say"})["requestContext"]["connectionId"] == answer["connectionId"]


def test_a_function_that_fails_is_an_internal_server_error_to_the_client(chat):
    with chat.connected() as client:
        answer = ask(client, {"action": "say", "text": "fail"})
        assert answer["message"] == "Internal server error"
        assert ask(client, "again")["body"] == "again"


def test_without_a_route_response_nothing_comes_back(api, echo):
    integration = api.function(echo)
    api.route("tell", integration)
    api.route("ask", integration, two_way=True)
    api.deploy()
    with api.connected() as client:
        client.send('{"action": "tell"}')
        assert ask(client, {"action": "ask"})["requestContext"]["routeKey"] == "ask"


def test_connect_is_told_the_handshake_and_decides(chat):
    error = refused(chat, "?answer=403")
    assert error.response.status_code == 403
    assert refused(chat, "?answer=401").response.status_code == 401
    with chat.connected("?answer=201") as client:
        assert ask(client, "hello")["body"] == "hello"


def test_a_connect_function_that_fails_is_a_bad_gateway(api, cloud, aws):
    arn = made_function(aws, "failing", "def handler(event, context):\n    raise ValueError('no')\n")
    api.route("$connect", api.function(arn))
    api.deploy()
    error = refused(api)
    assert error.response.status_code == 502
    assert json.loads(error.response.body)["message"] == "Internal server error"


def test_there_is_nothing_at_another_stage_or_before_a_deployment(api, echo):
    assert refused(api).response.status_code == 403
    api.route("$default", api.function(echo))
    api.client.create_stage(ApiId=api.id, StageName="prod")
    assert refused(api).response.status_code == 403
    made = api.client.create_deployment(ApiId=api.id, StageName="prod")
    assert made["DeploymentStatus"] == "DEPLOYED"
    with api.connected():
        pass


def test_disconnect_is_told_how_it_ended(api, cloud, aws):
    queue = aws.client("sqs").create_queue(QueueName="ended")["QueueUrl"]
    arn = made_function(aws, "recorder", RECORDER, "sqs:SendMessage", Environment={"Variables": {"QUEUE": queue}})
    api.route("$disconnect", api.function(arn))
    api.deploy()

    def ended() -> dict:
        found = aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]
        return json.loads(found["Body"])

    with api.connected() as client:
        client.close(1000, "bye")
    event = ended()
    about = event["requestContext"]
    assert (about["routeKey"], about["eventType"]) == ("$disconnect", "DISCONNECT")
    assert (about["disconnectStatusCode"], about["disconnectReason"]) == (1000, "bye")
    assert "headers" in event and "body" not in event
    with api.connected() as client:
        client.socket.close()
    assert ended()["requestContext"]["disconnectStatusCode"] == 1006


def test_what_is_too_large_or_binary_ends_the_connection(chat):
    for message, code in (("x" * (32 * 1024 + 1), 1009), (["y" * 32_000] * 5, 1009), (b"binary", 1003)):
        with chat.connected() as client:
            client.send(message)
            with pytest.raises(ConnectionClosed) as caught:
                client.recv(timeout=20)
            assert caught.value.rcvd.code == code


def test_a_message_of_many_frames_arrives_whole(chat):
    with chat.connected() as client:
        client.send(["x" * 30_000] * 3)
        assert len(read(client)["body"]) == 90_000


def test_idle_connections_end_after_ten_minutes(chat, clock):
    clock.freeze()
    with chat.connected() as idle, chat.connected() as busy:
        clock.advance(500)
        assert ask(busy, "still here")["body"] == "still here"
        clock.advance(101)
        with pytest.raises(ConnectionClosed) as caught:
            idle.recv(timeout=20)
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1001, "Going away")
        assert ask(busy, "and still")["body"] == "and still"


def test_connections_end_after_two_hours(chat, clock):
    clock.freeze()
    with chat.connected() as client:
        for _ in range(14):
            clock.advance(500)
            ask(client, "here")
        clock.advance(201)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        assert caught.value.rcvd.code == 1001


def test_others_can_send_look_and_close(chat):
    management = chat.management
    with chat.connected(user_agent_header="tests/1") as client:
        connection = ask(client, "hello")["requestContext"]["connectionId"]
        management.post_to_connection(ConnectionId=connection, Data=b"from outside")
        assert read(client) == "from outside"
        about = management.get_connection(ConnectionId=connection)
        assert about["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "tests/1"}
        assert about["ConnectedAt"] <= about["LastActiveAt"]
        management.delete_connection(ConnectionId=connection)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        assert caught.value.rcvd.code == 1000
    for call in ("get_connection", "delete_connection"):
        with pytest.raises(ClientError) as gone:
            getattr(management, call)(ConnectionId=connection)
        assert gone.value.response["Error"]["Code"] == "GoneException"
        assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


def signed(aws, method: str, url: str, body: bytes = b"") -> httpx.Response:
    """A call of `@connections` under an API's own address, wherever its name leads."""
    request = AWSRequest(method, url, data=body)
    SigV4Auth(aws.get_credentials(), "execute-api", "us-east-1").add_auth(request)
    host, _, path = url.removeprefix("http://").partition("/")
    port = host.rpartition(":")[2]
    headers = {**dict(request.headers), "host": host}
    return httpx.request(method, f"http://127.0.0.1:{port}/{path}", headers=headers, content=body)


def test_connections_are_managed_under_the_address_of_the_api(chat, aws, cloud):
    name = f"{chat.id}.example.com"
    chat.client.create_domain_name(
        DomainName=name,
        DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c"}],
    )
    chat.client.create_api_mapping(DomainName=name, ApiId=chat.id, Stage="prod", ApiMappingKey="talk")
    with chat.connected() as client:
        connection = quote(ask(client, "hello")["requestContext"]["connectionId"], safe="")
        for address in (f"{chat.host}/prod", f"{name}:{cloud.port}/talk"):
            place = f"http://{address}/@connections/{connection}"
            assert signed(aws, "POST", place, b"hi").status_code == 200
            assert read(client) == "hi"
            assert signed(aws, "GET", place).json()["identity"]["sourceIp"] == "127.0.0.1"
        unsigned = httpx.get(f"{cloud.endpoint}/prod/@connections/{connection}", headers={"host": chat.host})
        assert (unsigned.status_code, unsigned.json()) == (403, {"message": "Missing Authentication Token"})
        other = f"http://{chat.host}/other/@connections/{connection}"
        assert signed(aws, "GET", other).status_code == 410
        assert signed(aws, "DELETE", f"http://{chat.host}/prod/@connections/{connection}").status_code == 204
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=20)


def test_a_message_from_outside_is_128_kb_at_most(chat):
    with chat.connected() as client:
        connection = ask(client, "hello")["requestContext"]["connectionId"]
        chat.management.post_to_connection(ConnectionId=connection, Data=b"x" * 131_072)
        assert len(read(client)) == 131_072
        with pytest.raises(ClientError) as caught:
            chat.management.post_to_connection(ConnectionId=connection, Data=b"x" * 131_073)
        assert caught.value.response["Error"]["Code"] == "PayloadTooLargeException"


def test_who_may_not_manage_connections_is_refused(chat, cloud, aws):
    iam = aws.client("iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    user = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])
    address = f"{cloud.endpoint}/_aws/execute-api/{chat.id}/prod"
    client = user.client("apigatewaymanagementapi", endpoint_url=address)
    with pytest.raises(ClientError) as caught:
        client.get_connection(ConnectionId="abc=")
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    account = aws.client("sts").get_caller_identity()["Account"]
    assert f"execute-api:us-east-1:{account}:{chat.id}/prod/GET/@connections/abc=" in error["Message"]


def test_connections_are_closed_when_their_api_is_deleted(chat):
    with chat.connected() as client:
        ask(client, "hello")
        chat.client.delete_api(ApiId=chat.id)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=20)
        assert caught.value.rcvd.code == 1000


def test_messages_are_throttled(chat):
    limits = {"ThrottlingRateLimit": 0.01, "ThrottlingBurstLimit": 1}
    chat.client.update_stage(ApiId=chat.id, StageName="prod", RouteSettings={"say": limits})
    with chat.connected() as client:
        assert ask(client, {"action": "say"})["requestContext"]["routeKey"] == "say"
        assert ask(client, {"action": "say"})["message"] == "Too Many Requests"


def test_faults_hit_messages_as_they_hit_calls(chat, faults):
    with chat.connected() as client:
        ask(client, "hello")
        faults.add("drop", service="apigatewayv2", operation="message")
        client.send("hello?")
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=20)
