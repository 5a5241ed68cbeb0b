"""What the tests of STS share: identities to call as, and refusals to compare."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    import boto3

    from cloudchamber.testing import RunningCloud

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: Any, *actions: str, **condition: Any) -> str:
    """A trust policy; `actions` default to AssumeRole."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions) or ["sts:AssumeRole"],
    }
    if condition:
        statement["Condition"] = condition
    return document(statement)


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """(code, message) of the error a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def not_authorized(who: str, action: str, resource: str) -> tuple[str, str]:
    """The refusal to take on a role, or to tag or name the source of a session of it."""
    return "AccessDenied", f"User: {who} is not authorized to perform: {action} on resource: {resource}"


def status_of(call: Any, **parameters: Any) -> int:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return int(caught.value.response["ResponseMetadata"]["HTTPStatusCode"])


@dataclass
class Actors:
    """Makes users and roles in one account, and sessions that call as them."""

    cloud: RunningCloud
    account: str

    def __post_init__(self) -> None:
        self.root = self.cloud.session(self.account)
        self.iam = self.root.client("iam")

    def user(self, name: str, *statements: dict[str, Any]) -> boto3.Session:
        self.iam.create_user(UserName=name)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return self.cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])

    def role(self, name: str, trust_policy: str, *statements: dict[str, Any], **more: Any) -> str:
        """The ARN of a new role."""
        created = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_policy, **more)["Role"]
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
        return str(created["Arn"])

    def open_role(self, name: str, *statements: dict[str, Any], **more: Any) -> str:
        """A role that everyone in the account may assume, tag and name the source of, if their policies allow."""
        anyone = trust({"AWS": self.account}, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
        return self.role(name, anyone, *(statements or (EVERYTHING,)), **more)

    def as_session(self, answer: Any) -> boto3.Session:
        given = answer["Credentials"]
        return self.cloud.session_with(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def assumed(self, role_arn: str, by: boto3.Session | None = None, **more: Any) -> boto3.Session:
        parameters = {"RoleSessionName": "session", **more}
        return self.as_session((by or self.root).client("sts").assume_role(RoleArn=role_arn, **parameters))


def one_time_code(seed: bytes, at: float) -> str:
    """What an authenticator with that base32 seed shows at an instant (RFC 6238)."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
