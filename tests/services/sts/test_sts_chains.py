"""Role chaining: session tags, transitive tags, source identity, and how long a chained session may last."""

from __future__ import annotations

from tests.services.sts.sts_calls import EVERYTHING, document, not_authorized, refusal, trust

MAY_ASSUME_AND_TAG = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}
TEAM = [{"Key": "Team", "Value": "blue"}]


# wrong input


def test_tag_keys_that_differ_in_case_only_are_duplicates(actors, sts):
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "Team", "Value": "red"}]
    assert refusal(sts.assume_role, RoleArn=actors.open_role("r"), RoleSessionName="me", Tags=tags) == (
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )


def test_only_tags_that_are_passed_can_be_transitive(actors, sts):
    assert refusal(
        sts.assume_role, RoleArn=actors.open_role("r"), RoleSessionName="me", Tags=TEAM, TransitiveTagKeys=["Stage"]
    ) == ("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")


# wrong state


def test_a_chained_session_lasts_an_hour_at_most(actors):
    first, second = actors.open_role("first"), actors.open_role("second", MaxSessionDuration=43200)
    chained = actors.assumed(first).client("sts")
    chained.assume_role(RoleArn=second, RoleSessionName="me", DurationSeconds=3600)
    assert refusal(chained.assume_role, RoleArn=second, RoleSessionName="me", DurationSeconds=3601) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )


def test_the_limit_holds_for_every_kind_of_temporary_credentials(actors, sts):
    role = actors.open_role("r", MaxSessionDuration=43200)
    by_token = actors.as_session(sts.get_session_token()).client("sts")
    code, _message = refusal(by_token.assume_role, RoleArn=role, RoleSessionName="me", DurationSeconds=7200)
    assert code == "ValidationError"


def test_tags_need_a_trust_policy_and_a_permission_to_tag(actors, account):
    ann = actors.user("ann", MAY_ASSUME_AND_TAG).client("sts")
    bob = actors.user("bob", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}).client("sts")
    no_tags, tags = actors.role("no-tags", trust({"AWS": account})), actors.open_role("tags")
    ann.assume_role(RoleArn=tags, RoleSessionName="me", Tags=TEAM)
    for caller, name, role in ((ann, "ann", no_tags), (bob, "bob", tags)):
        refused = refusal(caller.assume_role, RoleArn=role, RoleSessionName="me", Tags=TEAM)
        assert refused == not_authorized(f"arn:aws:iam::{account}:user/{name}", "sts:TagSession", role)


def test_inherited_tags_need_the_permission_too(actors, account):
    first = actors.open_role("first")
    second = actors.role("second", trust({"AWS": account}))
    carrier = actors.assumed(first, Tags=TEAM, TransitiveTagKeys=["Team"]).client("sts")
    code, message = refusal(carrier.assume_role, RoleArn=second, RoleSessionName="me")
    assert code == "AccessDenied"
    assert message.endswith(f"is not authorized to perform: sts:TagSession on resource: {second}")
    actors.assumed(second, by=actors.assumed(first, Tags=TEAM))


def test_an_inherited_tag_cannot_be_passed_anew(actors):
    first, second = actors.open_role("first"), actors.open_role("second")
    carrier = actors.assumed(first, Tags=TEAM, TransitiveTagKeys=["team"]).client("sts")
    code, message = refusal(
        carrier.assume_role, RoleArn=second, RoleSessionName="me", Tags=TEAM, TransitiveTagKeys=["Team"]
    )
    assert code == "InvalidParameterValue"
    assert message == (
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
        "the calling session."
    )
    assert refusal(carrier.assume_role, RoleArn=second, RoleSessionName="me", Tags=TEAM)[0] == "InvalidParameterValue"


def test_a_trust_policy_can_look_at_tags_and_transitive_keys(actors, account):
    ann = actors.user("ann", MAY_ASSUME_AND_TAG).client("sts")
    arn = actors.role(
        "r",
        trust(
            {"AWS": account}, "sts:AssumeRole", "sts:TagSession",
            StringEquals={"aws:RequestTag/Team": "blue"},
            **{"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"], "sts:TransitiveTagKeys": ["Team"]}},
        ),
    )  # fmt: skip
    ann.assume_role(RoleArn=arn, RoleSessionName="me", Tags=TEAM, TransitiveTagKeys=["Team"])
    red, more = [{"Key": "Team", "Value": "red"}], [*TEAM, {"Key": "Stage", "Value": "x"}]
    for tags in (red, more, []):
        assert refusal(ann.assume_role, RoleArn=arn, RoleSessionName="me", Tags=tags)[0] == "AccessDenied"


def test_a_source_identity_needs_the_trust_policys_leave(actors, account):
    ann = actors.user("ann", EVERYTHING).client("sts")
    role = actors.role("r", trust({"AWS": account}))
    refused = refusal(ann.assume_role, RoleArn=role, RoleSessionName="me", SourceIdentity="ann")
    assert refused == not_authorized(f"arn:aws:iam::{account}:user/ann", "sts:SetSourceIdentity", role)


def test_a_source_identity_cannot_change_on_the_way(actors):
    first, second = actors.open_role("first"), actors.open_role("second")
    carrier = actors.assumed(first, SourceIdentity="ann").client("sts")
    code, message = refusal(carrier.assume_role, RoleArn=second, RoleSessionName="me", SourceIdentity="bob")
    assert code == "AccessDenied"
    assert message.endswith(f"is not authorized to perform: sts:SetSourceIdentity on resource: {second}")


# behaviour


def policy_on_tag(team: str) -> dict:
    """Lets list users whoever carries a team's tag."""
    return {
        "Effect": "Allow",
        "Action": "iam:ListUsers",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/Team": team}},
    }


def test_session_tags_are_principal_tags_and_cover_the_roles_own(actors):
    role = actors.open_role("r", policy_on_tag("blue"), Tags=[{"Key": "team", "Value": "red"}])
    assert refusal(actors.assumed(role).client("iam").list_users)[0] == "AccessDenied"
    actors.assumed(role, Tags=TEAM).client("iam").list_users()


def test_a_roles_own_tags_are_principal_tags_as_they_are_now(actors):
    role = actors.open_role("r", policy_on_tag("blue"))
    session = actors.assumed(role).client("iam")
    assert refusal(session.list_users)[0] == "AccessDenied"
    actors.iam.tag_role(RoleName="r", Tags=TEAM)
    session.list_users()


def test_transitive_tags_go_on_through_a_chain_and_others_end(actors):
    roles = [actors.open_role(name, policy_on_tag("blue"), EVERYTHING_OF_STS) for name in ("one", "two", "three")]
    session = actors.assumed(roles[0], Tags=[*TEAM, {"Key": "Stage", "Value": "x"}], TransitiveTagKeys=["Team"])
    for role in roles[1:]:
        session = actors.assumed(role, by=session)
        session.client("iam").list_users()
    plain = actors.assumed(roles[1], by=actors.assumed(roles[0], Tags=TEAM))
    assert refusal(plain.client("iam").list_users)[0] == "AccessDenied"


EVERYTHING_OF_STS = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}


def test_a_source_identity_goes_on_through_a_chain(actors):
    is_ann = {
        "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceIdentity": "ann"}},
    }  # fmt: skip
    first, second = (actors.open_role(name, is_ann, EVERYTHING_OF_STS) for name in ("first", "second"))
    answer = actors.root.client("sts").assume_role(RoleArn=first, RoleSessionName="me", SourceIdentity="ann")
    assert answer["SourceIdentity"] == "ann"
    chained = actors.as_session(answer).client("sts").assume_role(RoleArn=second, RoleSessionName="me")
    assert chained["SourceIdentity"] == "ann"
    actors.as_session(chained).client("iam").list_users()


def test_a_trust_policy_can_ask_for_a_source_identity(actors, account):
    ann = actors.user("ann", EVERYTHING).client("sts")
    arn = actors.role(
        "r",
        trust(
            {"AWS": account}, "sts:AssumeRole", "sts:SetSourceIdentity",
            StringEquals={"sts:SourceIdentity": "${aws:username}"},
        ),
    )  # fmt: skip
    ann.assume_role(RoleArn=arn, RoleSessionName="me", SourceIdentity="ann")
    for asked in ({"SourceIdentity": "bob"}, {}):
        assert refusal(ann.assume_role, RoleArn=arn, RoleSessionName="me", **asked)[0] == "AccessDenied"


def test_a_session_policy_does_not_go_on_through_a_chain(actors):
    """Each session has its own permissions: the next role's, as far as that call's session policies leave them."""
    first, second = actors.open_role("first"), actors.open_role("second")
    narrow = actors.assumed(first, Policy=document(EVERYTHING_OF_STS))
    assert refusal(narrow.client("iam").list_users)[0] == "AccessDenied"
    actors.assumed(second, by=narrow).client("iam").list_users()
