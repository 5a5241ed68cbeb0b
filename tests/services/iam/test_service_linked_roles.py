"""Service-linked roles."""

import pytest

from tests.services.iam.iam_calls import ADMIN, policy, refused, trust

LINKED = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"

# wrong input and wrong state


def test_only_services_that_have_one_get_a_linked_role(iam):
    with refused("InvalidInput", "Cannot find Service Linked Role template for nothing.amazonaws.com"):
        iam.create_service_linked_role(AWSServiceName="nothing.amazonaws.com")


def test_a_suffix_is_for_the_services_that_take_one(iam):
    with refused("InvalidInput", "Custom suffix is not allowed for ecs.amazonaws.com"):
        iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com", CustomSuffix="x")
    made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x")
    assert made["Role"]["RoleName"] == "AWSServiceRoleForAutoScaling_x"


def test_a_linked_role_is_made_once(iam):
    iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    with refused(
        "InvalidInput",
        "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
    ):
        iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")


def test_only_its_service_changes_a_linked_role(iam):
    name = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]["RoleName"]
    iam.create_instance_profile(InstanceProfileName="ip")
    for call in (
        lambda: iam.delete_role(RoleName=name),
        lambda: iam.attach_role_policy(RoleName=name, PolicyArn=ADMIN),
        lambda: iam.detach_role_policy(RoleName=name, PolicyArn=LINKED),
        lambda: iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy()),
        lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust()),
        lambda: iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=ADMIN),
        lambda: iam.update_role(RoleName=name, MaxSessionDuration=7200),
        lambda: iam.tag_role(RoleName=name, Tags=[{"Key": "a", "Value": "b"}]),
        lambda: iam.add_role_to_instance_profile(RoleName=name, InstanceProfileName="ip"),
    ):
        with refused(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS",
        ):
            call()
    iam.update_role(RoleName=name, Description="mine")


def test_a_linked_roles_policy_is_for_no_other_role(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    with refused("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role."):
        iam.attach_role_policy(RoleName="r", PolicyArn=LINKED)


def test_a_role_that_is_not_linked_is_not_deleted_as_one(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    with refused("NoSuchEntity"):
        iam.delete_service_linked_role(RoleName="r")
    with refused("NoSuchEntity"):
        iam.get_service_linked_role_deletion_status(DeletionTaskId="task/none")


# behaviour


@pytest.mark.parametrize(
    ("service", "name", "policy_name"),
    [
        ("ecs.amazonaws.com", "AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"),
        ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", "AutoScalingServiceRolePolicy"),
        ("ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway", "APIGatewayServiceRolePolicy"),
        (
            "dynamodb.application-autoscaling.amazonaws.com",
            "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
            "AWSApplicationAutoscalingDynamoDBTablePolicy",
        ),
    ],
)
def test_a_linked_role_has_its_well_known_name_and_policy(iam, account, service, name, policy_name):
    role = iam.create_service_linked_role(AWSServiceName=service, Description="d")["Role"]
    assert role["Arn"] == f"arn:aws:iam::{account}:role/aws-service-role/{service}/{name}"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": service}
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == [policy_name]


def test_a_linked_role_is_deleted_by_a_task(iam):
    name = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]["RoleName"]
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert task.startswith(f"task/aws-service-role/ecs.amazonaws.com/{name}/")
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert iam.list_roles()["Roles"] == []
    iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
