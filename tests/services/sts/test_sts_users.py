"""GetSessionToken and GetFederationToken: what users can make of their long-term credentials."""

from __future__ import annotations

import pytest
from botocore.config import Config

from tests.services.sts.sts_calls import EVERYTHING, document, not_authorized, one_time_code, refusal, trust

FEDERATE = {"Effect": "Allow", "Action": ["sts:GetFederationToken", "sts:TagSession"], "Resource": "*"}
LIST_USERS = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
LIST_QUEUES = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}


@pytest.fixture
def ann(actors):
    return actors.user("ann", EVERYTHING)


@pytest.fixture
def device(actors, ann, clock):
    """(serial number, seed) of ann's MFA device."""
    made = actors.iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]
    serial, seed = made["SerialNumber"], made["Base32StringSeed"]
    now = clock.now()
    first, second = (one_time_code(seed, at) for at in (now - 30, now))
    actors.iam.enable_mfa_device(
        UserName="ann", SerialNumber=serial, AuthenticationCode1=first, AuthenticationCode2=second
    )
    clock.advance(30)  # a code is good once
    return serial, seed


# wrong input


def test_a_duration_is_between_a_quarter_of_an_hour_and_a_day_and_a_half(ann):
    sts = ann.client("sts", config=Config(parameter_validation=False))
    for call, more in ((sts.get_session_token, {}), (sts.get_federation_token, {"Name": "bob"})):
        code, message = refusal(call, DurationSeconds=899, **more)
        assert code == "ValidationError"
        assert message.endswith("Member must have value greater than or equal to 900")
        code, message = refusal(call, DurationSeconds=129_601, **more)
        assert code == "ValidationError"
        assert message.endswith("Member must have value less than or equal to 129600")


@pytest.mark.parametrize(
    ("name", "constraint"),
    [
        ("a", "Member must have length greater than or equal to 2"),
        ("a" * 33, "Member must have length less than or equal to 32"),
        ("a b", "Member must satisfy regular expression pattern: [\\w+=,.@-]*"),
    ],
)
def test_a_federated_user_has_a_short_plain_name(ann, name, constraint):
    sts = ann.client("sts", config=Config(parameter_validation=False))
    assert refusal(sts.get_federation_token, Name=name) == (
        "ValidationError",
        f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: {constraint}",
    )


def test_an_mfa_code_and_the_device_come_together(ann):
    for half in ({"SerialNumber": "arn:aws:iam::123456789012:mfa/ann"}, {"TokenCode": "123456"}):
        assert refusal(ann.client("sts").get_session_token, **half) == (
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )


# wrong state


def test_sessions_cannot_make_sessions_of_users(actors, ann):
    sessions = [
        actors.assumed(actors.open_role("r")),
        actors.as_session(ann.client("sts").get_session_token()),
        actors.as_session(ann.client("sts").get_federation_token(Name="bob", Policy=document(EVERYTHING))),
        actors.as_session(actors.root.client("sts").get_session_token()),
    ]
    for session in sessions:
        sts = session.client("sts")
        assert refusal(sts.get_session_token) == (
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        )
        assert refusal(sts.get_federation_token, Name="bob") == (
            "AccessDenied",
            "Cannot call GetFederationToken with session credentials",
        )


def test_a_users_own_session_may_assume_roles_and_ask_who_it_is_and_nothing_else_of_sts(actors, ann, account):
    session = actors.as_session(ann.client("sts").get_session_token()).client("sts")
    assert session.get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/ann"
    session.assume_role(RoleArn=actors.open_role("r"), RoleSessionName="me")
    assert refusal(session.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")[0] == "AccessDenied"
    assert refusal(session.decode_authorization_message, EncodedMessage="x")[0] == "AccessDenied"


def test_a_federated_user_may_only_ask_who_it_is(actors, ann, account):
    answer = ann.client("sts").get_federation_token(Name="bob", Policy=document(EVERYTHING))
    session, role = actors.as_session(answer).client("sts"), actors.open_role("r")
    session.get_caller_identity()
    refused = refusal(session.assume_role, RoleArn=role, RoleSessionName="me")
    assert refused == not_authorized(f"arn:aws:sts::{account}:federated-user/bob", "sts:AssumeRole", role)


def test_federation_needs_a_permission_and_tags_one_more(actors, account):
    nobody = actors.user("nobody").client("sts")
    untagged = actors.user("untagged", {**FEDERATE, "Action": "sts:GetFederationToken"}).client("sts")
    resource = f"arn:aws:sts::{account}:federated-user/bob"
    assert refusal(nobody.get_federation_token, Name="bob") == (
        "AccessDenied",
        not_authorized(f"arn:aws:iam::{account}:user/nobody", "sts:GetFederationToken", resource)[1]
        + " because no identity-based policy allows the sts:GetFederationToken action",
    )
    untagged.get_federation_token(Name="bob")
    code, message = refusal(untagged.get_federation_token, Name="bob", Tags=[{"Key": "a", "Value": "b"}])
    assert code == "AccessDenied"
    assert message.startswith(
        f"User: arn:aws:iam::{account}:user/untagged is not authorized to perform: sts:TagSession on resource: "
    )


def test_a_wrong_mfa_code_is_refused(ann, device):
    serial, _seed = device
    assert refusal(ann.client("sts").get_session_token, SerialNumber=serial, TokenCode="000000") == (
        "AccessDenied",
        "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    )


def test_a_device_that_is_not_the_callers_is_refused(actors, ann, device, account):
    text = (
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
        "valid and associated with this user."
    )
    unable = ("AccessDenied", text)
    missing = f"arn:aws:iam::{account}:mfa/missing"
    assert refusal(ann.client("sts").get_session_token, SerialNumber=missing, TokenCode="123456") == unable
    root = actors.root.client("sts")
    assert refusal(root.get_session_token, SerialNumber=device[0], TokenCode="123456") == unable


# behaviour


def test_a_session_token_needs_no_permission_and_keeps_the_users(actors, account):
    bob = actors.user("bob", LIST_QUEUES)
    answer = bob.client("sts").get_session_token()
    session = actors.as_session(answer)
    caller = session.client("sts").get_caller_identity()
    assert caller["Arn"] == f"arn:aws:iam::{account}:user/bob"
    assert caller["UserId"] == actors.iam.get_user(UserName="bob")["User"]["UserId"]
    session.client("sqs").list_queues()
    assert refusal(session.client("sqs").create_queue, QueueName="q")[0] == "AccessDenied"


def test_durations_default_to_twelve_hours_for_users_and_are_an_hour_at_most_for_root(actors, ann, frozen_clock):
    now = int(frozen_clock.now())
    for session, asked, lasts in (
        (ann, {}, 43_200),
        (ann, {"DurationSeconds": 129_600}, 129_600),
        (actors.root, {}, 3600),
        (actors.root, {"DurationSeconds": 900}, 900),
        (actors.root, {"DurationSeconds": 43_200}, 3600),
    ):
        sts = session.client("sts")
        for answer in (sts.get_session_token(**asked), sts.get_federation_token(Name="bob", **asked)):
            assert answer["Credentials"]["Expiration"].timestamp() == now + lasts


def test_roots_session_is_root(actors, sts, account):
    session = actors.as_session(sts.get_session_token())
    assert session.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:root"
    session.client("sqs").create_queue(QueueName="q")


def test_a_federated_user_has_what_both_the_user_and_the_session_policy_allow(actors, account):
    broker = actors.user("broker", FEDERATE, LIST_QUEUES).client("sts")
    answer = broker.get_federation_token(Name="bob", Policy=document({**LIST_QUEUES, "Action": "sqs:*"}))
    assert answer["FederatedUser"] == {
        "FederatedUserId": f"{account}:bob",
        "Arn": f"arn:aws:sts::{account}:federated-user/bob",
    }
    assert answer["PackedPolicySize"] > 0
    session = actors.as_session(answer)
    caller = session.client("sts").get_caller_identity()
    assert (caller["Arn"], caller["UserId"]) == (f"arn:aws:sts::{account}:federated-user/bob", f"{account}:bob")
    session.client("sqs").list_queues()
    assert refusal(session.client("sqs").create_queue, QueueName="q")[0] == "AccessDenied"


def test_a_federated_user_without_a_policy_has_only_what_resources_grant(actors, ann, account):
    session = actors.as_session(ann.client("sts").get_federation_token(Name="bob")).client("sqs")
    assert refusal(session.list_queues)[0] == "AccessDenied"
    grant = document({
        "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*",
        "Principal": {"AWS": f"arn:aws:sts::{account}:federated-user/bob"},
    })  # fmt: skip
    queue = actors.root.client("sqs").create_queue(QueueName="q", Attributes={"Policy": grant})["QueueUrl"]
    session.send_message(QueueUrl=queue, MessageBody="m")


def test_a_federated_users_tags_cover_the_users_own(actors):
    actors.user("broker", FEDERATE, {
        **LIST_QUEUES, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}},
    })  # fmt: skip
    actors.iam.tag_user(UserName="broker", Tags=[{"Key": "Team", "Value": "red"}])
    key = actors.iam.create_access_key(UserName="broker")["AccessKey"]
    broker = actors.cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("sts")
    policy = document(EVERYTHING)
    plain = broker.get_federation_token(Name="bob", Policy=policy)
    blue = broker.get_federation_token(Name="bob", Policy=policy, Tags=[{"Key": "team", "Value": "blue"}])
    assert refusal(actors.as_session(plain).client("sqs").list_queues)[0] == "AccessDenied"
    actors.as_session(blue).client("sqs").list_queues()


def test_a_session_with_mfa_may_what_policies_keep_for_mfa(actors, device, clock):
    serial, seed = device
    actors.iam.put_user_policy(
        UserName="ann", PolicyName="p",
        PolicyDocument=document({**LIST_QUEUES, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
    )  # fmt: skip
    key = actors.iam.create_access_key(UserName="ann")["AccessKey"]
    ann = actors.cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])
    without = actors.as_session(ann.client("sts").get_session_token()).client("sqs")
    code = one_time_code(seed, clock.now())
    proved = ann.client("sts").get_session_token(SerialNumber=serial, TokenCode=code)
    assert refusal(ann.client("sqs").list_queues)[0] == "AccessDenied"
    assert refusal(without.list_queues)[0] == "AccessDenied"
    actors.as_session(proved).client("sqs").list_queues()


def test_a_role_can_ask_for_mfa(actors, ann, device, account, clock):
    serial, seed = device
    arn = actors.role("r", trust({"AWS": account}, Bool={"aws:MultiFactorAuthPresent": "true"}), EVERYTHING)
    sts = ann.client("sts")
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me")[0] == "AccessDenied"
    wrong = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me", SerialNumber=serial, TokenCode="000000")
    assert wrong == ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    code = one_time_code(seed, clock.now())
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="me", SerialNumber=serial, TokenCode=code)
    # AWS: "the temporary credentials returned by AssumeRole do not include MFA information in the context"
    chained = actors.as_session(answer).client("sts")
    assert refusal(chained.assume_role, RoleArn=arn, RoleSessionName="me")[0] == "AccessDenied"


def test_a_session_with_mfa_may_assume_a_role_that_asks_for_it(actors, ann, device, account, clock):
    serial, seed = device
    arn = actors.role("r", trust({"AWS": account}, Bool={"aws:MultiFactorAuthPresent": "true"}))
    code = one_time_code(seed, clock.now())
    proved = ann.client("sts").get_session_token(SerialNumber=serial, TokenCode=code)
    actors.assumed(arn, by=actors.as_session(proved))
