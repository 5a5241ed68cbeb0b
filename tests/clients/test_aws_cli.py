"""The AWS command line, as users have it, against a running cloud; and `awslocal` around it.

Version 1 of the CLI has hosts of its own for SQS (`queue.amazonaws.com`) and passes AWS_ENDPOINT_URL over there: SQS
gets `--endpoint-url`; other services follow the variable.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
SECONDS_MAX = 60
FAILED = 255  # as version 1 has it


def environment(account, **more):
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": "/nonexistent",
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        **more,
    }


def run(program, arguments, env):
    path = BIN / program
    if not path.exists():
        pytest.skip(f"{program} is not installed beside Python")
    done = subprocess.run(
        [sys.executable, str(path), *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(params=["http", "https"])
def env(request, cloud, account):
    more = {"AWS_ENDPOINT_URL": f"{request.param}://localhost:{cloud.port}"}
    if request.param == "https":
        more["AWS_CA_BUNDLE"] = cloud.ca_certificate
    return environment(account, **more)


def sqs(*arguments, env):
    return run("aws", ["--endpoint-url", env["AWS_ENDPOINT_URL"], "sqs", *arguments], env)


def good(*arguments, env):
    status, out, error = sqs(*arguments, env=env)
    assert (status, error) == (0, "")
    return json.loads(out) if out.strip() else None


def test_the_cli_drives_a_queue_end_to_end(env):
    url = good("create-queue", "--queue-name", "cli", env=env)["QueueUrl"]
    assert url.startswith(env["AWS_ENDPOINT_URL"])
    sent = good("send-message", "--queue-url", url, "--message-body", "héllo 日本", env=env)
    received = good("receive-message", "--queue-url", url, env=env)["Messages"][0]
    assert (received["Body"], received["MessageId"]) == ("héllo 日本", sent["MessageId"])
    handle = received["ReceiptHandle"]
    assert good("delete-message", "--queue-url", url, "--receipt-handle", handle, env=env) is None
    assert good("delete-queue", "--queue-url", url, env=env) is None


def test_the_cli_prints_errors_as_aws_words_them(cloud, account):
    env = environment(account, AWS_ENDPOINT_URL=cloud.endpoint)
    status, out, error = sqs("get-queue-url", "--queue-name", "nowhere", env=env)
    assert (status, out) == (FAILED, "")
    assert "(AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation: " in error
    assert error.strip().endswith("The specified queue does not exist.")


def test_the_cli_says_what_is_wrong_with_its_credentials(cloud, account):
    env = environment(account, AWS_ENDPOINT_URL=cloud.endpoint, AWS_SECRET_ACCESS_KEY="wrong")
    status, _, error = sqs("list-queues", env=env)
    assert status == FAILED
    assert error.strip().endswith(
        "An error occurred (SignatureDoesNotMatch) when calling the ListQueues operation: The request signature we "
        "calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
        "Consult the service documentation for details."
    )


def test_the_cli_says_what_is_not_here(cloud, account):
    env = environment(account, AWS_ENDPOINT_URL=cloud.endpoint)
    status, _, error = run("aws", ["appmesh", "list-meshes"], env)
    assert status == FAILED
    assert error.strip().endswith(
        "An error occurred (NotImplemented) when calling the ListMeshes operation: "
        "appmesh:ListMeshes exists on AWS and is not implemented in cloudchamber"
    )


def test_the_cli_does_not_trust_an_authority_it_was_not_given(cloud, account):
    cloud.ca_certificate  # noqa: B018 - there is one
    env = environment(account, AWS_ENDPOINT_URL=f"https://localhost:{cloud.port}")
    status, _, error = sqs("list-queues", env=env)
    assert status != 0
    assert "SSL validation failed" in error


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "LOCALSTACK_HOST"])
def test_awslocal_works_unchanged(cloud, account, variable):
    more = {"AWS_ENDPOINT_URL": cloud.endpoint, "LOCALSTACK_HOST": f"localhost:{cloud.port}"}
    env = environment(account, **{variable: more[variable]})
    status, out, _ = run("awslocal", ["sqs", "create-queue", "--queue-name", "local"], env)  # it warns of its own age
    assert status == 0
    assert json.loads(out)["QueueUrl"] == f"{cloud.endpoint}/{account}/local"


def answer(*arguments, env):
    status, out, error = run("aws", [*arguments, "--output", "json"], env)
    assert (status, error) == (0, "")
    return json.loads(out) if out.strip() else None


def test_the_cli_drives_iam_and_sts_end_to_end(env, account):
    """A user is made, refused, allowed, and takes on a role; each step through the command line."""
    answer("iam", "create-user", "--user-name", "ann", env=env)
    key = answer("iam", "create-access-key", "--user-name", "ann", env=env)["AccessKey"]
    anns = {**env, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    assert answer("sts", "get-caller-identity", env=anns)["Arn"] == f"arn:aws:iam::{account}:user/ann"
    status, _, error = sqs("create-queue", "--queue-name", "q", env=anns)
    assert status == FAILED
    assert error.strip().endswith(
        "An error occurred (AccessDenied) when calling the CreateQueue operation: "
        f"User: arn:aws:iam::{account}:user/ann is not authorized to perform: sqs:CreateQueue "
        f"on resource: arn:aws:sqs:us-east-1:{account}:q "
        "because no identity-based policy allows the sqs:CreateQueue action"
    )
    allow = {"Effect": "Allow", "Action": ["sqs:CreateQueue", "sts:AssumeRole"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    answer("iam", "put-user-policy", "--user-name", "ann", "--policy-name", "p", "--policy-document", document, env=env)
    assert good("create-queue", "--queue-name", "q", env=anns)["QueueUrl"].endswith("/q")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
    trusting = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = answer("iam", "create-role", "--role-name", "r", "--assume-role-policy-document", trusting, env=env)["Role"]
    assumed = answer("sts", "assume-role", "--role-arn", role["Arn"], "--role-session-name", "me", env=anns)
    lent = assumed["Credentials"]
    roles = {
        **env,
        "AWS_ACCESS_KEY_ID": lent["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": lent["SecretAccessKey"],
        "AWS_SESSION_TOKEN": lent["SessionToken"],
    }
    assert answer("sts", "get-caller-identity", env=roles)["Arn"] == f"arn:aws:sts::{account}:assumed-role/r/me"
