"""Tags of users, roles, managed policies and instance profiles."""

import pytest

from tests.services.iam.iam_calls import ADMIN, policy, refused, trust


@pytest.fixture(params=["user", "role", "policy", "instance_profile"])
def tagged(request, iam):
    """`tagged("tag", Tags=…)` calls the operation on a resource of one of the four kinds."""
    kind = request.param
    if kind == "user":
        iam.create_user(UserName="x")
        who = {"UserName": "x"}
    elif kind == "role":
        iam.create_role(RoleName="x", AssumeRolePolicyDocument=trust())
        who = {"RoleName": "x"}
    elif kind == "policy":
        who = {"PolicyArn": iam.create_policy(PolicyName="x", PolicyDocument=policy())["Policy"]["Arn"]}
    else:
        iam.create_instance_profile(InstanceProfileName="x")
        who = {"InstanceProfileName": "x"}

    def call(verb, **more):
        name = f"list_{kind}_tags" if verb == "list" else f"{verb}_{kind}"
        return getattr(iam, name)(**who, **more)

    call.ignores_case = kind in ("user", "role")
    return call


def _tags(**tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


# wrong input and wrong state


def test_a_key_comes_once(tagged):
    note = " Please note that Tag keys are case insensitive." if tagged.ignores_case else ""
    with refused("InvalidInput", f"Duplicate tag keys found.{note}"):
        tagged("tag", Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])


def test_keys_of_aws_are_reserved(tagged):
    with refused("InvalidInput", "System tags cannot be added/updated by requester"):
        tagged("tag", Tags=[{"Key": "aws:x", "Value": "1"}])


def test_keys_and_values_keep_within_bounds(tagged):
    for key, value in (("k" * 129, "v"), ("", "v"), ("k", "v" * 257), ("k?", "v")):
        with refused("ValidationError"):
            tagged("tag", Tags=[{"Key": key, "Value": value}])


def test_there_are_fifty_tags_at_most(tagged):
    tagged("tag", Tags=_tags(**{f"k{n}": "v" for n in range(50)}))
    tagged("tag", Tags=_tags(k0="again"))
    with refused("LimitExceeded"):
        tagged("tag", Tags=_tags(more="v"))


def test_policies_of_aws_have_no_tags(iam):
    with refused("InvalidInput"):
        iam.tag_policy(PolicyArn=ADMIN, Tags=_tags(a="b"))


# behaviour


def test_tags_are_added_replaced_listed_and_removed(tagged):
    tagged("tag", Tags=_tags(a="1", b="2"))
    tagged("tag", Tags=_tags(b="3", c=""))
    first = tagged("list", MaxItems=2)
    rest = tagged("list", Marker=first["Marker"])
    assert first["IsTruncated"]
    assert [*first["Tags"], *rest["Tags"]] == _tags(a="1", b="3", c="")
    tagged("untag", TagKeys=["a", "not-there"])
    assert tagged("list")["Tags"] == _tags(b="3", c="")


def test_users_and_roles_ignore_the_case_of_keys_and_the_last_spelling_stays(tagged):
    tagged("tag", Tags=_tags(Test="1"))
    tagged("tag", Tags=_tags(test="2"))
    assert tagged("list")["Tags"] == (_tags(test="2") if tagged.ignores_case else _tags(Test="1", test="2"))
    if tagged.ignores_case:
        with refused("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive."):
            tagged("tag", Tags=_tags(a="1", A="2"))
