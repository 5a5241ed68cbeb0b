"""S3's resource types: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.resources.stack_calls import Stack


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    return client("s3")


def code_of(call: Any, **named: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**named)
    return str(caught.value.response["Error"]["Code"])


def test_a_bucket_gets_a_lower_case_name_and_shows_where_it_is(stack: Stack, s3: Any):
    bucket = stack.create("AWS::S3::Bucket")
    assert bucket.ref == f"stack-bucket1-{stack.account}"
    assert bucket.made.attributes == {
        "Arn": f"arn:aws:s3:::{bucket.ref}",
        "DomainName": f"{bucket.ref}.s3.amazonaws.com",
        "DualStackDomainName": f"{bucket.ref}.s3.dualstack.us-east-1.amazonaws.com",
        "RegionalDomainName": f"{bucket.ref}.s3.us-east-1.amazonaws.com",
        "WebsiteURL": f"http://{bucket.ref}.s3-website-us-east-1.amazonaws.com",
    }
    bucket.delete()
    assert code_of(s3.head_bucket, Bucket=bucket.ref) == "404"
    bucket.delete()


def test_a_bucket_of_another_region_is_there(stack: Stack, client: Any):
    stack.region = "eu-central-1"
    bucket = stack.create("AWS::S3::Bucket", BucketName=f"far-{stack.account}")
    where = client("s3", "eu-central-1").get_bucket_location(Bucket=bucket.ref)
    assert where["LocationConstraint"] == "eu-central-1"
    assert bucket.att("WebsiteURL") == f"http://{bucket.ref}.s3-website.eu-central-1.amazonaws.com"


def test_a_bucket_that_is_there_is_not_taken_over(stack: Stack, s3: Any):
    name = f"mine-{stack.account}"
    s3.create_bucket(Bucket=name)
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::S3::Bucket", BucketName=name)
    assert caught.value.message == f"Resource of type 'AWS::S3::Bucket' with identifier '{name}' already exists."


def test_a_bucket_with_objects_stays(stack: Stack, s3: Any):
    bucket = stack.create("AWS::S3::Bucket")
    s3.put_object(Bucket=bucket.ref, Key="k", Body=b"x")
    with pytest.raises(AwsError) as caught:
        bucket.delete()
    assert (caught.value.code, caught.value.message) == (
        "BucketNotEmpty", "The bucket you tried to delete is not empty",
    )  # fmt: skip


CONFIGURED: dict[str, Any] = {
    "AccelerateConfiguration": {"AccelerationStatus": "Enabled"},
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
        ]
    },
    "CorsConfiguration": {
        "CorsRules": [
            {
                "AllowedHeaders": ["*"], "AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"],
                "ExposedHeaders": ["ETag"], "Id": "one", "MaxAge": 60,
            }
        ]
    },
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": "old", "Status": "Enabled", "Prefix": "logs/", "ExpirationInDays": 30,
                "TagFilters": [{"Key": "keep", "Value": "no"}], "ObjectSizeGreaterThan": "100",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 5},
                "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 10}],
            },
            {"Status": "Disabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}},
        ]
    },
    "LoggingConfiguration": {"LogFilePrefix": "access/"},
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
    "PublicAccessBlockConfiguration": {"BlockPublicAcls": False, "BlockPublicPolicy": "false"},
    "VersioningConfiguration": {"Status": "Enabled"},
    "WebsiteConfiguration": {
        "IndexDocument": "index.html", "ErrorDocument": "error.html",
        "RoutingRules": [
            {
                "RoutingRuleCondition": {"KeyPrefixEquals": "docs/"},
                "RedirectRule": {"ReplaceKeyPrefixWith": "documents/"},
            }
        ],
    },
    "AnalyticsConfigurations": [{"Id": "a", "Prefix": "x/", "StorageClassAnalysis": {}}],
    "IntelligentTieringConfigurations": [
        {"Id": "t", "Status": "Enabled", "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}]}
    ],
    "MetricsConfigurations": [{"Id": "m", "TagFilters": [{"Key": "a", "Value": "b"}]}],
    "Tags": [{"Key": "team", "Value": "a"}],
}  # fmt: skip


def test_all_configurations_of_a_bucket_are_put_and_read_back(stack: Stack, s3: Any):
    inventory = [
        {
            "Id": "i", "Enabled": True, "IncludedObjectVersions": "Current", "ScheduleFrequency": "Daily",
            "Destination": {"BucketArn": "arn:aws:s3:::elsewhere", "Format": "CSV"},
        }
    ]  # fmt: skip
    bucket = stack.create("AWS::S3::Bucket", **CONFIGURED, InventoryConfigurations=inventory)
    name = {"Bucket": bucket.ref}
    assert s3.get_bucket_accelerate_configuration(**name)["Status"] == "Enabled"
    assert s3.get_bucket_cors(**name)["CORSRules"] == [
        {
            "AllowedHeaders": ["*"], "AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"],
            "ExposeHeaders": ["ETag"], "ID": "one", "MaxAgeSeconds": 60,
        }
    ]  # fmt: skip
    old, aborted = s3.get_bucket_lifecycle_configuration(**name)["Rules"]
    assert old == {
        "ID": "old", "Status": "Enabled", "Expiration": {"Days": 30},
        "Filter": {"And": {
            "Prefix": "logs/", "ObjectSizeGreaterThan": 100, "Tags": [{"Key": "keep", "Value": "no"}],
        }},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 5},
        "Transitions": [{"Days": 10, "StorageClass": "GLACIER"}],
    }  # fmt: skip
    assert aborted["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 3}
    assert s3.get_bucket_logging(**name)["LoggingEnabled"] == {"TargetBucket": bucket.ref, "TargetPrefix": "access/"}
    block = s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["BlockPublicPolicy"]) == (False, False)
    site = s3.get_bucket_website(**name)
    assert (site["IndexDocument"], site["ErrorDocument"]) == ({"Suffix": "index.html"}, {"Key": "error.html"})
    assert site["RoutingRules"] == [
        {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}}
    ]
    assert s3.get_bucket_analytics_configuration(**name, Id="a")["AnalyticsConfiguration"]["Filter"] == {"Prefix": "x/"}
    found = s3.get_bucket_inventory_configuration(**name, Id="i")["InventoryConfiguration"]
    assert found["Destination"]["S3BucketDestination"]["Bucket"] == "arn:aws:s3:::elsewhere"
    assert s3.get_bucket_metrics_configuration(**name, Id="m")["MetricsConfiguration"]["Filter"]["Tag"]["Key"] == "a"
    shown = bucket.read()
    lists = ("AnalyticsConfigurations", "IntelligentTieringConfigurations", "MetricsConfigurations")
    same = {key: value for key, value in CONFIGURED.items() if key not in lists}
    assert {key: shown[key] for key in same} == same


def test_configurations_that_a_template_no_longer_names_go(stack: Stack, s3: Any):
    bucket = stack.create("AWS::S3::Bucket", **CONFIGURED)
    bucket.update()
    name = {"Bucket": bucket.ref}
    assert code_of(s3.get_bucket_cors, **name) == "NoSuchCORSConfiguration"
    assert code_of(s3.get_bucket_lifecycle_configuration, **name) == "NoSuchLifecycleConfiguration"
    assert code_of(s3.get_bucket_website, **name) == "NoSuchWebsiteConfiguration"
    assert code_of(s3.get_bucket_tagging, **name) == "NoSuchTagSet"
    assert code_of(s3.get_bucket_metrics_configuration, **name, Id="m") == "NoSuchConfiguration"
    assert s3.get_bucket_versioning(**name)["Status"] == "Suspended"
    assert "LoggingEnabled" not in s3.get_bucket_logging(**name)
    assert s3.get_bucket_accelerate_configuration(**name)["Status"] == "Suspended"


def test_a_change_by_hand_shows_when_the_bucket_is_read(stack: Stack, s3: Any):
    bucket = stack.create("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_versioning(Bucket=bucket.ref, VersioningConfiguration={"Status": "Suspended"})
    assert bucket.read()["VersioningConfiguration"] == {"Status": "Suspended"}


def test_a_bucket_tells_a_queue(stack: Stack, s3: Any, client: Any):
    queue = stack.create("AWS::SQS::Queue")
    stack.create(
        "AWS::SQS::QueuePolicy", Queues=[queue.ref],
        PolicyDocument={"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue.att("Arn")}
        ]},
    )  # fmt: skip
    one = {
        "Event": "s3:ObjectCreated:*", "Queue": queue.att("Arn"),
        "Filter": {"S3Key": {"Rules": [{"Name": "suffix", "Value": ".csv"}]}},
    }  # fmt: skip
    wanted = {"QueueConfigurations": [one], "EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    bucket = stack.create("AWS::S3::Bucket", NotificationConfiguration=wanted)
    found = s3.get_bucket_notification_configuration(Bucket=bucket.ref)
    assert found["EventBridgeConfiguration"] == {}
    assert found["QueueConfigurations"][0]["Events"] == ["s3:ObjectCreated:*"]
    assert bucket.read()["NotificationConfiguration"] == wanted
    s3.put_object(Bucket=bucket.ref, Key="a.csv", Body=b"x")
    stack.cloud.clock.settle()
    got = client("sqs").receive_message(QueueUrl=queue.ref, MaxNumberOfMessages=10)["Messages"]
    assert any('"a.csv"' in message["Body"] for message in got)


def test_locked_objects_need_a_bucket_with_locks(stack: Stack, s3: Any):
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 7}}
    bucket = stack.create(
        "AWS::S3::Bucket", ObjectLockEnabled="true",
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
    )  # fmt: skip
    found = s3.get_object_lock_configuration(Bucket=bucket.ref)["ObjectLockConfiguration"]
    assert found == {"ObjectLockEnabled": "Enabled", "Rule": rule}


def test_a_replicated_bucket(stack: Stack, s3: Any):
    target = stack.create("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"})
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]}  # fmt: skip
    role = stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=trust)
    rules = [
        {
            "Id": "r", "Status": "Enabled", "Priority": 1, "DeleteMarkerReplication": {"Status": "Disabled"},
            "Filter": {"And": {"Prefix": "a/", "TagFilters": [{"Key": "k", "Value": "v"}]}},
            "Destination": {"Bucket": target.att("Arn"), "StorageClass": "STANDARD_IA"},
        }
    ]  # fmt: skip
    bucket = stack.create(
        "AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"},
        ReplicationConfiguration={"Role": role.att("Arn"), "Rules": rules},
    )  # fmt: skip
    found = s3.get_bucket_replication(Bucket=bucket.ref)["ReplicationConfiguration"]["Rules"][0]
    assert found["Filter"] == {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}
    bucket.update(VersioningConfiguration={"Status": "Enabled"})
    assert code_of(s3.get_bucket_replication, Bucket=bucket.ref) == "ReplicationConfigurationNotFoundError"


def test_a_canned_acl(stack: Stack, s3: Any):
    block = {"BlockPublicAcls": False, "IgnorePublicAcls": False}
    owned = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    bucket = stack.create(
        "AWS::S3::Bucket", AccessControl="PublicRead", OwnershipControls=owned, PublicAccessBlockConfiguration=block
    )
    grants = s3.get_bucket_acl(Bucket=bucket.ref)["Grants"]
    assert any(grant["Grantee"].get("URI", "").endswith("AllUsers") for grant in grants)


def test_a_bucket_policy(stack: Stack, s3: Any):
    bucket = stack.create("AWS::S3::Bucket")

    def document(action: str) -> dict[str, Any]:
        principal = {"AWS": f"arn:aws:iam::{stack.account}:root"}
        resource = f"{bucket.att('Arn')}/*"
        statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
        return {"Version": "2012-10-17", "Statement": [statement]}

    policy = stack.create("AWS::S3::BucketPolicy", Bucket=bucket.ref, PolicyDocument=document("s3:GetObject"))
    assert policy.ref == bucket.ref
    policy.update(Bucket=bucket.ref, PolicyDocument=document("s3:PutObject"))
    assert policy.read()["PolicyDocument"] == document("s3:PutObject")
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::S3::BucketPolicy", Bucket=bucket.ref, PolicyDocument=document("s3:*"))
    assert caught.value.code == "AlreadyExists"
    policy.delete()
    assert code_of(s3.get_bucket_policy, Bucket=bucket.ref) == "NoSuchBucketPolicy"
    bucket.delete()
    policy.delete()
