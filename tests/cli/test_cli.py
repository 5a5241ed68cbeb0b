"""The command line against a running cloud, as a person at a shell uses it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cli.shell import run, up_in_a_terminal

ROOT = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def answer(*arguments: str, folder: Path):
    return json.loads(run(*arguments, "--json", folder=folder).stdout)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory):
    """A folder with a cloud started in the background; commands in it find the cloud by themselves."""
    folder = tmp_path_factory.mktemp("project")
    run("up", "--detach", "--port", "0", folder=folder)
    yield folder
    run("down", folder=folder, check=False)


def client(folder: Path, service: str, **keys: str):
    given = keys or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    endpoint = answer("status", folder=folder)["endpoint"]
    return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", **given)


def test_up_prints_the_endpoint_the_ca_and_a_line_of_exports(tmp_path: Path):
    text = run("up", "-d", "--port", "0", "--ephemeral", folder=tmp_path).stdout
    endpoint = text.split("is up at ")[1].split()[0]
    assert f"export AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID=test" in text
    assert "ca.pem" in text
    assert "in memory" in text
    assert run("--endpoint", endpoint, "down", folder=tmp_path).stdout.startswith("stopped")


def test_a_setting_reaches_the_service_and_a_misspelt_one_is_refused(tmp_path: Path):
    refused = run("up", "--ephemeral", "--set", "dynamodb.thottling=on", folder=tmp_path, check=False)
    assert refused.returncode == 1
    assert "'dynamodb.thottling=on' is not NAME=VALUE with one of " in refused.stderr
    for value in ("dynamodb.throttling=yes", "dynamodb.transition_seconds=soon"):
        assert run("up", "--ephemeral", "--set", value, folder=tmp_path, check=False).returncode == 1
    run("up", "-d", "--port", "0", "--set", "dynamodb.transition_seconds=30", folder=tmp_path)
    try:
        dynamodb = client(tmp_path, "dynamodb")
        key = {"AttributeName": "pk"}
        dynamodb.create_table(
            TableName="slow",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{**key, "KeyType": "HASH"}],
            AttributeDefinitions=[{**key, "AttributeType": "S"}],
        )
        assert dynamodb.describe_table(TableName="slow")["Table"]["TableStatus"] == "CREATING"
        run("time", "advance", "31s", folder=tmp_path)
        assert dynamodb.describe_table(TableName="slow")["Table"]["TableStatus"] == "ACTIVE"
    finally:
        run("down", folder=tmp_path)


def test_status_tells_of_the_cloud_that_was_started_here(here: Path):
    found = answer("status", folder=here)
    assert found["data_dir"] == str((here / ".cloudchamber").resolve())
    assert found["clock"]["mode"] in ("real", "offset")
    assert {"iam", "sqs", "sts"} <= set(found["services"])
    assert Path(found["ca_certificate"]).exists()
    assert "killed whole at timeout" in found["functions"]  # what keeps users' code apart


def test_a_second_cloud_on_the_same_folder_or_port_is_refused_with_a_way_out(here: Path, tmp_path: Path):
    same_folder = run("up", "--port", "0", folder=here, check=False)
    assert same_folder.returncode == 1
    assert "another cloudchamber has" in same_folder.stderr
    port = answer("status", folder=here)["endpoint"].rpartition(":")[2]
    same_port = run("up", "--port", port, folder=tmp_path, check=False)
    assert same_port.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in same_port.stderr
    assert "cloudchamber up --port 0" in same_port.stderr


def test_commands_without_a_cloud_say_how_to_start_one(tmp_path: Path):
    failed = run("--endpoint", "http://localhost:9", "status", folder=tmp_path, check=False)
    assert failed.returncode == 1
    assert "no cloud answers at http://localhost:9" in failed.stderr
    assert "cloudchamber up" in failed.stderr
    as_json = run("--json", "--endpoint", "http://localhost:9", "status", folder=tmp_path, check=False)
    assert json.loads(as_json.stdout)["hint"] == "cloudchamber up"


def test_env_gives_what_a_shell_needs(here: Path):
    endpoint = answer("status", folder=here)["endpoint"]
    assert run("env", folder=here).stdout.startswith(f"export AWS_ENDPOINT_URL={endpoint} ")
    secure = answer("env", "--https", folder=here)
    assert secure["AWS_ENDPOINT_URL"].startswith("https://")
    assert Path(secure["AWS_CA_BUNDLE"]).exists()


def test_time_is_advanced_and_messages_become_visible(here: Path):
    sqs = client(here, "sqs")
    url = sqs.create_queue(QueueName="time", Attributes={"DelaySeconds": "900"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="later")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    before = answer("time", "show", folder=here)["offset_s"]
    assert answer("time", "advance", "15m", folder=here)["offset_s"] >= before + 899
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "later"
    failed = run("time", "advance", "soon", folder=here, check=False)
    assert "is no duration" in failed.stderr


def test_time_is_frozen_and_flows_again(here: Path):
    assert answer("time", "freeze", folder=here)["mode"] == "frozen"
    assert answer("time", "show", folder=here)["now"] == answer("time", "show", folder=here)["now"]
    assert answer("time", "resume", folder=here)["mode"] == "offset"


def test_a_fault_is_added_strikes_and_is_cleared(here: Path):
    rule = answer("fault", "add", "error", "--service", "sqs", "--code", "OverLimit", "--status", "403", folder=here)[
        "faults"
    ][0]
    with pytest.raises(ClientError, match="OverLimit"):
        client(here, "sqs").list_queues()
    assert answer("fault", "list", folder=here)["faults"][0]["struck"] == 1
    assert answer("fault", "clear", rule["id"], folder=here)["faults"] == []
    client(here, "sqs").list_queues()
    unknown = run("fault", "clear", "fault-none", folder=here, check=False)
    assert "no fault fault-none" in unknown.stderr


def test_traces_show_the_latest_calls_and_one_whole(here: Path):
    sent = client(here, "sqs").list_queues()
    request_id = sent["ResponseMetadata"]["RequestId"]
    assert "sqs:ListQueues" in run("trace", "last", folder=here).stdout
    shown = answer("trace", "show", request_id, folder=here)["call"]
    assert (shown["service"], shown["operation"], shown["status"]) == ("sqs", "ListQueues", 200)
    assert "principal  arn:aws:iam::000000000000:root" in run("trace", "show", request_id, folder=here).stdout
    missing = run("trace", "show", "nothing", folder=here, check=False)
    assert "no call with request id nothing is remembered" in missing.stderr


def test_a_refusal_is_explained_in_plain_words(here: Path):
    iam = client(here, "iam")
    iam.create_user(UserName="ann")
    keys = iam.create_access_key(UserName="ann")["AccessKey"]
    sqs = client(here, "sqs", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"])
    with pytest.raises(ClientError) as caught:
        sqs.create_queue(QueueName="refused")
    text = run("explain", caught.value.response["ResponseMetadata"]["RequestId"], folder=here).stdout
    assert "arn:aws:iam::000000000000:user/ann asked for sqs:CreateQueue" in text
    assert "arn:aws:sqs:us-east-1:000000000000:refused" in text


def test_a_snapshot_brings_back_queues_messages_and_time(here: Path):
    sqs = client(here, "sqs")
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    run("snapshot", "save", "before", folder=here)
    then = answer("time", "show", folder=here)["offset_s"]
    run("time", "advance", "30d", folder=here)
    sqs.delete_queue(QueueUrl=url)
    assert [s["name"] for s in answer("snapshot", "list", folder=here)["snapshots"]] == ["before"]
    run("snapshot", "load", "before", folder=here)
    assert abs(answer("time", "show", folder=here)["offset_s"] - then) < 60
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"
    missing = run("snapshot", "load", "never", folder=here, check=False)
    assert "there is no snapshot named 'never' (saved: before)" in missing.stderr


def test_usage_is_counted_and_priced(here: Path):
    sqs = client(here, "sqs")
    url = sqs.create_queue(QueueName="priced")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x" * 200_000)
    found = answer("usage", folder=here)["000000000000"]
    assert found["usage"]["sqs.requests"] >= 4  # 64 KiB a request
    assert found["cost_usd"]["sqs.requests"] > 0


def test_help_lists_the_commands(tmp_path: Path):
    text = run("--help", folder=tmp_path).stdout
    for command in ("up", "down", "status", "env", "time", "fault", "trace", "explain", "snapshot"):
        assert f"  {command}" in text


def test_down_does_not_wait_for_long_polls(tmp_path: Path):
    """A consumer that polls for twenty seconds is answered with nothing, and the cloud stops."""
    run("up", "-d", "--port", "0", folder=tmp_path)
    sqs = client(tmp_path, "sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    with ThreadPoolExecutor() as pool:
        polling = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        while not answer("status", folder=tmp_path)["calls"]:
            pass
        run("down", folder=tmp_path)
        assert "Messages" not in polling.result(timeout=10)


def test_what_is_there_is_listed_shown_and_called(here: Path):
    made = answer("call", "sqs:CreateQueue", '{"QueueName": "from-the-command"}', folder=here)
    assert made["QueueUrl"].endswith("/from-the-command")
    listed = answer("resources", "list", "--type", "AWS::SQS::Queue", folder=here)
    [arn] = [one["arn"] for one in listed["resources"] if one["name"] == "from-the-command"]
    assert answer("resources", "show", arn, folder=here)["attributes"]
    nowhere = '{"QueueUrl": "http://localhost/000000000000/none"}'
    refused = run("call", "sqs:DeleteQueue", nowhere, folder=here, check=False)
    assert "NonExistentQueue" in refused.stderr
    principals = [one["principal"] for one in answer("identity", folder=here)["principals"]]
    assert "arn:aws:iam::000000000000:root" in principals


def test_calls_are_told_live_in_a_terminal(tmp_path: Path):
    """With the reason where IAM refused one."""
    with up_in_a_terminal(tmp_path) as (endpoint, until):
        iam = boto3.client("iam", endpoint_url=endpoint, region_name="us-east-1", **ROOT)
        iam.create_user(UserName="ann")
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        with pytest.raises(ClientError):
            boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", **keys).list_queues()
        assert "iam:CreateUser" in until("no identity-based policy")


def test_a_terminal_that_takes_no_more_does_not_hold_the_cloud_up(tmp_path: Path):
    with up_in_a_terminal(tmp_path) as (endpoint, until):
        sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", **ROOT)
        for number in range(600):  # some 70 KB of lines, which nobody reads
            sqs.create_queue(QueueName=f"q{number}")
        assert len(sqs.list_queues()["QueueUrls"]) == 600
        deployed = run("--endpoint", endpoint, "blueprint", "deploy", "dragons", folder=tmp_path)  # its template warns
        assert "dragons is there" in deployed.stdout
        until("calls more")


def test_a_call_is_made_again_and_the_architecture_is_printed(here: Path):
    answered = client(here, "sns").create_topic(Name="again")
    request_id = answered["ResponseMetadata"]["RequestId"]
    told = run("trace", "replay", request_id, folder=here).stdout
    again = answer("trace", "show", told.rpartition(" ")[2].strip(), folder=here)["call"]
    assert (again["operation"], again["door"], again["status"]) == ("CreateTopic", "replay", 200)
    assert answer("trace", "last", "--text", "again", folder=here)["spans"][0]["request_id"] == again["request_id"]
    printed = run("architecture", folder=here).stdout
    assert "again  AWS::SNS::Topic" in printed
    assert "→ again" in printed.partition("root  person")[2]
    failed = run("trace", "replay", "none", folder=here, check=False)
    assert (failed.returncode, "no call with request id none" in failed.stderr) == (1, True)
