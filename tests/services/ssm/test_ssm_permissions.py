"""Who may what: paths, condition keys, tags, and other accounts by policies of parameters."""

from __future__ import annotations

import json

import pytest

from tests.services.calls import policy, refused
from tests.services.ssm.ssm_calls import names, statement


def denied(who: str, action: str, resource: str) -> tuple[str, str]:
    return "AccessDeniedException", (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based policy "
        f"allows the {action} action"
    )


def test_leave_on_a_path_is_leave_on_all_below(user, put, account):
    put("/app/name")
    put("/app/db/host")
    arn = f"arn:aws:ssm:us-east-1:{account}:parameter/app"
    bob = user("bob", statement("ssm:GetParametersByPath", arn))
    assert len(names(bob.ssm.get_parameters_by_path(Path="/app", Recursive=True))) == 2
    with refused(*denied(bob.arn, "ssm:GetParametersByPath", f"{arn}/db")):
        bob.ssm.get_parameters_by_path(Path="/app/db")
    with refused(*denied(bob.arn, "ssm:GetParameter", f"{arn}/name")):
        bob.ssm.get_parameter(Name="/app/name")


def test_reading_is_allowed_by_hierarchy(user, put, account):
    put("/app/name")
    put("other")
    bob = user("bob", statement("ssm:GetParameter*", f"arn:aws:ssm:us-east-1:{account}:parameter/app/*"))
    assert names(bob.ssm.get_parameters(Names=["/app/name"])) == ["/app/name"]
    with refused(*denied(bob.arn, "ssm:GetParameters", f"arn:aws:ssm:us-east-1:{account}:parameter/other")):
        bob.ssm.get_parameters(Names=["/app/name", "other"])
    with refused(*denied(bob.arn, "ssm:DescribeParameters", f"arn:aws:ssm:us-east-1:{account}:*")):
        bob.ssm.describe_parameters()


@pytest.mark.parametrize(
    ("condition", "allowed", "refused_call"),
    [
        (
            {"StringEquals": {"ssm:Recursive": "true"}},
            lambda ssm: ssm.get_parameters_by_path(Path="/"),
            lambda ssm: ssm.get_parameters_by_path(Path="/", Recursive=True),
        ),
        (
            {"StringEquals": {"ssm:Overwrite": "true"}},
            lambda ssm: ssm.put_parameter(Name="new", Value="v", Type="String"),
            lambda ssm: ssm.put_parameter(Name="x", Value="v", Overwrite=True),
        ),
        (
            {"StringEquals": {"ssm:Policies": "true"}},
            lambda ssm: ssm.put_parameter(Name="new", Value="v", Type="String"),
            lambda ssm: ssm.put_parameter(Name="y", Value="v", Type="String", Policies="[]"),
        ),
        (
            {"StringEquals": {"ssm:resourceTag/secrecy": "high"}},
            lambda ssm: ssm.delete_parameter(Name="y"),
            lambda ssm: ssm.delete_parameter(Name="x"),
        ),
        (
            {"StringEquals": {"aws:ResourceTag/secrecy": "high"}},
            lambda ssm: ssm.delete_parameter(Name="y"),
            lambda ssm: ssm.get_parameter(Name="x"),
        ),
    ],
    ids=["recursive", "overwrite", "policies", "resourceTag", "aws:ResourceTag"],
)
def test_condition_keys(user, put, condition, allowed, refused_call):
    put("x", Tags=[{"Key": "secrecy", "Value": "high"}])
    put("y")
    bob = user("bob", statement("ssm:*"), statement("ssm:*", effect="Deny", Condition=condition))
    allowed(bob.ssm)
    with refused("AccessDeniedException"):
        refused_call(bob.ssm)


def test_tags_at_creation_need_leave_to_tag(user):
    bob = user("bob", statement("ssm:PutParameter"))
    with refused("AccessDeniedException"):
        bob.ssm.put_parameter(Name="x", Value="v", Type="String", Tags=[{"Key": "a", "Value": "b"}])


def test_public_parameters_belong_to_no_account(user):
    name = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
    bob = user("bob", statement("ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/*"))
    assert bob.ssm.get_parameter(Name=name)["Parameter"]["Value"].startswith("ami-")
    with refused("AccessDeniedException"):
        user("eve").ssm.get_parameter(Name=name)


# other accounts


@pytest.fixture
def stranger(cloud):
    """The root user of another account: number and client."""
    number = cloud.new_account()
    return number, cloud.session(number).client("ssm")


def test_another_account_reads_what_is_shared_with_it(ssm, put, stranger, account):
    number, other = stranger
    put("/shared/x", "v", Tier="Advanced")
    arn = f"arn:aws:ssm:us-east-1:{account}:parameter/shared/x"
    with refused("AccessDeniedException"):
        other.get_parameter(Name=arn)
    opens = {
        "Effect": "Allow", "Principal": {"AWS": number}, "Action": ["ssm:GetParameter", "ssm:GetParameters"],
        "Resource": arn,
    }  # fmt: skip
    made = ssm.put_resource_policy(ResourceArn=arn, Policy=policy(opens))
    assert other.get_parameter(Name=arn)["Parameter"]["Value"] == "v"
    assert other.get_parameters(Names=[arn])["Parameters"][0]["ARN"] == arn
    with refused("AccessDeniedException"):
        other.get_parameter_history(Name=arn)
    [shown] = ssm.get_resource_policies(ResourceArn=arn)["Policies"]
    assert (shown["PolicyId"], json.loads(shown["Policy"])["Statement"]) == (made["PolicyId"], [opens])
    ssm.delete_resource_policy(ResourceArn=arn, PolicyId=made["PolicyId"], PolicyHash=made["PolicyHash"])
    with refused("AccessDeniedException"):
        other.get_parameter(Name=arn)


def test_policies_of_parameters_that_aws_refuses(ssm, put, account):
    put("x", Tier="Advanced")
    put("standard")
    arn = f"arn:aws:ssm:us-east-1:{account}:parameter/x"
    opens = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "ssm:GetParameter", "Resource": arn}
    with refused("ResourcePolicyInvalidParameterException"):
        ssm.put_resource_policy(ResourceArn=arn.replace("/x", "/standard"), Policy=policy(opens))
    with refused("ResourceNotFoundException"):
        ssm.put_resource_policy(ResourceArn=arn.replace("/x", "/nothing"), Policy=policy(opens))
    with refused("MalformedResourcePolicyDocumentException"):
        ssm.put_resource_policy(ResourceArn=arn, Policy="{}")
    made = ssm.put_resource_policy(ResourceArn=arn, Policy=policy(opens))
    with refused("ResourcePolicyLimitExceededException"):
        ssm.put_resource_policy(ResourceArn=arn, Policy=policy(opens))
    with refused("ResourcePolicyConflictException"):
        ssm.put_resource_policy(ResourceArn=arn, Policy=policy(opens), PolicyId=made["PolicyId"], PolicyHash="x")
    with refused("ResourcePolicyNotFoundException"):
        ssm.delete_resource_policy(ResourceArn=arn, PolicyId="x", PolicyHash=made["PolicyHash"])
    changed = ssm.put_resource_policy(ResourceArn=arn, Policy=policy(opens), **{
        name: made[name] for name in ("PolicyId", "PolicyHash")})  # fmt: skip
    assert changed["PolicyId"] == made["PolicyId"]
    with refused("NotImplemented", status=501):
        ssm.get_resource_policies(ResourceArn=f"arn:aws:ssm:us-east-1:{account}:opsitemgroup/default")
