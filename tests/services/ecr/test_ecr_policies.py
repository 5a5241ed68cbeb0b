"""Policies of repositories and registries, and lifecycle policies."""

from __future__ import annotations

import json

import pytest

from cloudchamber.services.ecr.policies import printed
from tests.services.calls import policy, refused
from tests.services.ecr.ecr_calls import invalid, lifecycle, missing, rule, statement

BAD_REPOSITORY = invalid("PolicyText", "Invalid repository policy provided")
BAD_REGISTRY = invalid("PolicyText", "Invalid registry policy provided")
LAMBDA = statement(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Principal={"Service": "lambda.amazonaws.com"})


def absent(kind: str, account: str) -> tuple[str, str]:
    return f"{kind}PolicyNotFoundException", (
        f"{kind} policy does not exist for the repository with name 'app' in the registry with id '{account}'"
    )


# wrong input


def test_repository_policies_that_aws_refuses(ecr, app, account):
    everybody = statement("ecr:ListImages", Principal="*")
    for text in ("{", policy({**everybody, "Resource": "*"}), policy(statement("ecr:ListImages")),
                 policy({**everybody, "Action": "s3:GetObject"})):  # fmt: skip
        with refused(*BAD_REPOSITORY):
            ecr.set_repository_policy(repositoryName="app", policyText=text)
    nobody = {"AWS": f"arn:aws:iam::{account}:user/nobody"}
    with refused(*invalid("PolicyText", "Principal not found")):
        ecr.set_repository_policy(repositoryName="app", policyText=policy({**everybody, "Principal": nobody}))
    with refused(*invalid("policyText", "must have length less than or equal to 10240")):
        ecr.set_repository_policy(repositoryName="app", policyText=" " * 10_241)


def test_registry_policies_that_aws_refuses(ecr):
    for text in ("{", policy(LAMBDA), policy({**LAMBDA, "Resource": "*", "Action": "sqs:*"})):
        with refused(*BAD_REGISTRY):
            ecr.put_registry_policy(policyText=text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{".ljust(100), "the policy is not a JSON document"),
        (lifecycle(), "rules must be a list of 1 to 50"),
        (lifecycle("x"), "a rule must be an object"),
        (lifecycle({**rule(), "when": 1}), "a rule has no when"),
        (lifecycle(rule(0)), "rulePriority must be a positive integer"),
        (lifecycle({"rulePriority": 1}), "a rule must have a selection"),
        (lifecycle(rule(1), rule(1)), "rulePriority must be unique among the rules"),
        (
            lifecycle(rule(1, tagStatus="any"), rule(2)),
            "a rule with the tagStatus any must have the highest rulePriority",
        ),
        (lifecycle(rule(tagStatus="some")), "tagStatus must be tagged, untagged or any"),
        (lifecycle(rule(tagStatus="tagged")), "the tagStatus tagged needs either a tagPatternList or a tagPrefixList"),
        (lifecycle(rule(tagStatus="tagged", tagPrefixList=[])), "a list of tags must have strings"),
        (lifecycle(rule(tagStatus="tagged", tagPatternList=["*a*b*c*d*"])), "a pattern has at most 4 wildcards"),
        (lifecycle(rule(tagPrefixList=["v"])), "the tagStatus untagged takes no list of tags"),
        (lifecycle(rule(countType="sinceYesterday")), "countType is not known"),
        (lifecycle(rule(countNumber=0)), "countNumber must be a positive integer"),
        (lifecycle(rule(countUnit=None)), "the countType sinceImagePushed needs the countUnit days"),
        (lifecycle(rule(countType="imageCountMoreThan")), "the countType imageCountMoreThan takes no countUnit"),
        (lifecycle(rule(storageClass="cold")), "storageClass is not known"),
        (lifecycle(rule(size=5)), "a selection has no size"),
        (lifecycle(rule(action={"type": "keep"})), "an action must expire images, or transition them to archive"),
    ],
)  # fmt: skip
def test_lifecycle_policies_that_aws_refuses(ecr, app, text, reason):
    with refused(*invalid("LifecyclePolicyText", f"Lifecycle policy validation failure: {reason}")):
        ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText=text)


def test_a_lifecycle_policy_that_is_too_short(ecr, app):
    with refused(*invalid("lifecyclePolicyText", "must have length greater than or equal to 100")):
        ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText="{}")


# wrong state


def test_policies_that_are_not_there(ecr, app, account):
    for call in (ecr.get_repository_policy, ecr.delete_repository_policy):
        with refused(*absent("Repository", account)):
            call(repositoryName="app")
        with refused(*missing(account)):
            call(repositoryName="nothing")
    for call in (ecr.get_lifecycle_policy, ecr.delete_lifecycle_policy):
        with refused(*absent("Lifecycle", account)):
            call(repositoryName="app")
        with refused(*missing(account)):
            call(repositoryName="nothing")
    with refused(*missing(account)):
        ecr.set_repository_policy(repositoryName="nothing", policyText=policy(LAMBDA))
    with refused(*missing(account)):
        ecr.put_lifecycle_policy(repositoryName="nothing", lifecyclePolicyText=lifecycle(rule()))
    for call in (ecr.get_registry_policy, ecr.delete_registry_policy):
        with refused(
            "RegistryPolicyNotFoundException", f"Registry policy does not exist in the registry with id '{account}'"
        ):
            call()


def test_a_policy_that_locks_its_author_out_takes_force(ecr, app):
    denial = policy(statement("ecr:SetRepositoryPolicy", "Deny", Principal="*"))
    with refused("InvalidParameterException"):
        ecr.set_repository_policy(repositoryName="app", policyText=denial)
    ecr.set_repository_policy(repositoryName="app", policyText=denial, force=True)
    with refused("AccessDeniedException"):
        ecr.set_repository_policy(repositoryName="app", policyText=policy(LAMBDA), force=True)


# behaviour


def test_a_repository_policy_is_kept_and_printed_anew(ecr, app):
    answer = ecr.set_repository_policy(repositoryName="app", policyText=policy(LAMBDA))
    assert answer["policyText"].startswith(
        '{\n  "Version" : "2012-10-17",\n  "Statement" : [ {\n    "Effect" : "Allow"'
    )
    found = ecr.get_repository_policy(repositoryName="app")
    assert json.loads(found["policyText"]) == json.loads(policy(LAMBDA))
    assert ecr.delete_repository_policy(repositoryName="app")["policyText"] == found["policyText"]
    with refused("RepositoryPolicyNotFoundException"):
        ecr.get_repository_policy(repositoryName="app")


def test_jackson_prints_lists_on_one_line():
    assert printed({"a": ["x", 1], "b": {}, "c": []}) == '{\n  "a" : [ "x", 1 ],\n  "b" : { },\n  "c" : [ ]\n}'


def test_a_repository_policy_lets_others_in(ecr, app, stranger, account):
    theirs = {"repositoryName": "app", "registryId": account}
    with refused("AccessDeniedException"):
        stranger.ecr.list_images(**theirs)
    allowed = statement("ecr:ListImages", Principal={"AWS": stranger.arn})
    ecr.set_repository_policy(repositoryName="app", policyText=policy(allowed))
    assert stranger.ecr.list_images(**theirs)["imageIds"] == []
    with refused("AccessDeniedException"):
        stranger.ecr.delete_repository(**theirs)
    ecr.delete_repository_policy(repositoryName="app")
    with refused("AccessDeniedException"):
        stranger.ecr.list_images(**theirs)


def test_a_repository_policy_keeps_users_out(ecr, app, user):
    bob = user("bob", statement("ecr:*", Resource="*"))
    assert bob.ecr.list_images(repositoryName="app")["imageIds"] == []
    denial = statement("ecr:ListImages", "Deny", Principal={"AWS": bob.arn})
    ecr.set_repository_policy(repositoryName="app", policyText=policy(denial))
    with refused("AccessDeniedException"):
        bob.ecr.list_images(repositoryName="app")


def test_a_registry_policy_is_kept(ecr, account):
    text = policy(statement("ecr:ReplicateImage", Principal={"AWS": f"arn:aws:iam::{account}:root"}, Resource="*"))
    assert ecr.put_registry_policy(policyText=text)["registryId"] == account
    assert json.loads(ecr.get_registry_policy()["policyText"]) == json.loads(text)
    assert json.loads(ecr.delete_registry_policy()["policyText"]) == json.loads(text)
    with refused("RegistryPolicyNotFoundException"):
        ecr.get_registry_policy()


def test_a_lifecycle_policy_is_kept(ecr, app):
    text = lifecycle(
        rule(1), rule(2, tagStatus="tagged", tagPatternList=["prod*"], countType="imageCountMoreThan", countUnit=None),
        rule(3, {"type": "transition", "targetStorageClass": "archive"}, tagStatus="any", countType="sinceImagePulled"),
    )  # fmt: skip
    ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText=text)
    assert ecr.get_lifecycle_policy(repositoryName="app")["lifecyclePolicyText"] == text
    assert ecr.delete_lifecycle_policy(repositoryName="app")["lifecyclePolicyText"] == text
    with refused("LifecyclePolicyNotFoundException"):
        ecr.get_lifecycle_policy(repositoryName="app")
