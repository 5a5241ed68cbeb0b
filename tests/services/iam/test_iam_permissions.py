"""Who may do what: IAM's operations asked of IAM, and what IAM decides for the rest of the cloud."""

import pytest
from botocore.exceptions import ClientError

from cloudchamber.identity import principals
from cloudchamber.identity.principals import SessionInfo
from tests.services.iam.iam_calls import ADMIN, denied, denied_explicitly, policy, refused, statement, trust

ARN = "arn:aws:iam::{account}:{resource}"
# Operation, its input, what it is asked on.
OPERATIONS = [
    ("CreateUser", {"UserName": "new", "Path": "/p/"}, "user/p/new"),
    ("GetUser", {"UserName": "filed"}, "user/dept/filed"),
    ("GetUser", {}, "user/bob"),
    ("ListUsers", {"PathPrefix": "/dept/"}, "user/dept/"),
    ("DeleteUser", {"UserName": "nobody"}, "user/nobody"),
    ("TagUser", {"UserName": "filed", "Tags": [{"Key": "a", "Value": "b"}]}, "user/dept/filed"),
    ("CreateAccessKey", {}, "user/bob"),
    ("ListAccessKeys", {"UserName": "filed"}, "user/dept/filed"),
    ("CreateLoginProfile", {"UserName": "filed", "Password": "Corr3ct-horse"}, "user/dept/filed"),
    ("PutUserPolicy", {"UserName": "filed", "PolicyName": "p", "PolicyDocument": policy()}, "user/dept/filed"),
    ("AttachUserPolicy", {"UserName": "filed", "PolicyArn": ADMIN}, "user/dept/filed"),
    ("CreateGroup", {"GroupName": "new"}, "group/new"),
    ("GetGroup", {"GroupName": "g"}, "group/org/g"),
    ("AddUserToGroup", {"GroupName": "g", "UserName": "filed"}, "group/org/g"),
    ("ListGroups", {}, "group/"),
    ("CreateRole", {"RoleName": "new", "AssumeRolePolicyDocument": trust()}, "role/new"),
    ("GetRole", {"RoleName": "r"}, "role/svc/r"),
    ("ListRoles", {}, "role/"),
    ("UpdateAssumeRolePolicy", {"RoleName": "r", "PolicyDocument": trust()}, "role/svc/r"),
    ("AttachRolePolicy", {"RoleName": "r", "PolicyArn": ADMIN}, "role/svc/r"),
    ("CreateServiceLinkedRole", {"AWSServiceName": "ecs.amazonaws.com"},
     "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
    ("CreateInstanceProfile", {"InstanceProfileName": "ip"}, "instance-profile/ip"),
    ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": policy()}, "policy/p"),
]  # fmt: skip


@pytest.fixture
def bob(iam, sign_in):
    """Bob's session; he may do nothing. Beside him: user /dept/filed, group /org/g, role /svc/r."""
    iam.create_user(UserName="filed", Path="/dept/")
    iam.create_group(GroupName="g", Path="/org/")
    iam.create_role(RoleName="r", Path="/svc/", AssumeRolePolicyDocument=trust())
    return sign_in("bob")


def _who(account, name="bob"):
    return f"arn:aws:iam::{account}:user/{name}"


def _method(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


@pytest.mark.parametrize("asked", OPERATIONS, ids=lambda asked: asked[0])
def test_an_operation_is_refused_without_permission_and_allowed_with_it(iam, bob, account, asked):
    operation, request, resource = asked
    resource, action = ARN.format(account=account, resource=resource), f"iam:{operation}"
    call = getattr(bob.client("iam"), _method(operation))
    with refused("AccessDenied", denied(_who(account), action, resource)):
        call(**request)
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(statement(action, resource)))
    if operation == "DeleteUser":  # it gets to look for the user
        with refused("NoSuchEntity", "The user with name nobody cannot be found."):
            call(**request)
    else:
        call(**request)


@pytest.mark.parametrize("operation", ["GetAccountSummary", "ListAccountAliases", "GetAccountPasswordPolicy"])
def test_operations_on_the_account_are_asked_on_everything(bob, account, operation):
    with refused("AccessDenied", denied(_who(account), f"iam:{operation}", "*")):
        getattr(bob.client("iam"), _method(operation))()


def test_policies_are_listed_by_path(bob, account):
    with refused("AccessDenied", denied(_who(account), "iam:ListPolicies", "policy path /")):
        bob.client("iam").list_policies()


def test_policies_of_aws_are_asked_about_in_the_callers_account(iam, bob):
    client = bob.client("iam")
    with refused("AccessDenied"):
        client.get_policy(PolicyArn=ADMIN)
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(statement("iam:GetPolicy", ADMIN)))
    assert client.get_policy(PolicyArn=ADMIN)["Policy"]["PolicyName"] == "AdministratorAccess"


def test_groups_give_their_members_what_they_have(iam, bob):
    client = bob.client("iam")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=policy(statement("iam:ListUsers")))
    with refused("AccessDenied"):
        client.list_users()
    iam.add_user_to_group(GroupName="g", UserName="bob")
    client.list_users()
    iam.remove_user_from_group(GroupName="g", UserName="bob")
    with refused("AccessDenied"):
        client.list_users()


def test_a_boundary_limits_and_grants_nothing(iam, bob, account):
    client, users = bob.client("iam"), ARN.format(account=account, resource="user/")
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=policy(statement("iam:ListUsers")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=bound)
    with refused("AccessDenied", denied(_who(account), "iam:ListUsers", users)):
        client.list_users()
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    client.list_users()
    groups = ARN.format(account=account, resource="group/")
    with refused("AccessDenied", denied(_who(account), "iam:ListGroups", groups, "permissions boundary")):
        client.list_groups()
    iam.delete_user_permissions_boundary(UserName="bob")
    client.list_groups()


def test_a_deny_outweighs_every_allow(iam, bob, account):
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    iam.put_group_policy(GroupName="g", PolicyName="no", PolicyDocument=policy(statement("iam:List*", effect="Deny")))
    iam.add_user_to_group(GroupName="g", UserName="bob")
    with refused(
        "AccessDenied", denied_explicitly(_who(account), "iam:ListUsers", ARN.format(account=account, resource="user/"))
    ):
        bob.client("iam").list_users()


# condition keys


def test_which_policy_is_attached_can_be_a_condition(iam, bob):
    only = statement("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": ADMIN}})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(only))
    client = bob.client("iam")
    with refused("AccessDenied"):
        client.attach_user_policy(UserName="filed", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    client.attach_user_policy(UserName="filed", PolicyArn=ADMIN)


def test_a_boundary_can_be_a_condition_of_making_users_and_roles(iam, bob):
    bounded = statement(
        ["iam:CreateUser", "iam:CreateRole", "iam:PutUserPolicy"],
        Condition={"StringEquals": {"iam:PermissionsBoundary": ADMIN}},
    )
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(bounded))
    client = bob.client("iam")
    with refused("AccessDenied"):
        client.create_user(UserName="free")
    client.create_user(UserName="bound", PermissionsBoundary=ADMIN)
    client.put_user_policy(UserName="bound", PolicyName="p", PolicyDocument=policy())
    with refused("AccessDenied"):
        client.put_user_policy(UserName="filed", PolicyName="p", PolicyDocument=policy())
    with refused("AccessDenied"):
        client.create_role(RoleName="free", AssumeRolePolicyDocument=trust())


def test_tags_of_request_and_resource_can_be_conditions(iam, bob):
    own = statement("iam:TagUser", Condition={"StringEquals": {"aws:RequestTag/team": "blue"}})
    theirs = statement("iam:DeleteUser", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(own, theirs))
    client = bob.client("iam")
    with refused("AccessDenied"):
        client.delete_user(UserName="filed")
    with refused("AccessDenied"):
        client.tag_user(UserName="filed", Tags=[{"Key": "team", "Value": "red"}])
    client.tag_user(UserName="filed", Tags=[{"Key": "team", "Value": "blue"}])
    client.delete_user(UserName="filed")


def test_the_service_of_a_linked_role_can_be_a_condition(iam, bob):
    only = statement(
        "iam:CreateServiceLinkedRole", Condition={"StringLike": {"iam:AWSServiceName": "ecs.amazonaws.com"}}
    )
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(only))
    client = bob.client("iam")
    with refused("AccessDenied"):
        client.create_service_linked_role(AWSServiceName="rds.amazonaws.com")
    client.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")


def test_putting_a_role_into_a_profile_passes_it_to_ec2(iam, bob, account):
    iam.create_instance_profile(InstanceProfileName="ip")
    client, role = bob.client("iam"), ARN.format(account=account, resource="role/svc/r")
    adds = statement("iam:AddRoleToInstanceProfile")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(adds))
    with refused("AccessDenied", denied(_who(account), "iam:PassRole", role)):
        client.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")
    passes = statement("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(adds, passes))
    client.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")


def test_a_rename_takes_permission_on_both_names(iam, bob, account):
    client, old, new = bob.client("iam"), f"{_who(account, 'dept/filed')}", _who(account, "dept/moved")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(statement("iam:UpdateUser", old)))
    with refused("AccessDenied", denied(_who(account), "iam:UpdateUser", new)):
        client.update_user(UserName="filed", NewUserName="moved")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(statement("iam:UpdateUser", [old, new])))
    client.update_user(UserName="filed", NewUserName="moved")


def test_a_caller_who_is_no_user_has_to_name_one(iam, cloud, account):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())["Role"]
    iam.attach_role_policy(RoleName="r", PolicyArn=ADMIN)
    caller = _role_session(account, role)
    with pytest.raises(Exception, match="Must specify userName when calling with non-User credentials"):
        cloud.run(lambda inside: inside.dispatcher.enter(caller, account, "us-east-1", "iam:GetUser", {}))


# the rest of the cloud


def test_policies_decide_on_sqs_with_the_users_own_name_in_the_resource(iam, bob, account, aws):
    own = f"arn:aws:sqs:us-east-1:{account}:${{aws:username}}-*"
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(statement("sqs:*", own)))
    sqs = bob.client("sqs")
    url = sqs.create_queue(QueueName="bob-inbox")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    with pytest.raises(ClientError, match="is not authorized to perform: sqs:CreateQueue on resource"):
        sqs.create_queue(QueueName="ann-inbox")


def test_every_change_of_a_policy_takes_effect_at_once(iam, bob):
    sqs = bob.client("sqs")

    def may():
        try:
            sqs.list_queues()
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            return False
        return True

    assert not may()
    own = iam.create_policy(PolicyName="own", PolicyDocument=policy(statement("sqs:ListQueues")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="bob", PolicyArn=own)
    assert may()
    iam.create_policy_version(PolicyArn=own, PolicyDocument=policy(statement("s3:*")), SetAsDefault=True)
    assert not may()
    iam.set_default_policy_version(PolicyArn=own, VersionId="v1")
    assert may()
    iam.detach_user_policy(UserName="bob", PolicyArn=own)
    iam.delete_policy_version(PolicyArn=own, VersionId="v2")
    iam.delete_policy(PolicyArn=own)
    assert not may()


def test_tags_of_the_caller_can_be_conditions(iam, bob):
    tagged = statement("sqs:ListQueues", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(tagged))
    sqs = bob.client("sqs")
    with pytest.raises(ClientError, match="is not authorized to perform"):
        sqs.list_queues()
    iam.tag_user(UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])
    sqs.list_queues()


def test_the_key_of_a_deleted_user_opens_nothing_for_a_namesake(iam, cloud, sign_in):
    session = sign_in("bob")
    key = iam.list_access_keys(UserName="bob")["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.delete_access_key(UserName="bob", AccessKeyId=key)
    iam.delete_user(UserName="bob")
    iam.create_user(UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    with pytest.raises(ClientError, match="The security token included in the request is invalid"):
        session.client("sqs").list_queues()


# what sessions get


def _role_session(account, role, session=None):
    return principals.Principal(
        "role", account, f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/s", f"{role['RoleId']}:s",
        role["Arn"], role["RoleName"], {}, session,
    )  # fmt: skip


def _policies(cloud, principal):
    return cloud.look(lambda inside: inside.registry.get("iam").service.policies(principal))


def test_a_role_session_has_the_roles_policies_and_boundary(iam, cloud, account):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(), PermissionsBoundary=ADMIN)["Role"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy())
    found = _policies(cloud, _role_session(account, role))
    assert [one.name for one in found.identity] == ["p"]
    assert found.boundary.name == "AdministratorAccess"
    assert found.session is None
    limited = _policies(cloud, _role_session(account, role, SessionInfo((policy(),), (ADMIN,))))
    assert [one.name for one in limited.session] == ["session policy 1", "AdministratorAccess"]


def test_a_session_of_a_role_that_was_made_anew_has_nothing(iam, cloud, account):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())["Role"]
    iam.delete_role(RoleName="r")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy())
    assert _policies(cloud, _role_session(account, role)).identity == ()


def test_a_federated_session_is_limited_by_its_session_policies(iam, cloud, account):
    user = iam.create_user(UserName="bob")["User"]
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy())

    def federated(entity_arn, session):
        arn = f"arn:aws:sts::{account}:federated-user/f"
        return principals.Principal("federated", account, arn, f"{account}:f", entity_arn, "f", {}, session)

    bare = _policies(cloud, federated(user["Arn"], SessionInfo()))
    assert ([one.name for one in bare.identity], bare.session) == (["p"], ())
    of_root = _policies(cloud, federated(f"arn:aws:iam::{account}:root", SessionInfo((policy(),))))
    assert (len(of_root.identity), len(of_root.session)) == (1, 1)
