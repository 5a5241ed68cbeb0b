"""The resource types of ECR."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from tests.resources.stack_calls import Stack

RULE = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
    "action": {"type": "expire"},
}
LIFECYCLE = {"LifecyclePolicyText": json.dumps({"rules": [RULE]})}


def policy(action: str, **more: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": action, **more}
    return {"Version": "2012-10-17", "Statement": [allow]}


@pytest.fixture
def ecr(client: Any) -> Any:
    return client("ecr")


def test_a_repository_with_everything_changes_in_place(stack: Stack, ecr: Any):
    repository = stack.create(
        "AWS::ECR::Repository", RepositoryName="app", ImageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        ImageTagMutabilityExclusionFilters=[
            {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "dev*"}
        ],
        ImageScanningConfiguration={"ScanOnPush": "true"}, EncryptionConfiguration={"EncryptionType": "KMS"},
        LifecyclePolicy=LIFECYCLE, RepositoryPolicyText=policy("ecr:BatchGetImage"), EmptyOnDelete=True,
        Tags=[{"Key": "a", "Value": "b"}],
    )  # fmt: skip
    assert repository.ref == "app"
    assert repository.att("Arn") == f"arn:aws:ecr:us-east-1:{stack.account}:repository/app"
    assert repository.att("RepositoryUri") == f"{stack.account}.dkr.ecr.us-east-1.amazonaws.com/app"
    found = repository.read()
    wanted = dict(repository.desired.properties)
    assert found["EncryptionConfiguration"].pop("KmsKey").startswith("arn:aws:kms:")
    assert found["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert {name: found[name] for name in wanted if name != "ImageScanningConfiguration"} == {
        name: value for name, value in wanted.items() if name != "ImageScanningConfiguration"
    }
    repository.update(
        RepositoryName="app", EncryptionConfiguration={"EncryptionType": "KMS"},
        RepositoryPolicyText=policy("ecr:ListImages"), Tags=[{"Key": "a", "Value": "c"}],
    )  # fmt: skip
    found = repository.read()
    assert (found["ImageTagMutability"], found["ImageScanningConfiguration"]) == ("MUTABLE", {"ScanOnPush": False})
    assert found["RepositoryPolicyText"] == policy("ecr:ListImages")
    assert "LifecyclePolicy" not in found
    assert ecr.list_tags_for_resource(resourceArn=repository.att("Arn"))["tags"] == [{"Key": "a", "Value": "c"}]
    repository.delete()
    repository.delete()
    assert ecr.describe_repositories()["repositories"] == []


def test_a_repository_without_a_name_gets_one_in_small_letters(stack: Stack):
    repository = stack.create("AWS::ECR::Repository")
    assert repository.ref == f"stack-repository1-{stack.account}"
    found = stack.find(repository)
    assert found is not None and found.physical_id == repository.ref
    repository.update(RepositoryPolicyText=policy("ecr:ListImages"))
    repository.update()
    assert "RepositoryPolicyText" not in repository.read()


def test_nothing_is_left_of_a_repository_whose_policy_is_refused(stack: Stack, ecr: Any):
    with pytest.raises(AwsError, match="Invalid repository policy provided"):
        stack.create("AWS::ECR::Repository", RepositoryPolicyText=policy("ecr:ListImages", Resource="*"))
    assert ecr.describe_repositories()["repositories"] == []


def test_the_policy_of_a_registry(stack: Stack, ecr: Any):
    registry = stack.create("AWS::ECR::RegistryPolicy", PolicyText=policy("ecr:ReplicateImage", Resource="*"))
    assert registry.ref == registry.att("RegistryId") == stack.account
    registry.update(PolicyText=policy("ecr:CreateRepository", Resource="*"))
    assert registry.read()["PolicyText"] == policy("ecr:CreateRepository", Resource="*")
    assert stack.find(registry) is not None
    registry.delete()
    registry.delete()
    assert stack.find(registry) is None
