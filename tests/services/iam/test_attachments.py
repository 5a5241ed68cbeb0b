"""Managed policies attached to users, groups and roles; inline policies."""

import json

import pytest

from tests.services.iam.iam_calls import ADMIN, READ_ONLY, policy, refused, statement, trust


@pytest.fixture(params=["User", "Group", "Role"])
def kind(request, iam):
    """A user, group or role of the name "x"."""
    more = {"AssumeRolePolicyDocument": trust()} if request.param == "Role" else {}
    getattr(iam, f"create_{request.param.lower()}")(**{f"{request.param}Name": "x"}, **more)
    return request.param


@pytest.fixture
def call(iam, kind):
    """`call("attach_{}_policy", PolicyArn=…)` for the kind at hand."""

    def make(operation, name="x", **request):
        return getattr(iam, operation.format(kind.lower()))(**{f"{kind}Name": name}, **request)

    return make


# attaching: wrong input and wrong state


def test_only_policies_that_exist_are_attached(call, account):
    arn = f"arn:aws:iam::{account}:policy/missing"
    with refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable."):
        call("attach_{}_policy", PolicyArn=arn)
    with refused("InvalidInput", "ARN AdministratorAccess-and-more is not valid."):
        call("attach_{}_policy", PolicyArn="AdministratorAccess-and-more")


def test_only_what_is_attached_is_detached(call):
    with refused("NoSuchEntity", f"Policy {ADMIN} was not found."):
        call("detach_{}_policy", PolicyArn=ADMIN)


def test_whoever_does_not_exist_is_named(call, kind):
    message = f"The {kind.lower()} with name nobody cannot be found."
    for operation, more in (
        ("attach_{}_policy", {"PolicyArn": ADMIN}),
        ("detach_{}_policy", {"PolicyArn": ADMIN}),
        ("list_attached_{}_policies", {}),
        ("list_{}_policies", {}),
        ("put_{}_policy", {"PolicyName": "p", "PolicyDocument": policy()}),
    ):
        with refused("NoSuchEntity", message):
            call(operation, "nobody", **more)


def test_ten_policies_are_attached_at_most(iam, call, kind):
    arns = [iam.create_policy(PolicyName=f"p{n}", PolicyDocument=policy())["Policy"]["Arn"] for n in range(11)]
    for arn in arns[:10]:
        call("attach_{}_policy", PolicyArn=arn)
    call("attach_{}_policy", PolicyArn=arns[0])  # again: nothing changes
    with refused("LimitExceeded", f"Cannot exceed quota for PoliciesPer{kind}: 10"):
        call("attach_{}_policy", PolicyArn=arns[10])


# attaching: behaviour


def test_attached_policies_are_listed_in_pages_and_by_path(iam, call):
    own = iam.create_policy(PolicyName="own", Path="/dept/", PolicyDocument=policy())["Policy"]["Arn"]
    for arn in (ADMIN, READ_ONLY, own):
        call("attach_{}_policy", PolicyArn=arn)
    listed = call("list_attached_{}_policies", MaxItems=2)
    rest = call("list_attached_{}_policies", Marker=listed["Marker"])
    assert listed["IsTruncated"]
    found = [*listed["AttachedPolicies"], *rest["AttachedPolicies"]]
    assert {one["PolicyArn"]: one["PolicyName"] for one in found} == {
        ADMIN: "AdministratorAccess", READ_ONLY: "ReadOnlyAccess", own: "own",
    }  # fmt: skip
    filed = call("list_attached_{}_policies", PathPrefix="/dept/")["AttachedPolicies"]
    assert [one["PolicyName"] for one in filed] == ["own"]
    call("detach_{}_policy", PolicyArn=own)
    assert iam.get_policy(PolicyArn=own)["Policy"]["AttachmentCount"] == 0


def test_a_policy_shows_who_has_it(iam):
    iam.create_user(UserName="ann")
    iam.create_user(UserName="bob", Path="/x/", PermissionsBoundary=ADMIN)
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    iam.attach_user_policy(UserName="ann", PolicyArn=ADMIN)
    iam.attach_group_policy(GroupName="g", PolicyArn=ADMIN)
    iam.attach_role_policy(RoleName="r", PolicyArn=ADMIN)

    def entities(**request):
        pages = iam.get_paginator("list_entities_for_policy").paginate(
            PolicyArn=ADMIN, **request, PaginationConfig={"PageSize": 2}
        )
        return [
            one[f"{kind}Name"] for page in pages for kind in ("User", "Group", "Role") for one in page[f"Policy{kind}s"]
        ]

    assert sorted(entities()) == ["ann", "bob", "g", "r"]
    assert entities(EntityFilter="Group") == ["g"]
    assert entities(PathPrefix="/x/") == ["bob"]
    assert entities(PolicyUsageFilter="PermissionsBoundary") == ["bob"]
    assert sorted(entities(PolicyUsageFilter="PermissionsPolicy")) == ["ann", "g", "r"]


# inline policies


def test_an_inline_document_has_to_be_a_policy(call):
    with refused("MalformedPolicyDocument", "Syntax errors in policy."):
        call("put_{}_policy", PolicyName="p", PolicyDocument="{}")
    # Inline policies may leave the version out.
    call("put_{}_policy", PolicyName="p", PolicyDocument=json.dumps({"Statement": statement()}))


def test_an_inline_policy_that_does_not_exist_is_named(call, kind):
    for operation in ("get_{}_policy", "delete_{}_policy"):
        with refused("NoSuchEntity", f"The {kind.lower()} policy with name p cannot be found."):
            call(operation, PolicyName="p")


def test_inline_policies_together_keep_within_a_size(call, kind):
    most = {"User": 2048, "Group": 5120, "Role": 10240}[kind]
    half = policy(statement(Sid="x" * (most // 2 - 100)))
    call("put_{}_policy", PolicyName="one", PolicyDocument=half)
    call("put_{}_policy", PolicyName="two", PolicyDocument=half)
    call("put_{}_policy", PolicyName="two", PolicyDocument=half + " " * 5000)
    with refused("LimitExceeded", f"Maximum policy size of {most} bytes exceeded for {kind.lower()} x"):
        call("put_{}_policy", PolicyName="three", PolicyDocument=policy(statement(Sid="x" * 100)))


def test_inline_policies_are_put_read_listed_and_deleted(call, kind):
    document = json.dumps({"Version": "2012-10-17", "Statement": statement("s3:*", "*")}, indent=2)
    call("put_{}_policy", PolicyName="b", PolicyDocument=policy())
    call("put_{}_policy", PolicyName="a", PolicyDocument=policy())
    call("put_{}_policy", PolicyName="a", PolicyDocument=document)
    shown = call("get_{}_policy", PolicyName="a")
    assert (shown[f"{kind}Name"], shown["PolicyName"], shown["PolicyDocument"]) == ("x", "a", json.loads(document))
    first = call("list_{}_policies", MaxItems=1)
    assert (first["PolicyNames"], first["IsTruncated"]) == (["a"], True)
    assert call("list_{}_policies", Marker=first["Marker"])["PolicyNames"] == ["b"]
    call("delete_{}_policy", PolicyName="a")
    assert call("list_{}_policies")["PolicyNames"] == ["b"]
