"""What goes wrong in a function, and what AWS makes of it: nothing of it harms the server or other functions."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys

import pytest

from tests.services.lambda_.lambda_calls import invoked, made_role, package

RAISES = """def handler(event, context):
    raise ValueError("no good")
"""


def tail(answer) -> list[str]:
    return base64.b64decode(answer["LogResult"]).decode().splitlines()


def test_an_exception(client, function):
    function(RAISES)
    answer = invoked(client, "f", LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    payload = answer["Payload"]
    assert (payload["errorMessage"], payload["errorType"]) == ("no good", "ValueError")
    assert payload["requestId"] == answer["ResponseMetadata"]["RequestId"]
    [frame] = payload["stackTrace"]
    assert frame.startswith('  File "') and 'index.py", line 2, in handler\n    raise ValueError("no good")\n' in frame
    assert any(line.startswith("[ERROR] ValueError: no good") for line in tail(answer))


@pytest.mark.parametrize(
    ("source", "handler", "error"),
    [
        ("", "nope.handler", "Runtime.ImportModuleError: Unable to import module 'nope': No module named 'nope'"),
        ("", "index.nope", "Runtime.HandlerNotFound: Handler 'nope' missing on module 'index'"),
        ("", "index", ("Runtime.MalformedHandlerName: "
         "Bad handler 'index': not enough values to unpack (expected 2, got 1)")),
        ("import missing", "index.handler", ("Runtime.ImportModuleError: "
         "Unable to import module 'index': No module named 'missing'")),
        ("def handler(:", "index.handler", ("Runtime.UserCodeSyntaxError: "
         "Syntax error in module 'index': invalid syntax (index.py, line 1)")),
        ("1 / 0", "index.handler", "ZeroDivisionError: division by zero"),
    ],
)  # fmt: skip
def test_a_function_that_cannot_be_loaded(client, function, source, handler, error):
    function(source or "x = 1", Handler=handler)
    answer = invoked(client, "f")
    assert answer["FunctionError"] == "Unhandled"
    assert f"{answer['Payload']['errorType']}: {answer['Payload']['errorMessage']}" == error


def test_a_result_that_is_no_json(client, function):
    function("def handler(event, context):\n    return {1, 2}\n")
    payload = invoked(client, "f")["Payload"]
    assert payload["errorType"] == "Runtime.MarshalError"
    assert payload["errorMessage"] == "Unable to marshal response: Object of type set is not JSON serializable"


def test_a_timeout_ends_the_environment_and_all_that_it_started(client, function):
    source = """
import subprocess, time
count = 0
def handler(event, context):
    global count
    count += 1
    if event == "sleep":
        subprocess.Popen(["sleep", "86399"])
        subprocess.Popen(["setsid", "sleep", "86398"])
        time.sleep(60)
    return count
"""
    function(source, Timeout=1)
    assert invoked(client, "f")["Payload"] == 1
    answer = invoked(client, "f", "sleep", LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"] == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
    }
    lines = tail(answer)
    assert lines[-3].endswith(f"Z {request_id} Task timed out after 1.00 seconds")
    assert lines[-1].endswith("\tStatus: timeout")
    assert invoked(client, "f")["Payload"] == 1  # a new environment
    left = subprocess.run(["pgrep", "-f", "sleep 8639[89]"], capture_output=True, text=True, check=False)
    assert left.stdout == ""


def test_memory_that_runs_out(client, function):
    function("def handler(event, context):\n    return len(bytearray(event * 1024 * 1024))\n")
    answer = invoked(client, "f", 500, LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["Payload"] == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: Runtime exited with error: signal: killed",
    }
    assert "Max Memory Used: 128 MB" in tail(answer)[-1]
    assert tail(answer)[-1].endswith("Error Type: Runtime.OutOfMemory")
    assert invoked(client, "f", 1)["Payload"] == 1024 * 1024


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_a_process_that_ends_hard(client, function, end, text):
    function(f"import os\ndef handler(event, context):\n    if event:\n        {end}\n    return 'well'\n")
    answer = invoked(client, "f", True)
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["Payload"] == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: {text}",
    }
    assert invoked(client, "f", False)["Payload"] == "well"


def test_the_code_cannot_be_written_to(client, function):
    if any(path.startswith("/tmp/") for path in (__file__, sys.prefix)):
        pytest.skip("a checkout or a venv below /tmp would be covered by an environment's own")
    function("def handler(event, context):\n    open('x', 'w')\n")
    assert invoked(client, "f")["Payload"]["errorType"] == "OSError"


node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")


def node_function(function, source: str, **more):
    return function(Code={"ZipFile": package(source, "index.mjs")}, Runtime="nodejs22.x", **more)


@node
def test_node_answers_and_logs(client, function):
    node_function(
        function,
        "export const handler = async (event, context) => { console.log('seen', event); "
        "return { event, name: context.functionName, left: context.getRemainingTimeInMillis() > 0 } }",
    )
    answer = invoked(client, "f", {"a": 1}, LogType="Tail")
    assert answer["Payload"] == {"event": {"a": 1}, "name": "f", "left": True}
    assert any(line.endswith("\tINFO\tseen { a: 1 }") for line in tail(answer))


@node
def test_node_errors(client, function):
    node_function(
        function,
        "export const handler = (event, context, callback) => { if (event === 'throw') throw new TypeError('bad'); "
        "if (event === 'exit') process.exit(4); callback(null, 'called back') }",
    )
    assert invoked(client, "f")["Payload"] == "called back"
    payload = invoked(client, "f", "throw")["Payload"]
    assert (payload["errorType"], payload["errorMessage"]) == ("TypeError", "bad")
    assert payload["trace"][0] == "TypeError: bad"
    assert invoked(client, "f", "exit")["Payload"]["errorMessage"].endswith("Runtime exited with error: exit status 4")


@node
def test_node_handlers_that_are_not_there(client, function):
    node_function(function, "export const handler = 1", Handler="index.nope")
    payload = invoked(client, "f")["Payload"]
    assert (payload["errorType"], payload["errorMessage"]) == (
        "Runtime.HandlerNotFound", "index.nope is undefined or not exported",
    )  # fmt: skip


@node
def test_node_streams_its_answer(client, function):
    node_function(
        function,
        "export const handler = awslambda.streamifyResponse(async (event, stream) => { "
        "stream.write('one '); stream.write('two'); stream.end() })",
    )
    events = list(client.invoke_with_response_stream(FunctionName="f")["EventStream"])
    assert b"".join(e["PayloadChunk"]["Payload"] for e in events if "PayloadChunk" in e) == b"one two"
    assert events[-1] == {"InvokeComplete": {}}


LOCAL = """
import boto3
def handler(event, context):
    return boto3.client("sqs", endpoint_url=event).list_queues()["QueueUrls"]
"""
LOCAL_NODE = """
import https from 'node:https'
export const handler = url => new Promise((resolve, reject) => {
  https.get(url, answer => resolve(answer.statusCode)).on('error', reject)
})
"""


def test_hosts_of_this_cloud_are_found_and_trusted_by_functions(cloud, client, function, iam, sqs):
    """As AWS's own example of a WebSocket API does: `https://` and the domain name of the request."""
    sqs.create_queue(QueueName="q")
    function(LOCAL, Role=made_role(iam, "lists", "sqs:ListQueues"), Timeout=20)
    [url] = invoked(client, "f", f"https://sqs.us-east-1.localhost:{cloud.port}")["Payload"]
    assert url.endswith("/q")


@node
def test_node_finds_and_trusts_them_too(cloud, client, function):
    node_function(function, LOCAL_NODE, Timeout=20)
    url = f"https://a.b.localhost:{cloud.port}/_localstack/health"
    assert invoked(client, "f", url)["Payload"] == 200
