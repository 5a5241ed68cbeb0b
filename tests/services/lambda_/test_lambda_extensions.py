"""Extensions beside a function, and initialisations that are tried a second time."""

from __future__ import annotations

import base64

from tests.gateway.own_server import eventually
from tests.services.lambda_.lambda_calls import invoked, made_role, package

WATCHER = """#!/usr/bin/env python3
import http.client, json, os, sys
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def ask(method, path, headers, body=""):
    api.request(method, "/2020-01-01/extension/" + path, body, headers)
    answer = api.getresponse()
    return answer.headers, json.loads(answer.read())
wanted = json.dumps({"events": ["INVOKE", "SHUTDOWN"]})
headers, told = ask("POST", "register", {"Lambda-Extension-Name": "watcher"}, wanted)
me = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
print("EXTENSION watches", told["functionName"], told["handler"], flush=True)
while True:
    _, event = ask("GET", "event/next", me)
    if event["eventType"] == "SHUTDOWN":
        print("EXTENSION ends for", event["shutdownReason"], flush=True)
        break
    print("EXTENSION saw", event["requestId"], flush=True)
    open("/tmp/seen", "a").write("x")
"""
COUNTS = """
import os
def handler(event, context):
    return open("/tmp/seen").read() if os.path.exists("/tmp/seen") else ""
"""
FAILS_ONCE = """
import os
mark = "/tmp/tried-" + os.environ["MARK"]
if not os.path.exists(mark):
    open(mark, "w").close()
    raise RuntimeError("not yet")
def handler(event, context):
    return "ready"
"""


def tail(answer) -> list[str]:
    return base64.b64decode(answer["LogResult"]).decode().splitlines()


def test_an_extension_lives_beside_its_function(aws, client, iam, function, clock):
    layer = client.publish_layer_version(
        LayerName="watching", Content={"ZipFile": package({"extensions/watcher": WATCHER})}
    )["LayerVersionArn"]  # fmt: skip
    function(COUNTS, Layers=[layer], Role=made_role(iam, "logging", "logs:*"))
    first, second = invoked(client, "f", LogType="Tail"), invoked(client, "f")
    assert "EXTENSION watches f index.handler" in tail(first)
    request_id = first["ResponseMetadata"]["RequestId"]
    assert f"EXTENSION saw {request_id}" in tail(first)
    assert second["Payload"].startswith("x")  # it had finished with the first event before the second came
    clock.advance(700)  # idle for too long
    logs = aws.client("logs")

    def ended() -> list[str]:
        found = logs.filter_log_events(logGroupName="/aws/lambda/f", filterPattern='"EXTENSION ends"')["events"]
        return [event["message"] for event in found]

    assert eventually(ended)
    assert ended() == ["EXTENSION ends for spindown\n"]


def test_a_failed_initialisation_is_tried_once_more(client, function, tmp_path):
    function(FAILS_ONCE, Environment={"Variables": {"MARK": tmp_path.parent.name}})
    answer = invoked(client, "f", LogType="Tail")
    assert answer["Payload"] == "ready"
    lines = tail(answer)
    assert sum("Phase: init\tStatus: error\tError Type: RuntimeError" in line for line in lines) == 1
    assert "Init Duration" not in lines[-1]


def test_an_initialisation_that_fails_twice_is_the_invocations_error(client, function):
    function("raise RuntimeError('never')")
    answer = invoked(client, "f", LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorMessage"] == "never"
    phases = [line.split("Phase: ")[1].split("\t")[0] for line in tail(answer) if line.startswith("INIT_REPORT")]
    assert phases == ["init", "invoke"]
