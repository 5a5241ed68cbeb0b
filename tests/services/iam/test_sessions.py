"""Which temporary credentials IAM takes.

AWS: "You cannot call any IAM API operations unless MFA authentication information is included in the request"
(GetSessionToken), "You cannot use these credentials to call any IAM API operations" (GetFederationToken).
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

INVALID = ("InvalidClientTokenId", "The security token included in the request is invalid", 403)


def session_of(cloud, credentials):
    return cloud.session_with(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def refusal(call) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def test_a_session_token_without_mfa_cannot_call_iam(cloud, aws):
    credentials = aws.client("sts").get_session_token()["Credentials"]
    session = session_of(cloud, credentials)
    assert refusal(session.client("iam").list_users) == INVALID
    assert "QueueUrls" not in session.client("sqs").list_queues()


def test_a_federated_user_cannot_call_iam_whatever_its_policy_says(cloud, aws):
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    credentials = aws.client("sts").get_federation_token(Name="fred", Policy=policy)["Credentials"]
    assert refusal(session_of(cloud, credentials).client("iam").list_users) == INVALID


def test_a_role_session_may_call_iam(cloud, aws, account):
    iam = aws.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"},
    }
    role = iam.create_role(RoleName="admin", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.attach_role_policy(RoleName="admin", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    credentials = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
    assert session_of(cloud, credentials).client("iam").list_users()["Users"] == []


def test_a_boundary_that_is_gone_bounds_everything(cloud, aws, account):
    """AWS keeps a policy from being deleted while it bounds someone; an update of AWS's own policies may drop one."""
    iam = aws.client("iam")
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}
    )
    arn = iam.create_policy(PolicyName="bound", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_user(UserName="ann", PermissionsBoundary=arn)
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    sqs = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("sqs")
    sqs.list_queues()
    cloud.look(lambda c: c.registry.get("iam").service.store.policies.delete(account, "bound"))
    cloud.look(lambda c: c.identities.changed())
    assert refusal(sqs.list_queues)[0] == "AccessDenied"
