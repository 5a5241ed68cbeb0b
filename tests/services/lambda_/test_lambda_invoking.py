"""Invoke: what comes back, what a function sees, and what is refused."""

from __future__ import annotations

import base64
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.services.calls import refused
from tests.services.lambda_.lambda_calls import allow, invoked, made_role, package

# wrong input


def test_a_function_that_is_not_there(client, account):
    arn = f"arn:aws:lambda:us-east-1:{account}:function:nope"
    with refused("ResourceNotFoundException", f"Function not found: {arn}", 404):
        client.invoke(FunctionName="nope")


def test_a_qualifier_that_is_not_there(client, function, account):
    function()
    arn = f"arn:aws:lambda:us-east-1:{account}:function:f:7"
    with refused("ResourceNotFoundException", f"Function not found: {arn}", 404):
        client.invoke(FunctionName="f", Qualifier="7")


def test_a_payload_that_is_no_json(client, function):
    function()
    with refused("InvalidRequestContentException"):
        client.invoke(FunctionName="f", Payload=b"{x")


def test_payloads_larger_than_the_limits(client, function):
    function()
    large = json.dumps("x" * (6 * 1024 * 1024)).encode()
    text = "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    with refused("RequestTooLargeException", text, 413):
        client.invoke(FunctionName="f", Payload=large)
    text = "Request must be smaller than 1048576 bytes for the InvokeFunction operation"
    with refused("RequestTooLargeException", text, 413):
        client.invoke(FunctionName="f", Payload=large[: 1024 * 1024] + b'"', InvocationType="Event")


# behaviour


def test_the_event_comes_back(client, function):
    function()
    answer = invoked(client, "f", {"a": [1, "ü"]})
    assert answer["Payload"] == {"a": [1, "ü"]}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer


def test_no_payload_is_an_empty_event(client, function):
    function()
    assert json.loads(client.invoke(FunctionName="f")["Payload"].read()) == {}


def test_a_dry_run_runs_nothing(client, function):
    function("raise SystemExit")
    answer = client.invoke(FunctionName="f", InvocationType="DryRun")
    assert answer["StatusCode"] == 204


def test_what_a_function_sees_of_its_environment(client, function, account, cloud):
    function(
        """
import os
from importlib.util import find_spec

def handler(event, context):
    return {"env": dict(os.environ), "cwd": os.getcwd(), "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis(), "name": context.function_name, "id": context.aws_request_id,
            "client": context.client_context.custom,
            "modules": [name for name in ("orjson", "apsw", "boto3", "cfnresponse") if find_spec(name)]}
""",
        Environment={"Variables": {"MINE": "yes"}},
        MemorySize=256,
    )
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    answer = invoked(client, "f", ClientContext=context)
    seen = answer["Payload"]
    env = seen["env"]
    assert (env["MINE"], env["AWS_REGION"], env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) == ("yes", "us-east-1", "256")
    assert env["AWS_ENDPOINT_URL"].endswith(f":{cloud.port}")
    assert (env["_HANDLER"], env["AWS_EXECUTION_ENV"]) == ("index.handler", "AWS_Lambda_python3.11")
    assert env["LAMBDA_TASK_ROOT"] == seen["cwd"]
    assert env["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/f"
    assert env["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert seen["arn"] == f"arn:aws:lambda:us-east-1:{account}:function:f"
    assert 3000 < seen["left"] <= 5000
    assert (seen["name"], seen["client"]) == ("f", {"k": "v"})
    assert seen["id"] == answer["ResponseMetadata"]["RequestId"]
    assert seen["modules"] == ["boto3", "cfnresponse"]  # none of what the server itself stands on


def test_the_log_of_an_invocation(client, function):
    function("print('loading')\ndef handler(event, context):\n    print('hello')\n")
    first = base64.b64decode(invoked(client, "f", LogType="Tail")["LogResult"]).decode().splitlines()
    assert first[0].startswith("INIT_START Runtime Version: python:3.11\t")
    request_id = first[2].split()[2]
    middle = [f"START RequestId: {request_id} Version: $LATEST", "hello", f"END RequestId: {request_id}"]
    assert first[1:5] == ["loading", *middle]
    assert first[5].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "\tMemory Size: 128 MB\tMax Memory Used: " in first[5] and "\tInit Duration: " in first[5]
    second = base64.b64decode(invoked(client, "f", LogType="Tail")["LogResult"]).decode()
    assert "loading" not in second and "Init Duration" not in second


def test_a_role_may_do_what_its_policy_says_and_no_more(client, function, iam, sqs):
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    source = """
import boto3
def handler(event, context):
    sqs = boto3.client("sqs")
    try:
        sqs.send_message(QueueUrl=event["queue"], MessageBody="from f")
        return "sent"
    except Exception as error:
        return error.response["Error"]["Code"]
"""
    function(source, Timeout=20)
    assert invoked(client, "f", {"queue": queue})["Payload"] == "AccessDenied"
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow("sqs:SendMessage"))
    assert invoked(client, "f", {"queue": queue})["Payload"] == "sent"
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "from f"


def test_ten_at_once_have_an_environment_each(client, function):
    function("import os, time\ndef handler(event, context):\n    time.sleep(0.2)\n    return os.getpid()\n")
    with ThreadPoolExecutor(10) as threads:
        pids = list(threads.map(lambda _: invoked(client, "f")["Payload"], range(10)))
    assert len(set(pids)) == 10


def test_an_answer_of_six_megabytes(client, function):
    function("def handler(event, context):\n    return 'x' * event\n")
    assert len(invoked(client, "f", 6 * 1024 * 1024 - 2)["Payload"]) == 6 * 1024 * 1024 - 2
    answer = invoked(client, "f", 6 * 1024 * 1024)
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"] == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291456 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


def test_an_answer_as_an_event_stream(client, function):
    function("def handler(event, context):\n    return 'hello'\n")
    events = list(client.invoke_with_response_stream(FunctionName="f", LogType="Tail")["EventStream"])
    assert events[0] == {"PayloadChunk": {"Payload": b'"hello"'}}
    assert "END RequestId" in base64.b64decode(events[1]["InvokeComplete"]["LogResult"]).decode()


def test_tmp_is_an_environments_own(client, function):
    if any(path.startswith("/tmp/") for path in (__file__, sys.prefix)):
        pytest.skip("a checkout or a venv below /tmp would be covered by an environment's own")
    source = """
import os
def handler(event, context):
    seen = os.listdir("/tmp")
    open("/tmp/x", "w").close()
    return seen
"""
    function(source)
    function(source, name="g")
    assert [invoked(client, name)["Payload"] for name in ("f", "f", "g")] == [[], ["x"], []]


def test_a_function_without_permission_for_the_caller(cloud, client, function, iam, aws):
    function()
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    stranger = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("lambda")
    with refused("AccessDeniedException", status=403):
        stranger.invoke(FunctionName="f")


@pytest.mark.parametrize("runtime", ["python3.9", "python3.12", "python3.13", "python3.14"])
def test_other_versions_of_python(client, function, runtime):
    function("import sys\ndef handler(event, context):\n    return sys.version_info[:2]\n", Runtime=runtime)
    answer = invoked(client, "f", LogType="Tail")
    asked = int(runtime.partition(".")[2])
    log = base64.b64decode(answer["LogResult"]).decode()
    assert answer["Payload"] == [3, asked] or f"cloudchamber: {runtime} runs on python3.{answer['Payload'][1]}" in log


def test_a_runtime_that_nothing_here_runs(client, function):
    function(Runtime="dotnet8", Handler="A::B::C")
    text = (
        "The runtime dotnet8 is accepted, and nothing on this machine runs it: "
        "python3.x, nodejs and provided.al2023 do run."
    )
    with refused("InvalidRuntimeException", text, 502):
        client.invoke(FunctionName="f")


def test_a_custom_runtime_speaks_the_runtime_api(client, function):
    source = """#!/usr/bin/env python3
import json, os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as got:
        request_id, event = got.headers["Lambda-Runtime-Aws-Request-Id"], json.load(got)
    answer = json.dumps({"custom": event, "handler": os.environ["_HANDLER"]}).encode()
    urllib.request.urlopen(base + request_id + "/response", answer).close()
"""
    function(Code={"ZipFile": package(source, "bootstrap")}, Runtime="provided.al2023", Handler="my.handler")
    assert invoked(client, "f", {"a": 1})["Payload"] == {"custom": {"a": 1}, "handler": "my.handler"}


def test_a_folder_of_this_machine_is_loaded_anew_when_it_changes(client, function, tmp_path):
    import os  # noqa: PLC0415

    source = tmp_path / "index.py"
    source.write_text("def handler(event, context):\n    return 1\n")
    os.utime(source, (1_000_000_000, 1_000_000_000))
    function(Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)})
    assert invoked(client, "f")["Payload"] == 1
    source.write_text("def handler(event, context):\n    return 2\n")
    assert invoked(client, "f")["Payload"] == 2


def test_code_from_s3(client, function, aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=f"code-{aws.get_credentials().access_key}")
    s3.put_object(Bucket=f"code-{aws.get_credentials().access_key}", Key="f.zip", Body=package())
    function(Code={"S3Bucket": f"code-{aws.get_credentials().access_key}", "S3Key": "f.zip"})
    assert invoked(client, "f", 5)["Payload"] == 5


def test_layers_are_importable_and_the_later_one_wins(client, function):
    arns = []
    for number in (1, 2):
        content = package({"python/shared.py": f"value = {number}", f"python/only{number}.py": ""})
        arns.append(
            client.publish_layer_version(LayerName=f"l{number}", Content={"ZipFile": content})["LayerVersionArn"]
        )
    function("import shared, only1, only2\ndef handler(event, context):\n    return shared.value\n", Layers=arns)
    assert invoked(client, "f")["Payload"] == 2


def test_logs_arrive_if_the_role_may_write_them(client, function, iam, aws, clock):
    logs = aws.client("logs")
    function("def handler(event, context):\n    print('line')\n")
    invoked(client, "f")
    clock.settle()
    assert logs.describe_log_groups()["logGroups"] == []
    able = made_role(iam, "able", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    client.update_function_configuration(FunctionName="f", Role=able)
    invoked(client, "f")
    clock.settle()
    [stream] = logs.describe_log_streams(logGroupName="/aws/lambda/f")["logStreams"]
    assert "/[$LATEST]" in stream["logStreamName"]
    found = logs.get_log_events(logGroupName="/aws/lambda/f", logStreamName=stream["logStreamName"], startFromHead=True)
    kinds = [event["message"].split(" ")[0].strip() for event in found["events"]]
    assert kinds == ["INIT_START", "START", "line", "END", "REPORT"]
