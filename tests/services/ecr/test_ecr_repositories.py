"""Repositories, what is set on them, their tags and the images they do not have."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.services.calls import refused
from tests.services.ecr.ecr_calls import denied, invalid, missing, statement

PATTERN = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
FILTERS = "imageTagMutabilityExclusionFilters"


def exclusion(*patterns: str) -> list[dict[str, str]]:
    return [{"filterType": "WILDCARD", "filter": pattern} for pattern in patterns]


# wrong input


def test_names_that_aws_refuses(ecr):
    with refused(*invalid("repositoryName", "must have length greater than or equal to 2")):
        ecr.create_repository(repositoryName="a")
    for name in ("App", "app/", "-app", "app..x"):
        with refused(*invalid("repositoryName", f"must satisfy regular expression '{PATTERN}'")):
            ecr.create_repository(repositoryName=name)
    with refused(*invalid("repositoryName", "must not be null")):
        ecr.create_repository()
    with refused(*invalid("registryId", "must satisfy regular expression '[0-9]{12}'")):
        ecr.describe_repositories(registryId="1")


def test_tag_mutability_that_contradicts_itself(ecr, app):
    for request in (
        {"imageTagMutability": "IMMUTABLE", FILTERS: exclusion("dev*")},
        {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
        {"imageTagMutability": "MUTABLE_WITH_EXCLUSION", FILTERS: exclusion("a*b*c*")},
        {"imageTagMutability": "SOMETIMES"},
    ):
        with refused("InvalidParameterException"):
            ecr.create_repository(repositoryName="other", **request)
        with refused("InvalidParameterException"):
            ecr.put_image_tag_mutability(repositoryName="app", **request)
    assert [one["repositoryName"] for one in ecr.describe_repositories()["repositories"]] == ["app"]


def test_keys_that_cannot_be_used(ecr, aws):
    kms = aws.client("kms")
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    disabled = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=disabled)
    for key, code in ((signing, "InvalidKeyUsageException"), (disabled, "DisabledException"),
                      ("alias/none", "NotFoundException")):  # fmt: skip
        with pytest.raises(ClientError) as caught:
            ecr.create_repository(
                repositoryName="app", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key}
            )
        assert caught.value.response["Error"]["Code"] == "KmsException"
        assert caught.value.response["kmsError"] == code
    with refused("InvalidParameterException"):
        ecr.create_repository(repositoryName="app", encryptionConfiguration={"encryptionType": "AES256", "kmsKey": "x"})
    assert ecr.describe_repositories()["repositories"] == []


def test_tags_that_aws_refuses(ecr, app):
    for tags in ([{"Key": "aws:x", "Value": "y"}], [{"Key": "", "Value": "y"}], [{"Key": "a", "Value": "1"}] * 2):
        with refused("InvalidTagParameterException"):
            ecr.tag_resource(resourceArn=app["repositoryArn"], tags=tags)
    many = [{"Key": f"k{n}", "Value": "v"} for n in range(51)]
    with refused("TooManyTagsException"):
        ecr.create_repository(repositoryName="tagged", tags=many)
    with refused(*invalid("resourceArn", "Invalid ARN")):
        ecr.list_tags_for_resource(resourceArn="arn:aws:s3:::bucket")


def test_listings_with_wrong_tokens(ecr, app):
    with refused("InvalidParameterException"):
        ecr.describe_repositories(nextToken="none")
    with refused("InvalidParameterException"):
        ecr.describe_repositories(repositoryNames=["app"], maxResults=5)
    with refused(*invalid("maxResults", "must have value less than or equal to 1000")):
        ecr.describe_repositories(maxResults=1001)


# wrong state


def test_a_repository_that_is_not_there(ecr, account):
    arn = f"arn:aws:ecr:us-east-1:{account}:repository/nothing"
    image = [{"imageTag": "latest"}]
    for call, request in (
        (ecr.delete_repository, {}), (ecr.list_images, {}), (ecr.describe_images, {}),
        (ecr.batch_get_image, {"imageIds": image}), (ecr.put_image_tag_mutability, {"imageTagMutability": "MUTABLE"}),
        (ecr.put_image_scanning_configuration, {"imageScanningConfiguration": {"scanOnPush": True}}),
    ):  # fmt: skip
        with refused(*missing(account)):
            call(repositoryName="nothing", **request)
    with refused(*missing(account)):
        ecr.describe_repositories(repositoryNames=["nothing"])
    for call, request in ((ecr.list_tags_for_resource, {}), (ecr.untag_resource, {"tagKeys": ["a"]}),
                          (ecr.tag_resource, {"tags": [{"Key": "a", "Value": "b"}]})):  # fmt: skip
        with refused(*missing(account)):
            call(resourceArn=arn, **request)


def test_a_name_is_taken_once(ecr, app, account):
    message = f"The repository with name 'app' already exists in the registry with id '{account}'"
    with refused("RepositoryAlreadyExistsException", message):
        ecr.create_repository(repositoryName="app")


def test_what_needs_a_registry_is_not_implemented(ecr, app):
    for call, request in (
        (ecr.get_authorization_token, {}),
        (ecr.put_image, {"repositoryName": "app", "imageManifest": "{}"}),
        (ecr.initiate_layer_upload, {"repositoryName": "app"}),
    ):
        with pytest.raises(ClientError) as caught:
            call(**request)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


# behaviour


def test_a_repository_is_made_described_and_deleted(cloud, ecr, account):
    made = ecr.create_repository(repositoryName="team/app")["repository"]
    assert made.pop("createdAt").timestamp() == pytest.approx(cloud.clock.now(), abs=5)
    assert made == {
        "repositoryArn": f"arn:aws:ecr:us-east-1:{account}:repository/team/app", "registryId": account,
        "repositoryName": "team/app", "repositoryUri": f"{account}.dkr.ecr.us-east-1.amazonaws.com/team/app",
        "imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": False},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }  # fmt: skip
    found = ecr.describe_repositories(repositoryNames=["team/app"])["repositories"]
    assert [one["repositoryArn"] for one in found] == [made["repositoryArn"]]
    assert ecr.delete_repository(repositoryName="team/app", force=True)["repository"]["repositoryName"] == "team/app"
    with refused(*missing(account, "team/app")):
        ecr.describe_repositories(repositoryNames=["team/app"])


def test_repositories_are_listed_in_pages(ecr, aws):
    for name in ("cc", "aa", "bb"):
        ecr.create_repository(repositoryName=name)
    first = ecr.describe_repositories(maxResults=2)
    second = ecr.describe_repositories(maxResults=2, nextToken=first["nextToken"])
    names = [one["repositoryName"] for page in (first, second) for one in page["repositories"]]
    assert names == ["aa", "bb", "cc"] and "nextToken" not in second
    assert aws.client("ecr", region_name="eu-west-1").describe_repositories()["repositories"] == []


def test_settings_are_kept_and_change(ecr):
    made = ecr.create_repository(
        repositoryName="app", imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True}
    )["repository"]
    assert (made["imageTagMutability"], made["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    excluding = {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", FILTERS: exclusion("dev*", "latest")}
    answer = ecr.put_image_tag_mutability(repositoryName="app", **excluding)
    assert {name: answer[name] for name in excluding} == excluding
    scanning = {"scanOnPush": False}
    answer = ecr.put_image_scanning_configuration(repositoryName="app", imageScanningConfiguration=scanning)
    assert answer["imageScanningConfiguration"] == scanning
    found = ecr.describe_repositories()["repositories"][0]
    assert {name: found[name] for name in excluding} == excluding
    assert found["imageScanningConfiguration"] == scanning
    ecr.put_image_tag_mutability(repositoryName="app", imageTagMutability="MUTABLE")
    assert FILTERS not in ecr.describe_repositories()["repositories"][0]


def test_encryption_under_a_key(ecr, aws, account):
    kms = aws.client("kms")
    own = kms.create_key()["KeyMetadata"]
    wanted = {"encryptionType": "KMS", "kmsKey": own["KeyId"]}
    made = ecr.create_repository(repositoryName="own", encryptionConfiguration=wanted)["repository"]
    assert made["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": own["Arn"]}
    made = ecr.create_repository(repositoryName="aws", encryptionConfiguration={"encryptionType": "KMS_DSSE"})
    managed = kms.describe_key(KeyId="alias/aws/ecr")["KeyMetadata"]
    assert made["repository"]["encryptionConfiguration"] == {"encryptionType": "KMS_DSSE", "kmsKey": managed["Arn"]}
    assert managed["KeyManager"] == "AWS"


def test_tags(ecr, app):
    arn = app["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "a", "Value": "2"}])
    ecr.untag_resource(resourceArn=arn, tagKeys=["b", "c"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "a", "Value": "2"}]


def test_images_that_are_not_there(ecr, app, account):
    assert ecr.list_images(repositoryName="app")["imageIds"] == []
    assert ecr.describe_images(repositoryName="app")["imageDetails"] == []
    message = (
        "The image with imageId {imageDigest:'null', imageTag:'latest'} does not exist within the repository with "
        f"name 'app' in the registry with id '{account}'"
    )
    with refused("ImageNotFoundException", message):
        ecr.describe_images(repositoryName="app", imageIds=[{"imageTag": "latest"}])
    found = ecr.batch_get_image(repositoryName="app", imageIds=[{"imageTag": "latest"}])
    assert found["images"] == []
    assert found["failures"] == [
        {
            "imageId": {"imageTag": "latest"},
            "failureCode": "ImageNotFound",
            "failureReason": "Requested image not found",
        }
    ]


def test_the_registry_replicates_nothing(ecr, account):
    found = ecr.describe_registry()
    assert (found["registryId"], found["replicationConfiguration"]) == (account, {"rules": []})


def test_iam_decides(ecr, app, user, account):
    team = f"arn:aws:ecr:us-east-1:{account}:repository/team/*"
    tagged = {"StringEquals": {"ecr:ResourceTag/team": "a"}}
    bob = user(
        "bob", statement("ecr:CreateRepository", Resource=team),
        statement("ecr:ListImages", Resource="*", Condition=tagged),
    )  # fmt: skip
    bob.ecr.create_repository(repositoryName="team/one")
    made = f"arn:aws:ecr:us-east-1:{account}:repository/team/two"
    with refused(*denied(bob.arn, "ecr:TagResource", made)):
        bob.ecr.create_repository(repositoryName="team/two", tags=[{"Key": "a", "Value": "b"}])
    with refused(*denied(bob.arn, "ecr:CreateRepository", f"arn:aws:ecr:us-east-1:{account}:repository/two")):
        bob.ecr.create_repository(repositoryName="two")
    everything = f"arn:aws:ecr:us-east-1:{account}:repository/*"
    with refused(*denied(bob.arn, "ecr:DescribeRepositories", everything)):
        bob.ecr.describe_repositories()
    with refused(*denied(bob.arn, "ecr:ListImages", app["repositoryArn"])):
        bob.ecr.list_images(repositoryName="app")
    ecr.tag_resource(resourceArn=app["repositoryArn"], tags=[{"Key": "team", "Value": "a"}])
    assert bob.ecr.list_images(repositoryName="app")["imageIds"] == []
