"""SSESpecification: tables encrypted with keys in KMS."""

import pytest
from botocore.exceptions import ClientError

from tests.services.dynamodb.table_calls import described, invalid, table_request

KMS = {"Enabled": True, "SSEType": "KMS"}


def encrypted(ddb, name="tab", **specification):
    return ddb.create_table(**table_request(name, "pk:S", SSESpecification=specification))["TableDescription"]


@pytest.fixture
def key(aws):
    """The ARN of a key."""
    return aws.client("kms").create_key()["KeyMetadata"]["Arn"]


# wrong input


def test_the_only_type_is_kms(ddb):
    with invalid("The only valid SSEType is KMS"):
        encrypted(ddb, Enabled=True, SSEType="AES256")


def test_a_key_is_named_with_its_type(ddb, key):
    with invalid("SSEType KMS is required if KMSMasterKeyId is specified"):
        encrypted(ddb, Enabled=True, KMSMasterKeyId=key)
    with invalid("SSEType and KMSMasterKeyId cannot be specified when server-side encryption is disabled"):
        encrypted(ddb, Enabled=False, SSEType="KMS", KMSMasterKeyId=key)


# wrong state


def kms_error(ddb, **specification):
    with pytest.raises(ClientError) as caught:
        encrypted(ddb, **specification)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert ddb.list_tables()["TableNames"] == []
    return error["Message"]


def test_the_key_exists(ddb, key):
    missing = key[:-4] + "0000"
    message = kms_error(ddb, **KMS, KMSMasterKeyId=missing)
    assert message.startswith(
        f"KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Key '{missing}' does not exist "
        "(Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: "
    )


def test_the_key_can_be_used(ddb, aws, key):
    aws.client("kms").disable_key(KeyId=key)
    message = kms_error(ddb, **KMS, KMSMasterKeyId=key)
    assert f"com.amazonaws.services.kms.model.DisabledException: {key} is disabled." in message
    signing = aws.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    assert "InvalidKeyUsageException" in kms_error(ddb, **KMS, KMSMasterKeyId=signing)


def test_the_caller_may_use_the_key(aws, cloud, key):
    iam = aws.client("iam")
    iam.create_user(UserName="u")
    allowed = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}}'
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=allowed)
    keys = iam.create_access_key(UserName="u")["AccessKey"]
    theirs = cloud.session_with(keys["AccessKeyId"], keys["SecretAccessKey"]).client("dynamodb")
    with pytest.raises(ClientError) as caught:
        encrypted(theirs, **KMS, KMSMasterKeyId=key)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].startswith(
        "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: User: "
    )


def test_a_table_is_given_another_key_than_it_has(ddb, key):
    encrypted(ddb, **KMS, KMSMasterKeyId=key)
    with invalid("Table is already encrypted by given KMSMasterKeyId"):
        ddb.update_table(TableName="tab", SSESpecification={**KMS, "KMSMasterKeyId": key})
    ddb.update_table(TableName="tab", SSESpecification={"Enabled": False})
    with invalid("Table is already encrypted by default"):
        ddb.update_table(TableName="tab", SSESpecification={"Enabled": False})


# behaviour


def test_a_table_with_dynamodbs_own_key_shows_none(ddb):
    encrypted(ddb, Enabled=False)
    assert "SSEDescription" not in described(ddb, "tab")


def test_without_a_key_it_is_the_one_aws_manages(ddb, aws):
    encrypted(ddb, Enabled=True)
    arn = aws.client("kms").describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"]
    assert described(ddb, "tab")["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn}


def test_a_key_is_named_by_id_or_alias_and_shown_by_its_arn(ddb, aws, key):
    aws.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=key)
    for n, name in enumerate((key, key.rpartition("/")[2], "alias/mine")):
        encrypted(ddb, f"tab{n}", **KMS, KMSMasterKeyId=name)
        assert described(ddb, f"tab{n}")["SSEDescription"]["KMSMasterKeyArn"] == key


def test_the_key_can_be_changed(ddb, key, cloud):
    encrypted(ddb, Enabled=False)
    answer = ddb.update_table(TableName="tab", SSESpecification={**KMS, "KMSMasterKeyId": key})["TableDescription"]
    assert answer["SSEDescription"]["Status"] == "UPDATING"
    found = described(ddb, "tab")
    assert found["SSEDescription"]["Status"] == "ENABLED"
    assert cloud.look(lambda c: c.directory.find(found["TableArn"]).links) == (key,)
