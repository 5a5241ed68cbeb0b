"""AssumeRole: who may, for how long, with which session policies."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config

from cloudchamber.core.errors import AccessDenied
from cloudchamber.identity.principals import service
from tests.services.sts.sts_calls import EVERYTHING, document, refusal, status_of, trust

if TYPE_CHECKING:
    from datetime import datetime

MAY_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}


# wrong input


def broken(value, member):
    """How the message on a broken constraint begins."""
    return f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "


def unchecked(actors, session=None):
    """A client that sends what AWS's own validation is to refuse."""
    return (session or actors.root).client("sts", config=Config(parameter_validation=False))


def test_a_role_arn_and_a_session_name_are_required(actors):
    code, message = refusal(unchecked(actors).assume_role)
    assert code == "ValidationError"
    assert message.startswith("2 validation errors detected: Value null at '")
    assert "'roleArn' failed to satisfy constraint: Member must not be null" in message
    assert "'roleSessionName' failed to satisfy constraint: Member must not be null" in message


def test_a_session_name_has_no_spaces(actors):
    arn = actors.open_role("r")
    assert refusal(actors.root.client("sts").assume_role, RoleArn=arn, RoleSessionName="a b") == (
        "ValidationError",
        broken("a b", "roleSessionName") + "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    )


def test_a_session_lasts_at_least_a_quarter_of_an_hour(actors):
    arn = actors.open_role("r")
    code, message = refusal(unchecked(actors).assume_role, RoleArn=arn, RoleSessionName="me", DurationSeconds=899)
    assert code == "ValidationError"
    assert message == (
        "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have "
        "value greater than or equal to 900"
    )


def test_text_that_is_no_arn_is_invalid(sts):
    assert refusal(sts.assume_role, RoleArn="x" * 20, RoleSessionName="me") == (
        "ValidationError",
        f"{'x' * 20} is invalid",
    )


def test_the_arn_of_something_else_than_a_role_is_invalid(sts, account):
    arn = f"arn:aws:iam::{account}:user/somebody"
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me") == (
        "ValidationError",
        "Request ARN is invalid",
    )


def test_a_session_policy_has_to_be_a_policy(actors, sts):
    arn = actors.open_role("r")
    code, message = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me", Policy="{")
    assert (code, message) == ("MalformedPolicyDocument", "Syntax errors in policy.")
    with_principal = document({**EVERYTHING, "Principal": "*"})
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me", Policy=with_principal) == (
        "MalformedPolicyDocument",
        "Policy document should not specify a principal.",
    )


def test_a_session_policy_has_at_most_2048_characters(actors, sts):
    policy = document(EVERYTHING) + " " * 2048
    code, message = refusal(sts.assume_role, RoleArn=actors.open_role("r"), RoleSessionName="me", Policy=policy)
    assert code == "ValidationError"
    assert message == broken(policy, "policy") + "Member must have length less than or equal to 2048"


def test_at_most_ten_managed_session_policies(actors, sts):
    arns = [{"arn": f"arn:aws:iam::aws:policy/P{n}"} for n in range(11)]
    code, message = refusal(sts.assume_role, RoleArn=actors.open_role("r"), RoleSessionName="me", PolicyArns=arns)
    assert code == "ValidationError"
    assert message.endswith("failed to satisfy constraint: Member must have length less than or equal to 10")


def test_managed_session_policies_are_of_the_roles_account_and_exist(actors, sts, account):
    arn = actors.open_role("r")
    foreign, missing = "arn:aws:iam::999999999999:policy/P", f"arn:aws:iam::{account}:policy/P"
    for policy_arn, message in (
        (foreign, f"ARN {foreign} is not valid."),
        (missing, f"Policy {missing} does not exist or is not attachable."),
    ):
        refused = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me", PolicyArns=[{"arn": policy_arn}])
        assert refused == ("ValidationError", message)


def test_session_policies_and_tags_that_pack_too_large_are_refused(actors, sts):
    tags = [{"Key": f"key-{n}", "Value": hashlib.sha512(bytes([n])).hexdigest()} for n in range(50)]
    code, message = refusal(sts.assume_role, RoleArn=actors.open_role("r"), RoleSessionName="me", Tags=tags)
    assert code == "PackedPolicyTooLarge"
    assert re.fullmatch(r"Packed size of session tags consumes [1-9]\d\d% of allotted space\.", message)


# wrong state


def test_a_role_that_does_not_exist_answers_like_one_that_may_not_be_assumed(actors, account):
    ann = actors.user("ann", MAY_ASSUME).client("sts")
    closed = actors.role("closed", trust({"AWS": f"arn:aws:iam::{account}:root"}, Bool={"aws:SecureTransport": "true"}))
    for arn in (closed, f"arn:aws:iam::{account}:role/missing"):
        assert refusal(ann.assume_role, RoleArn=arn, RoleSessionName="me") == (
            "AccessDenied",
            f"User: arn:aws:iam::{account}:user/ann is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )
    assert status_of(ann.assume_role, RoleArn=closed, RoleSessionName="me") == 403


def test_root_is_told_of_a_missing_role_in_the_same_words(sts, account):
    arn = f"arn:aws:iam::{account}:role/missing"
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me") == (
        "AccessDenied",
        f"User: arn:aws:iam::{account}:root is not authorized to perform: sts:AssumeRole on resource: {arn}",
    )


def test_a_role_that_trusts_the_account_leaves_it_to_the_users_policies(actors):
    arn = actors.open_role("r")
    allowed, not_allowed = actors.user("allowed", MAY_ASSUME), actors.user("not-allowed")
    allowed.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")
    code, _message = refusal(not_allowed.client("sts").assume_role, RoleArn=arn, RoleSessionName="me")
    assert code == "AccessDenied"


def test_a_role_that_names_a_user_needs_no_policy_of_the_user(actors, account):
    ann, bob = actors.user("ann"), actors.user("bob", MAY_ASSUME)
    arn = actors.role("r", trust({"AWS": f"arn:aws:iam::{account}:user/ann"}))
    ann.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")
    assert refusal(bob.client("sts").assume_role, RoleArn=arn, RoleSessionName="me")[0] == "AccessDenied"


def test_across_accounts_both_sides_have_to_allow(cloud, actors):
    other = cloud.new_account()
    arn = actors.role("r", trust({"AWS": other}))
    strangers = type(actors)(cloud, other)
    with_policy, without = strangers.user("with", MAY_ASSUME), strangers.user("without")
    with_policy.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")
    assert refusal(without.client("sts").assume_role, RoleArn=arn, RoleSessionName="me")[0] == "AccessDenied"
    third = cloud.session().client("sts")
    assert refusal(third.assume_role, RoleArn=arn, RoleSessionName="me")[0] == "AccessDenied"


def test_a_session_cannot_outlast_the_roles_longest(actors, sts):
    arn = actors.open_role("r", MaxSessionDuration=7200)
    sts.assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=7200)
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me", DurationSeconds=7201) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_the_external_id_has_to_be_the_one_the_role_asks_for(actors, sts, account):
    ann = actors.user("ann", MAY_ASSUME).client("sts")
    arn = actors.role("r", trust({"AWS": account}, StringEquals={"sts:ExternalId": "secret-42"}))
    ann.assume_role(RoleArn=arn, RoleSessionName="me", ExternalId="secret-42")
    for wrong in ({"ExternalId": "secret-41"}, {}):
        assert refusal(ann.assume_role, RoleArn=arn, RoleSessionName="me", **wrong)[0] == "AccessDenied"


def test_a_role_can_ask_for_a_session_name(actors, account):
    ann = actors.user("ann", MAY_ASSUME).client("sts")
    arn = actors.role("r", trust({"AWS": account}, StringLike={"sts:RoleSessionName": "${aws:username}"}))
    ann.assume_role(RoleArn=arn, RoleSessionName="ann")
    assert refusal(ann.assume_role, RoleArn=arn, RoleSessionName="bob")[0] == "AccessDenied"


def test_contexts_of_identity_center_are_not_pretended(actors, sts):
    contexts = [{"ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter", "ContextAssertion": "abcd"}]
    arn = actors.open_role("r")
    assert status_of(sts.assume_role, RoleArn=arn, RoleSessionName="me", ProvidedContexts=contexts) == 501


# behaviour


def test_a_session_is_the_role_under_the_sessions_name(actors, sts, account):
    arn = actors.open_role("worker", Path="/team/")
    role_id = actors.iam.get_role(RoleName="worker")["Role"]["RoleId"]
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="me@home")
    session_arn = f"arn:aws:sts::{account}:assumed-role/worker/me@home"
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role_id}:me@home", "Arn": session_arn}
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert "PackedPolicySize" not in answer
    caller = actors.as_session(answer).client("sts").get_caller_identity()
    assert (caller["Arn"], caller["UserId"], caller["Account"]) == (session_arn, f"{role_id}:me@home", account)


def test_a_session_lasts_an_hour_unless_asked_otherwise(actors, sts, frozen_clock):
    arn, now = actors.open_role("r"), int(frozen_clock.now())
    for asked, lasts in (({}, 3600), ({"DurationSeconds": 900}, 900)):
        expires: datetime = sts.assume_role(RoleArn=arn, RoleSessionName="me", **asked)["Credentials"]["Expiration"]
        assert expires.timestamp() == now + lasts


def test_a_session_policy_leaves_the_intersection_with_the_roles_policies(actors):
    sqs = actors.root.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = actors.open_role("r", {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:PurgeQueue"], "Resource": "*"})
    policy = document({"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"], "Resource": "*"})
    limited = actors.assumed(arn, Policy=policy).client("sqs")
    limited.send_message(QueueUrl=queue, MessageBody="in both")
    code, message = refusal(limited.purge_queue, QueueUrl=queue)
    assert code == "AccessDenied"
    assert "because no session policy allows the sqs:PurgeQueue action" in message
    code, message = refusal(limited.receive_message, QueueUrl=queue)
    assert code == "AccessDenied"
    assert "because no identity-based policy allows the sqs:ReceiveMessage action" in message


def test_managed_session_policies_limit_too(actors, account):
    queue = actors.root.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    policy = actors.iam.create_policy(
        PolicyName="send",
        PolicyDocument=document({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}),
    )["Policy"]["Arn"]
    arn = actors.open_role("r")
    for policy_arn in (policy, "arn:aws:iam::aws:policy/AmazonSQSFullAccess"):
        limited = actors.assumed(arn, PolicyArns=[{"arn": policy_arn}])
        limited.client("sqs").send_message(QueueUrl=queue, MessageBody="m")
        assert refusal(limited.client("iam").list_users)[0] == "AccessDenied"


def test_the_answer_says_how_full_the_packed_policies_are(actors, sts):
    arn = actors.open_role("r")
    small = sts.assume_role(RoleArn=arn, RoleSessionName="me", Policy=document(EVERYTHING))
    large = sts.assume_role(
        RoleArn=arn, RoleSessionName="me",
        Policy=document(*({"Effect": "Allow", "Action": f"s3:Get{n}x{n * n}*", "Resource": "*"} for n in range(20))),
    )  # fmt: skip
    assert 0 < small["PackedPolicySize"] < large["PackedPolicySize"] <= 100


def test_a_session_token_is_as_long_as_asked_for(actors, sts):
    answer = sts.assume_role(RoleArn=actors.open_role("r"), RoleSessionName="me", MinimumSessionTokenSize=3000)
    assert len(answer["Credentials"]["SessionToken"]) == answer["SessionTokenSize"] >= 3000
    assert answer["SessionTokenUtilization"] >= 73
    assert actors.as_session(answer).client("sts").get_caller_identity()["Arn"].endswith("assumed-role/r/me")


def test_the_trust_policy_that_decided_is_on_the_span(cloud, actors, account):
    ann = actors.user("ann", MAY_ASSUME).client("sts")
    arn = actors.role("r", trust({"AWS": account}, StringEquals={"sts:ExternalId": "x1"}))
    refusal(ann.assume_role, RoleArn=arn, RoleSessionName="me")
    span = cloud.spans(operation="AssumeRole", account=account)[0]
    assert span.decision.decision.kind == "implicit_deny"
    assert "the request has no such key" in " ".join(span.decision.explain())


def test_a_service_assumes_the_roles_that_trust_it(cloud, actors, account):
    arn = actors.role("r", trust({"Service": "lambda.amazonaws.com"}), EVERYTHING)

    def assume(name):
        return cloud.run(
            lambda running: running.dispatcher.enter(
                service(name), account, "us-east-1", "sts:AssumeRole", {"RoleArn": arn, "RoleSessionName": "fn"}
            )
        )

    answer = assume("lambda.amazonaws.com")
    assert actors.as_session(answer).client("sts").get_caller_identity()["Account"] == account
    with pytest.raises(AccessDenied) as caught:
        assume("states.amazonaws.com")
    assert caught.value.message == (
        f"User: states.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: {arn}"
    )


def test_a_change_of_the_roles_policies_holds_for_sessions_at_once(actors):
    arn = actors.open_role("r")
    session = actors.assumed(arn)
    session.client("iam").list_users()
    actors.iam.put_role_policy(
        RoleName="r",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{**EVERYTHING, "Effect": "Deny"}]}),
    )
    code, message = refusal(session.client("iam").list_users)
    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_roles_tags_are_condition_keys_of_their_trust_policy(actors, account):
    ann = actors.user("ann", MAY_ASSUME).client("sts")
    policy = trust({"AWS": account}, StringEquals={"iam:ResourceTag/team": "blue", "aws:ResourceTag/team": "blue"})
    blue = actors.role("blue", policy, Tags=[{"Key": "team", "Value": "blue"}])
    red = actors.role("red", policy, Tags=[{"Key": "team", "Value": "red"}])
    ann.assume_role(RoleArn=blue, RoleSessionName="me")
    assert refusal(ann.assume_role, RoleArn=red, RoleSessionName="me")[0] == "AccessDenied"
