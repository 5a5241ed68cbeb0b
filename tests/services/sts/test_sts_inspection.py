"""GetCallerIdentity, GetAccessKeyInfo, DecodeAuthorizationMessage, and what is not here."""

from __future__ import annotations

import json

import httpx
import pytest
from botocore.config import Config

from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.service import Check
from cloudchamber.identity.principals import ANONYMOUS
from tests.services.sts.sts_calls import EVERYTHING, document, refusal, status_of

UNCHECKED = Config(parameter_validation=False)
BROKEN = "1 validation error detected: Value "


# wrong input


def test_a_key_id_is_required(actors):
    sts = actors.root.client("sts", config=UNCHECKED)
    assert refusal(sts.get_access_key_info) == (
        "ValidationError",
        BROKEN + "null at 'accessKeyId' failed to satisfy constraint: Member must not be null",
    )


@pytest.mark.parametrize(
    ("key_id", "constraint"),
    [
        ("AKIA", "Member must have length greater than or equal to 16"),
        ("AKIA-IOSFODNN7EXAMPLE", "Member must satisfy regular expression pattern: [\\w]*"),
    ],
)
def test_a_key_id_has_the_form_of_one(actors, key_id, constraint):
    sts = actors.root.client("sts", config=UNCHECKED)
    assert refusal(sts.get_access_key_info, AccessKeyId=key_id) == (
        "ValidationError",
        f"1 validation error detected: Value '{key_id}' at 'accessKeyId' failed to satisfy constraint: {constraint}",
    )


@pytest.mark.parametrize("message", ["x", "AAAA" * 30, "no base64 at all!", "é" * 40, "=" * 12])
def test_only_messages_of_this_cloud_can_be_decoded(sts, message):
    assert refusal(sts.decode_authorization_message, EncodedMessage=message) == (
        "InvalidAuthorizationMessageException",
        "Message is not valid",
    )


# wrong state


def test_an_unknown_key_belongs_to_nobody(sts):
    code, _message = refusal(sts.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    assert code == "InvalidClientTokenId"


def test_decoding_and_looking_up_keys_need_permissions(actors, account):
    ann = actors.user("ann").client("sts")
    for call, parameters, action in (
        (ann.decode_authorization_message, {"EncodedMessage": "x"}, "DecodeAuthorizationMessage"),
        (ann.get_access_key_info, {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, "GetAccessKeyInfo"),
    ):
        code, message = refusal(call, **parameters)
        assert code == "AccessDenied"
        assert message.startswith(f"User: arn:aws:iam::{account}:user/ann is not authorized to perform: sts:{action}")


def test_a_call_without_a_signature_is_nobody(cloud):
    answer = httpx.post(
        cloud.endpoint, data={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
        headers={"host": "sts.us-east-1.localhost"},
    )  # fmt: skip
    assert answer.status_code == 403
    assert "<Code>MissingAuthenticationToken</Code>" in answer.text


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("assume_root", {"TargetPrincipal": "123456789012", "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/x"}}),
        ("get_web_identity_token", {"Audience": ["x"], "SigningAlgorithm": "ES384"}),
        ("get_delegated_access_token", {"TradeInToken": "x"}),
    ],
)
def test_what_is_not_here_says_so(sts, operation, parameters):
    assert status_of(getattr(sts, operation), **parameters) == 501


# behaviour


def test_everyone_learns_who_they_are_whatever_policies_say(cloud, actors, account):
    denied = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}
    ann, root = actors.user("ann", denied), actors.root
    ann_id = actors.iam.get_user(UserName="ann")["User"]["UserId"]
    federated = actors.as_session(root.client("sts").get_federation_token(Name="bob"))
    for session, arn, user_id in (
        (root, f"arn:aws:iam::{account}:root", account),
        (ann, f"arn:aws:iam::{account}:user/ann", ann_id),
        (federated, f"arn:aws:sts::{account}:federated-user/bob", f"{account}:bob"),
        (cloud.session_with("test", "test"), "arn:aws:iam::000000000000:root", "000000000000"),
    ):
        caller = session.client("sts").get_caller_identity()
        assert (caller["Arn"], caller["UserId"]) == (arn, user_id)


def test_a_keys_account_is_told(cloud, actors, account):
    actors.iam.create_user(UserName="ann")
    key = actors.iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    session = actors.root.client("sts").get_session_token()["Credentials"]["AccessKeyId"]
    other = cloud.session().client("sts", config=UNCHECKED)
    for key_id, owner in ((key, account), (session, account), (account, account), ("test", "0" * 12)):
        assert other.get_access_key_info(AccessKeyId=key_id)["Account"] == owner


def test_a_temporary_keys_account_is_told_long_after_it_ended(actors, sts, account, frozen_clock):
    key = sts.get_session_token()["Credentials"]["AccessKeyId"]
    frozen_clock.advance(365 * 86_400)
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == account


def test_a_refusal_can_be_encoded_and_decoded_again(cloud, actors, sts, account):
    ann = actors.user("ann", {**EVERYTHING, "Effect": "Deny", "Sid": "Never"})
    refusal(ann.client("sqs").create_queue, QueueName="q")
    asked = Check("sqs:CreateQueue", f"arn:aws:sqs:us-east-1:{account}:q")

    def encode(running):
        span = new_span("sqs", "CreateQueue", "r", None, running.clock.now())
        who = next(
            running.traces.latest(lambda one: one.operation == "CreateQueue" and one.account == account)
        ).identity
        ctx = running.dispatcher.open(span, who, account, "us-east-1", INTERNAL)
        request = {"Ruling": running.dispatcher.authorize.rule(ctx, asked)}
        return running.dispatcher.enter(ANONYMOUS, account, "us-east-1", "sts:encode_authorization_message", request)

    message = cloud.run(encode)["EncodedMessage"]
    decoded = json.loads(sts.decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, True)
    assert decoded["matchedStatements"]["items"] == [{"statementId": "Never", "effect": "DENY"}]
    context = decoded["context"]
    assert context["principal"]["arn"] == f"arn:aws:iam::{account}:user/ann"
    assert context["action"] == "sqs:CreateQueue"
    assert context["resource"] == f"arn:aws:sqs:us-east-1:{account}:q"
    stranger = cloud.session().client("sts")
    assert refusal(stranger.decode_authorization_message, EncodedMessage=message)[1] == "Message is not valid"
    changed = message[:-1] + ("A" if message[-1] != "A" else "B")
    assert refusal(sts.decode_authorization_message, EncodedMessage=changed)[1] == "Message is not valid"


def test_a_session_policy_can_forbid_decoding(actors):
    policy = document({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    session = actors.assumed(actors.open_role("r"), Policy=policy).client("sts")
    code, message = refusal(session.decode_authorization_message, EncodedMessage="x")
    assert code == "AccessDenied"
    assert message.endswith("because no session policy allows the sts:DecodeAuthorizationMessage action")
