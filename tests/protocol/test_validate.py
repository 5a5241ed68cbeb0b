"""Broken constraints, in the very words in which users of AWS report them."""

from __future__ import annotations

from typing import Any

import pytest

from cloudchamber.core.errors import ValidationError
from cloudchamber.protocol import models
from cloudchamber.protocol.validate import compile_pattern, compile_validator


def message(service: str, operation: str, params: dict[str, Any]) -> str:
    """The message that refuses `params`; empty where they are taken."""
    validate = compile_validator(models.load(service).operation(operation).input)
    assert validate is not None
    try:
        validate(params)
    except ValidationError as error:
        return error.message
    return ""


def one(value: str, path: str, constraint: str) -> str:
    return f"1 validation error detected: Value {value} at '{path}' failed to satisfy constraint: {constraint}"


def test_a_required_member_that_is_absent_is_null() -> None:
    expected = one("null", "tableName", "Member must not be null")
    assert message("dynamodb", "DescribeTable", {}) == expected
    assert message("dynamodb", "DescribeTable", {"TableName": None}) == expected
    assert message("dynamodb", "DescribeTable", {"TableName": "t"}) == ""


def test_a_broken_constraint_is_a_validation_exception() -> None:
    validate = compile_validator(models.load("dynamodb").operation("DescribeTable").input)
    assert validate is not None
    with pytest.raises(ValidationError) as caught:
        validate({})
    assert (caught.value.code, caught.value.status) == ("ValidationException", 400)


def test_a_broken_pattern_shows_the_value_and_the_pattern() -> None:
    expected = one("'a b'", "roleName", r"Member must satisfy regular expression pattern: [\w+=,.@-]+")
    assert message("iam", "GetRole", {"RoleName": "a b"}) == expected


def test_a_pattern_is_matched_by_the_whole_value() -> None:
    pattern = r"Member must satisfy regular expression pattern: [\w+=,.@-]+"
    assert message("iam", "GetRole", {"RoleName": "role\n"}) == one("'role\n'", "roleName", pattern)


def test_a_broken_pattern_comes_before_a_broken_length() -> None:
    # As reported of sts:AssumeRole, cognito-idp:ConfirmForgotPassword and cloudformation:CreateStack.
    assert message("iam", "GetRole", {"RoleName": ""}) == (
        "2 validation errors detected: "
        r"Value '' at 'roleName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w+=,.@-]+; "
        "Value '' at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1"
    )


def test_lengths_are_told_with_their_bound() -> None:
    too_long = message("iam", "GetRole", {"RoleName": "r" * 65})
    assert too_long == one(f"'{'r' * 65}'", "roleName", "Member must have length less than or equal to 64")


@pytest.mark.parametrize(
    ("value", "constraint"),
    [
        (0, "Member must have value greater than or equal to 1"),
        (1001, "Member must have value less than or equal to 1000"),
    ],
)
def test_ranges_are_told_with_their_bound(value: int, constraint: str) -> None:
    assert message("iam", "ListUsers", {"MaxItems": value}) == one(f"'{value}'", "maxItems", constraint)


def test_an_enum_is_told_with_its_values_in_the_order_of_the_model() -> None:
    params = {"UserName": "u", "AccessKeyId": "AKIA" + "X" * 12, "Status": "On"}
    expected = one("'On'", "status", "Member must satisfy enum value set: [Active, Inactive, Expired]")
    assert message("iam", "UpdateAccessKey", params) == expected


def test_a_member_of_a_structure_in_a_list_is_named_by_its_number() -> None:
    params = {"UserName": "u", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "k"}]}
    assert message("iam", "TagUser", params) == one("null", "tags.2.member.value", "Member must not be null")


def test_a_member_of_a_structure_in_a_map_is_named_by_its_key() -> None:
    params: dict[str, Any] = {"RequestItems": {"orders": {}}}
    expected = one("null", "requestItems.orders.member.keys", "Member must not be null")
    assert message("dynamodb", "BatchGetItem", params) == expected


def test_only_the_first_letter_of_a_member_is_lowered() -> None:
    # As reported of sns:AddPermission.
    found = message("sns", "AddPermission", {"TopicArn": "t", "Label": "l", "ActionName": ["Publish"]})
    assert found == one("null", "aWSAccountId", "Member must not be null")


def test_items_of_a_list_are_shown_whole_with_all_their_constraints() -> None:
    # As reported of lambda:UpdateFunctionConfiguration and cloudformation:CreateStack.
    params = {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {}, "Architectures": ["vax"]}
    constraint = "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]"
    assert message("lambda", "CreateFunction", params) == one("'[vax]'", "architectures", constraint)


def test_values_of_a_map_are_shown_whole_with_all_their_constraints() -> None:
    # As reported of dynamodb:BatchWriteItem.
    constraint = (
        "Map value must satisfy constraint: [Member must have length less than or equal to 25, "
        "Member must have length greater than or equal to 1]"
    )
    found = message("dynamodb", "BatchWriteItem", {"RequestItems": {"orders": []}})
    assert found == one("'{orders=[]}'", "requestItems", constraint)


def test_keys_of_a_map_are_shown_whole_with_all_their_constraints() -> None:
    # As reported of events:PutTargets.
    target = {"Id": "1", "Arn": "arn:x", "InputTransformer": {"InputPathsMap": {"a b": "$.x"}, "InputTemplate": "<a>"}}
    constraint = (
        "Map keys must satisfy constraint: [Member must have length less than or equal to 256, "
        "Member must have length greater than or equal to 1, "
        r"Member must satisfy regular expression pattern: [A-Za-z0-9\_\-]+]"
    )
    found = message("events", "PutTargets", {"Rule": "r", "Targets": [target]})
    assert found == one("'{a b=$.x}'", "targets.1.member.inputTransformer.inputPathsMap", constraint)


def test_what_is_sensitive_is_not_shown() -> None:
    constraint = "Member must have length less than or equal to 65536"
    found = message("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": "s" * 65537})
    assert found == f"1 validation error detected: Value at 'secretString' failed to satisfy constraint: {constraint}"


def test_the_variables_of_a_function_are_not_shown() -> None:
    params = {
        "FunctionName": "f",
        "Role": "arn:aws:iam::123456789012:role/r",
        "Code": {},
        "Environment": {"Variables": {"FOO-BAR": "secret"}},
    }
    constraint = (
        "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
    )
    found = message("lambda", "CreateFunction", params)
    assert (
        found
        == f"1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: {constraint}"
    )


@pytest.mark.parametrize(
    ("service", "operation", "params", "paths"),
    [
        ("dynamodb", "CreateTable", {"ProvisionedThroughput": {}},
         ["provisionedThroughput.writeCapacityUnits", "provisionedThroughput.readCapacityUnits"]),
        ("dynamodb", "CreateTable", {"AttributeDefinitions": [{}]},
         ["attributeDefinitions.1.member.attributeType", "attributeDefinitions.1.member.attributeName"]),
        ("swf", "DescribeWorkflowExecution", {}, ["execution", "domain"]),
        ("sns", "AddPermission", {"TopicArn": "t"}, ["aWSAccountId", "label", "actionName"]),
        ("cognito-idp", "AdminAddUserToGroup", {"UserPoolId": "eu-west-1_abc"}, ["groupName", "username"]),
        ("acm", "RequestCertificate", {"DomainName": "ccc", "SubjectAlternativeNames": ["ccc"]},
         ["subjectAlternativeNames", "domainName"]),
        ("cognito-idp", "SignUp", {"ClientId": "c", "Password": "", "Username": ""},
         ["password", "username", "username"]),
    ],
)  # fmt: skip
def test_members_come_in_the_order_that_aws_is_reported_to_give(
    service: str, operation: str, params: dict[str, Any], paths: list[str]
) -> None:
    found = [part.split("'")[-2] for part in message(service, operation, params).split(" failed to satisfy ")[:-1]]
    wanted = [path for path in found if path in paths]
    assert wanted == paths


def test_ten_errors_are_told_at_most() -> None:
    found = message("iam", "TagUser", {"UserName": "u", "Tags": [{} for _ in range(20)]})
    assert found.startswith("10 validation errors detected: ")
    assert found.count("; ") == 9


def test_every_broken_constraint_is_counted_and_joined_by_semicolons() -> None:
    found = message("kms", "CreateAlias", {"AliasName": "no colon:", "TargetKeyId": ""})
    assert found.startswith("2 validation errors detected: Value")
    assert found.count("; ") == 1


def test_a_batch_of_sqs_names_its_entries() -> None:
    found = message("sqs", "SendMessageBatch", {"QueueUrl": "q", "Entries": [{"Id": "1"}]})
    assert found == one("null", "entries.1.member.messageBody", "Member must not be null")


def test_a_shape_that_holds_itself_is_checked_at_any_depth() -> None:
    deep: dict[str, Any] = {"S": "x"}
    for _ in range(60):
        deep = {"M": {"a": deep}}
    assert message("dynamodb", "PutItem", {"TableName": "t", "Item": {"id": deep}}) == ""
    bad = {"TableName": "t", "Item": {"id": {"M": {"k" * 65536: {"S": "x"}}}}}
    assert "Map keys must satisfy constraint" in message("dynamodb", "PutItem", bad)


def test_lengths_of_blobs_are_bytes() -> None:
    constraint = "Member must have length less than or equal to 4096"
    found = message("kms", "Encrypt", {"KeyId": "k", "Plaintext": b"x" * 4097})
    assert found.endswith(constraint)


def test_the_pattern_of_a_stream_is_not_asked() -> None:
    assert message("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": object()}) == ""


def test_java_classes_and_surrogate_pairs_of_patterns_are_understood() -> None:
    letters = compile_pattern(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")
    assert letters is not None and letters("Ünïcode 漢字") and not letters("#")
    pairs = compile_pattern(r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*")
    assert pairs is not None and pairs("😀") and not pairs("\n")
    braces = compile_pattern(r"[\u{1}-\x{10FFFF}]*".replace(r"\u{1}", r"\x{1}"))
    assert braces is not None and braces("😀") and not braces("\0")


@pytest.mark.timeout(20)
def test_a_pattern_that_takes_too_long_is_taken_as_broken() -> None:
    slow = compile_pattern(r"(a|a|aa)+(b|b)*c")
    assert slow is not None and not slow("a" * 5000 + "!")


def test_nearly_every_pattern_of_the_models_compiles() -> None:
    known = set()
    for name in ("dynamodb", "iam", "lambda", "sqs", "kms", "secretsmanager", "cognito-idp", "s3", "ec2", "athena"):
        known |= {shape.get("pattern") for shape in models.read_definition(name)["shapes"].values()} - {None}
    assert not [pattern for pattern in known if compile_pattern(pattern) is None]
