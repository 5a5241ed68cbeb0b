"""Architectures: what an API adds to its function, a cached answer, idle WebSockets, and how long stacks take."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bench import calls
from bench.functions import SOURCES, deploy, seconds
from bench.growth import ROUNDS

if TYPE_CHECKING:
    from bench.servers import Server

ACCOUNT, SOCKETS, MANY = "000000000000", 500, 200
SMALL = {
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        },
    },
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                },
            }
        },
    },
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Code": {"ZipFile": SOURCES["silent"]},
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        },
    },
    "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "bench"}},
}


def systems(floor: Server, ours: Server, times: int) -> list[str]:
    return [*_apis(floor, ours, times), "", _sockets(ours), "", *_stacks(ours)]


def _milliseconds(server: Server, method: str, path: str, times: int) -> list[float]:
    """Plain requests over one connection."""
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname or "localhost", place.port)
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        connection.request(method, path)
        connection.getresponse().read()
        found.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return found


def _apis(floor: Server, ours: Server, times: int) -> list[str]:
    """A REST API in front of a function; the same method cached; the function alone; the floor."""
    deploy(ours, "behind-api", "def handler(event, context):\n    return {'statusCode': 200, 'body': 'x' * 100}\n")
    functions, gateway = calls.client("lambda", ours.url), calls.client("apigateway", ours.url)
    functions.add_permission(
        FunctionName="behind-api", StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    paths = {name: _stage(gateway, name, is_cached=name == "cached") for name in ("proxied", "cached")}
    base = calls.client("lambda", floor.url)
    empty = _median(base, "f", times)
    bare = _median(functions, "behind-api", times) - empty
    plain: dict[str, list[float]] = {"floor": [], **{name: [] for name in paths}}
    for _ in range(ROUNDS):
        plain["floor"] += _milliseconds(floor, "GET", "/plain", times // ROUNDS)
        for name, path in paths.items():
            plain[name] += _milliseconds(ours, "GET", path, times // ROUNDS)
    medians = {name: statistics.median(values) for name, values in plain.items()}
    over = medians["proxied"] - medians["floor"] - bare
    return [
        "| API | p50 ms | |", "|---|---|---|",
        f"| plain GET on the null server | {medians['floor']:.2f} | |",
        f"| REST API, cached GET | {medians['cached']:.2f} | × {medians['cached'] / medians['floor']:.2f} |",
        f"| REST API, Lambda proxy | {medians['proxied']:.2f} | {over:.2f} ms over the bare function ({bare:.2f} ms) |",
    ]  # fmt: skip


def _median(client: Any, name: str, times: int) -> float:
    """Milliseconds of an invocation."""
    return statistics.median(seconds(client, name) * 1000 for _ in range(times))


def _stage(gateway: Any, name: str, is_cached: bool) -> str:
    """The path of a deployed API with one method."""
    api = gateway.create_rest_api(name=name)["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:behind-api"
    gateway.put_integration(
        restApiId=api, resourceId=root, httpMethod="GET", type="AWS_PROXY", integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
    )  # fmt: skip
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="s", deploymentId=deployment, cacheClusterEnabled=is_cached)
    if is_cached:
        switch = {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"}
        gateway.update_stage(restApiId=api, stageName="s", patchOperations=[switch])
    return f"/_aws/execute-api/{api}/s/"


def _sockets(ours: Server) -> str:
    """Memory of idle WebSockets to an API."""
    from websockets.sync.client import connect  # noqa: PLC0415 - only here

    gateway = calls.client("apigatewayv2", ours.url)
    api = gateway.create_api(Name="w", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    integration = gateway.create_integration(ApiId=api["ApiId"], IntegrationType="MOCK")["IntegrationId"]
    gateway.create_route(ApiId=api["ApiId"], RouteKey="$default", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api["ApiId"], StageName="s", AutoDeploy=True)
    port = urlsplit(ours.url).port
    before = ours.memory_mib()
    address = f"ws://127.0.0.1:{port}/_aws/execute-api/{api['ApiId']}/s"
    sockets = [connect(address) for _ in range(SOCKETS)]
    grown = ours.memory_mib() - before
    for socket in sockets:
        socket.close()
    return f"{SOCKETS} idle WebSockets: {grown:.1f} MiB."


def _stacks(ours: Server) -> list[str]:
    """From CreateStack to CREATE_COMPLETE."""
    client = calls.client("cloudformation", ours.url)
    many = {f"Q{number}": {"Type": "AWS::SQS::Queue"} for number in range(MANY)}
    lines = ["| stack | CREATE_COMPLETE after, s |", "|---|---|"]
    for what, resources in (("table, bucket, queue, role, function, REST API", SMALL), (f"{MANY} queues", many)):
        taken = [_created(client, f"bench-{len(resources)}-{round_}", resources) for round_ in range(ROUNDS)]
        lines.append(f"| {what} | {statistics.median(taken):.2f} |")
    return lines


def _created(client: Any, name: str, resources: dict[str, Any]) -> float:
    template = json.dumps({"Resources": resources})
    begun = time.perf_counter()
    client.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
    while (status := client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]) == "CREATE_IN_PROGRESS":
        time.sleep(0.005)
    if status != "CREATE_COMPLETE":
        raise RuntimeError(status)
    return time.perf_counter() - begun
