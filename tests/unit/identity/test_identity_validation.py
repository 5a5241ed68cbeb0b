"""Documents IAM refuses, and the message it gives."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.identity import (
    MalformedPolicy,
    compile_policy,
    validate_identity_policy,
    validate_resource_policy,
    validate_trust_policy,
)
from tests.unit.identity.identity_samples import HERE

SYNTAX = "Syntax errors in policy."
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


def document(version: str | None = "2012-10-17", **changes: Any) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    statement.update(changes)
    body: dict[str, Any] = {} if version is None else {"Version": version}
    body["Statement"] = [{name: value for name, value in statement.items() if value is not None}]
    return json.dumps(body)


def trust(**changes: Any) -> str:
    principal = {"Service": "lambda.amazonaws.com"}
    return document(**{"Action": "sts:AssumeRole", "Resource": None, "Principal": principal, **changes})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", SYNTAX),
        ("{", SYNTAX),
        ("[]", SYNTAX),
        ("null", SYNTAX),
        ('{"Version": "2012-10-17"}', SYNTAX),
        ('{"Version": "2012-10-17", "Statement": []}', SYNTAX),
        ('{"Version": "2012-10-17", "Statement": ["x"]}', SYNTAX),
        ('{"Version": 2012, "Statement": {}}', SYNTAX),
        ('{"Version": "2012-10-17", "Statements": []}', SYNTAX),
        (document("2019-10-19"), SYNTAX),
        (document(Effect="allow"), SYNTAX),
        (document(Effect=None), SYNTAX),
        (document(Effect=["Allow"]), SYNTAX),
        (document(Nonsense=1), SYNTAX),
        (document(Sid=1), SYNTAX),
        (document(NotAction="*"), SYNTAX),
        (document(NotResource="*"), SYNTAX),
        (document(Action={"a": 1}), SYNTAX),
        (document(Action=["s3:Get*", 1]), SYNTAX),
        (document(Condition=[]), SYNTAX),
        (document(Condition={"StringEquals": "x"}), SYNTAX),
        (document(Condition={"StringEquals": {"aws:username": None}}), SYNTAX),
        (document(Condition={"StringEquals": {"aws:username": [["x"]]}}), SYNTAX),
        (document(Principal="*"), "Policy document should not specify a principal."),
        (document(NotPrincipal={"AWS": HERE}), "Policy document should not specify a principal."),
        (document(Action=None), "Policy statement must contain actions."),
        (document(Action=[]), "Policy statement must contain actions."),
        (document(Action="GetObject"), VENDOR),
        (document(Action="arn:aws:s3"), "Actions/Condition can contain only one colon."),
        (document(Action="s_3:Get"), "Vendor s_3 is not valid"),
        (document(Action="s3:Get Object"), "The policy failed legacy parsing"),
        (document(Resource=None), "Policy statement must contain resources."),
        (document(Resource=[]), "Policy statement must contain resources."),
        (document(Resource="photos"), 'Resource photos must be in ARN format or "*".'),
        (document(Resource=["*", ""]), 'Resource  must be in ARN format or "*".'),
        (
            document(Resource="arn:azure:s3:::photos"),
            'Partition "azure" is not valid for resource "arn:azure:s3:::photos".',
        ),
        (
            document(Resource="arn:aws:s*:::photos"),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (document(Resource="arn:aws:sqs:us-east-1:q"), "The policy failed legacy parsing"),
        (
            document(Resource="arn:aws:iam:us-east-1:111122223333:role/x"),
            "IAM resource arn:aws:iam:us-east-1:111122223333:role/x cannot contain region information.",
        ),
        (
            document(Resource="arn:aws:iam::111122223333:*/*"),
            (
                'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, '
                "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
                "report/, access-report/."
            ),
        ),
        (
            document(Resource="arn:aws:s3:us-west-2:111122223333:photos"),
            "Resource arn:aws:s3:us-west-2:111122223333:photos can not contain region information.",
        ),
        (document(Condition={"StringEqual": {"aws:username": "x"}}), "Invalid Condition type : StringEqual."),
        (document(Condition={"StringEquals": {"username": "x"}}), VENDOR),
        (document(Condition={"StringEquals": {"a:b:c": "x"}}), "Actions/Condition can contain only one colon."),
        (
            document(Sid="no spaces"),
            (
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                "[0-9A-Za-z]*"
            ),
        ),
    ],
)
def test_an_identity_policy_is_refused_with_the_message_of_iam(text: str, message: str) -> None:
    with pytest.raises(MalformedPolicy) as refused:
        validate_identity_policy(text)
    assert refused.value.message == message


def test_statement_ids_have_to_be_unique() -> None:
    statement = {"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement, statement]})
    with pytest.raises(MalformedPolicy, match=r"^Statement IDs \(SID\) in a single policy must be unique\.$"):
        validate_identity_policy(text)


@pytest.mark.parametrize("version", [None, "2008-10-17"])
def test_only_a_managed_policy_has_to_state_the_version_of_today(version: str | None) -> None:
    validate_identity_policy(document(version))
    with pytest.raises(MalformedPolicy, match=r"^Policy document must be version 2012-10-17 or greater\.$"):
        validate_identity_policy(document(version), managed=True)


@pytest.mark.parametrize(
    "text",
    [
        document(),
        document(Action="*"),
        document(Action="*:*"),
        document(Action=["s3:Get*", "dynamodb:?etItem"]),
        document(Action=None, NotAction="iam:*"),
        document(Resource=None, NotResource="arn:aws:s3:::photos/*"),
        document(Resource="arn:aws:codebuild:*"),
        document(Resource="arn:*:s3:::photos"),
        document(Resource="arn:aws-cn:s3:::photos"),
        document(Resource="arn:aws:iam::*:user/${aws:username}"),
        document(Resource="arn:aws:s3:us-west-2:111122223333:accesspoint/a"),
        document(Condition={"ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a", 1, True]}}),
        document(Condition={"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": "s"}}),
        document(Condition={"Null": {"aws:TokenIssueTime": True}}),
        json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": json.loads(document())["Statement"][0]}),
    ],
)
def test_a_good_identity_policy_is_accepted(text: str) -> None:
    validate_identity_policy(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "This policy contains invalid Json"),
        (trust(Resource="*"), "Has prohibited field Resource"),
        (trust(NotResource="*"), "Has prohibited field NotResource"),
        (trust(Action="s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (
            trust(Action=["sts:AssumeRole", "sts:GetCallerIdentity"]),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (trust(Action="*"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust(Principal=None), "Missing required field Principal"),
        (trust(Principal={"AWS": []}), "Missing required field Principal"),
        (trust(Principal="lambda.amazonaws.com"), SYNTAX),
        (trust(Principal={"AWS": "alice"}), 'Invalid principal in policy: "AWS":"alice"'),
        (
            trust(Principal={"AWS": f"arn:aws:iam::{HERE}:group/g"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{HERE}:group/g"',
        ),
        (trust(Principal={"Service": "lambda"}), 'Invalid principal in policy: "SERVICE":"lambda"'),
        (trust(Principal={"Robot": "x"}), 'Invalid principal in policy: "ROBOT":"x"'),
    ],
)
def test_a_trust_policy_is_refused_with_the_message_of_iam(text: str, message: str) -> None:
    with pytest.raises(MalformedPolicy) as refused:
        validate_trust_policy(text)
    assert refused.value.message == message


@pytest.mark.parametrize(
    "text",
    [
        trust(),
        trust(version="2008-10-17"),
        trust(Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
        trust(Principal="*"),
        trust(Principal={"AWS": [HERE, f"arn:aws:iam::{HERE}:root", f"arn:aws:iam::{HERE}:role/a/b"]}),
        trust(Principal={"Federated": "cognito-identity.amazonaws.com"}, Action="sts:AssumeRoleWithWebIdentity"),
        trust(Principal={"Federated": f"arn:aws:iam::{HERE}:saml-provider/Okta"}, Action="sts:AssumeRoleWithSAML"),
    ],
)
def test_a_good_trust_policy_is_accepted(text: str) -> None:
    validate_trust_policy(text)


def test_a_resource_policy_needs_a_principal_and_may_have_any_sid() -> None:
    validate_resource_policy(document(Principal="*", Sid="with spaces"))
    with pytest.raises(MalformedPolicy, match=r"^Missing required field Principal$") as refused:
        validate_resource_policy(document())
    assert refused.value.kind == "principal"


def test_a_resource_policy_may_be_held_to_the_actions_of_its_service() -> None:
    validate_resource_policy(document(Principal="*"), vendor="s3")
    with pytest.raises(MalformedPolicy, match=r"^Policy has invalid action$"):
        validate_resource_policy(document(Principal="*"), vendor="sqs")


def test_a_resource_policy_may_do_without_resource_where_the_service_says_so() -> None:
    validate_resource_policy(document(Principal="*", Resource=None), resource_required=False)
    with pytest.raises(MalformedPolicy, match=r"^Policy statement must contain resources\.$"):
        validate_resource_policy(document(Principal="*", Resource=None))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["*", "Allow"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
STATEMENTS = st.fixed_dictionaries(
    {},
    optional={
        "Sid": JSON,
        "Effect": st.just("Allow") | JSON,
        "Principal": st.just("*") | JSON | st.dictionaries(st.sampled_from(["AWS", "Service", "X"]), JSON, max_size=2),
        "NotPrincipal": JSON,
        "Action": st.just("sts:AssumeRole") | JSON,
        "NotAction": JSON,
        "Resource": st.just("*") | JSON | st.text("arn:aws*iam/", max_size=20),
        "NotResource": JSON,
        "Condition": JSON
        | st.dictionaries(
            st.sampled_from(["StringEquals", "Null", "IpAddress", "DateLessThan"]),
            JSON | st.dictionaries(st.sampled_from(["aws:a", "b"]), JSON, max_size=2),
            max_size=2,
        ),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {"Statement": STATEMENTS | st.lists(STATEMENTS, max_size=2) | JSON},
    optional={"Version": st.just("2012-10-17") | JSON, "Id": JSON},
)
TEXTS = st.one_of(st.text(), JSON.map(json.dumps), DOCUMENTS.map(json.dumps))


@given(TEXTS)
def test_no_text_makes_validation_or_compiling_fail_otherwise_than_with_malformed_policy(text: str) -> None:
    for read in (validate_identity_policy, validate_trust_policy, validate_resource_policy, compile_policy):
        try:
            read(text)
        except MalformedPolicy:
            continue


@given(DOCUMENTS.map(json.dumps))
def test_whatever_is_valid_also_compiles(text: str) -> None:
    for validate in (validate_identity_policy, validate_trust_policy, validate_resource_policy):
        try:
            validate(text)
        except MalformedPolicy:
            continue
        compile_policy(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"Statement":' * 50_000,
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ' + "[" * 5_000 + "]" * 5_000 + "}}",
        '{"Version": "2012-10-17", "Statement": ' + "9" * 10_000 + "}",
        document(Condition={"NumericEquals": {"s3:max-keys": float("nan")}}),
    ],
)
def test_monstrous_documents_are_malformed(text: str) -> None:
    for read in (validate_identity_policy, validate_trust_policy, validate_resource_policy, compile_policy):
        with pytest.raises(MalformedPolicy):
            read(text)


def test_a_document_of_many_long_patterns_compiles() -> None:
    pattern = "arn:aws:s3:::" + "a*?" * 20_000
    compile_policy(document(Resource=[pattern], Condition={"StringLike": {"s3:prefix": "a*" * 20_000}}))
