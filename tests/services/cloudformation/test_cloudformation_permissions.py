"""As whom a stack's calls are made: as who asked, or as its role; and who may do what to stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.calls import refused
from tests.services.cloudformation.cfn_calls import QUEUE, Stacks

TRUST = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
}


def allow(*actions: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.fixture
def user(cloud, aws: Any) -> Any:
    """`user(policy)` gives a user's CloudFormation client."""
    iam = aws.client("iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    session = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])

    def make(policy: str) -> Any:
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy)
        return session.client("cloudformation")

    return make


def role(aws: Any, *actions: str) -> str:
    iam = aws.client("iam")
    arn = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="deployer", PolicyName="p", PolicyDocument=allow(*actions))
    return str(arn)


def test_calls_are_made_as_who_asks(cloud, user: Any, account: str):
    stacks = Stacks(cloud, user(allow("cloudformation:*")))
    assert stacks.create(QUEUE)["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.reasons()["Q"]
    assert f"User: arn:aws:iam::{account}:user/u is not authorized to perform: sqs:" in reason
    assert reason.endswith("HandlerErrorCode: AccessDenied)")
    user(allow("cloudformation:*", "sqs:*"))
    assert stacks.create(QUEUE, "t")["StackStatus"] == "CREATE_COMPLETE"


def test_calls_are_made_as_the_stacks_role(cloud, aws: Any, user: Any, account: str):
    arn = role(aws, "sqs:*")
    stacks = Stacks(cloud, user(allow("cloudformation:*")))
    with refused("AccessDenied", status=403) as caught:
        stacks.create(QUEUE, RoleARN=arn)
    assert "is not authorized to perform: iam:PassRole" in caught.value.response["Error"]["Message"]
    user(allow("cloudformation:*", "iam:PassRole"))
    stack = stacks.create(QUEUE, RoleARN=arn)
    assert (stack["StackStatus"], stack["RoleARN"]) == ("CREATE_COMPLETE", arn)
    (span,) = cloud.spans(operation="CreateQueue", account=account)
    assert span.principal == f"arn:aws:sts::{account}:assumed-role/deployer/AWSCloudFormation"
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"  # also as the role


def test_a_role_that_does_not_trust_cloudformation(aws: Any, stacks: Stacks):
    trust = json.dumps(TRUST).replace("cloudformation", "lambda")
    arn = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    with refused("ValidationError", f"Role {arn} is invalid or cannot be assumed"):
        stacks.create(QUEUE, RoleARN=arn)


def test_a_role_that_has_gone(aws: Any, stacks: Stacks):
    arn, iam = role(aws, "sqs:*"), aws.client("iam")
    stacks.create(QUEUE, RoleARN=arn)
    iam.delete_role_policy(RoleName="deployer", PolicyName="p")
    iam.delete_role(RoleName="deployer")
    stack = stacks.delete()
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == f"Role {arn} is invalid or cannot be assumed"
    assert stacks.delete(RoleARN=role(aws, "sqs:*"))["StackStatus"] == "DELETE_COMPLETE"


def test_permission_is_asked_for_the_stack(cloud, user: Any, account: str):
    arn = f"arn:aws:cloudformation:us-east-1:{account}:stack/mine/*"
    client = user(json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "cloudformation:*", "Resource": arn},
            {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
        ],
    }))  # fmt: skip
    stacks = Stacks(cloud, client)
    assert stacks.create(QUEUE, "mine")["StackStatus"] == "CREATE_COMPLETE"
    with refused("AccessDenied", status=403) as caught:
        stacks.create(QUEUE, "other")
    message = caught.value.response["Error"]["Message"]
    assert message.startswith(f"User: arn:aws:iam::{account}:user/u is not authorized to perform: ")
    assert "cloudformation:CreateStack on resource: arn:aws:cloudformation:us-east-1" in message
