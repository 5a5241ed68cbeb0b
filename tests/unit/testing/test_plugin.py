"""The pytest plugin as its users have it: in a project of their own, with nothing but the fixtures."""

from __future__ import annotations

pytest_plugins = ["pytester"]

USERS_TESTS = """
import json
import pytest
from botocore.exceptions import ClientError


def test_a_session_on_an_account_of_its_own(aws, account):
    assert aws.client("sts").get_caller_identity()["Account"] == account
    aws.client("sqs").create_queue(QueueName="shared-name")


def test_another_test_sees_nothing_of_it(aws):
    assert "QueueUrls" not in aws.client("sqs").list_queues()


def test_time_is_moved(aws, frozen_clock):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    frozen_clock.advance(900)
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "later"


def test_the_clock_flows_again_afterwards(clock):
    first = clock.now()
    while clock.now() == first:
        pass


def test_calls_fail_on_purpose(aws, faults, account):
    faults.add("error", service="sqs", account=account, code="OverLimit", status=403)
    with pytest.raises(ClientError, match="OverLimit"):
        aws.client("sqs").list_queues()


def test_faults_are_gone_afterwards(aws):
    aws.client("sqs").list_queues()


def test_other_principals_are_enforced(cloud, aws):
    iam = aws.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])
    with pytest.raises(ClientError, match="AccessDenied"):
        ann.client("sqs").list_queues()
"""


def test_the_fixtures_work_in_a_project_of_their_own(pytester):
    pytester.makepyfile(USERS_TESTS)
    pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=7)


def test_a_project_that_uses_no_fixture_pays_for_no_cloud(pytester):
    pytester.makepyfile("""
import sys

def test_nothing_of_the_cloud_is_loaded():
    assert "cloudchamber.cloud" not in sys.modules
    assert "boto3" not in sys.modules
""")
    pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=1)
