"""Temporary credentials as the gateway meets them: tokens, expiry, the end of the role behind them, restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.config import Config
from cloudchamber.services.sts.limits import EXPIRED_KEPT_SECONDS
from cloudchamber.services.sts.store import EXPIRED, NEXT_EXPIRY
from cloudchamber.testing import RunningCloud
from tests.services.sts.sts_calls import Actors, refusal, status_of

if TYPE_CHECKING:
    from pathlib import Path

INVALID = ("InvalidClientTokenId", "The security token included in the request is invalid.")
EXPIRED_TOKEN = ("ExpiredToken", "The security token included in the request is expired")


def credentials(actors, **more):
    arn = actors.open_role("r")
    return actors.root.client("sts").assume_role(RoleArn=arn, RoleSessionName="me", **more)["Credentials"]


def with_changed(cloud, given, **changed):
    given = {**given, **changed}
    return cloud.session_with(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


# wrong input


def test_a_key_without_its_token_is_invalid(cloud, actors):
    given = credentials(actors)
    for token in (None, given["SessionToken"][:-4] + "AAAA"):
        sts = with_changed(cloud, given, SessionToken=token).client("sts")
        assert refusal(sts.get_caller_identity) == INVALID
        assert status_of(sts.get_caller_identity) == 403


def test_a_wrong_secret_does_not_sign(cloud, actors):
    sts = with_changed(cloud, credentials(actors), SecretAccessKey="x" * 40).client("sts")
    assert refusal(sts.get_caller_identity)[0] == "SignatureDoesNotMatch"


def test_an_unknown_temporary_key_is_invalid(cloud, actors):
    sts = with_changed(cloud, credentials(actors), AccessKeyId="ASIAQQQQQQQQQQQQQQQQ").client("sts")
    assert refusal(sts.get_caller_identity) == INVALID


# wrong state


def test_credentials_end_at_their_expiration(actors, frozen_clock):
    given = actors.root.client("sts").assume_role(
        RoleArn=actors.open_role("r"), RoleSessionName="me", DurationSeconds=900
    )
    session = actors.as_session(given)
    frozen_clock.advance(898)
    session.client("sts").get_caller_identity()
    frozen_clock.advance(2)
    assert refusal(session.client("sts").get_caller_identity) == EXPIRED_TOKEN
    assert status_of(session.client("iam").list_users) == 403
    code, _message = refusal(session.client("sqs").list_queues)
    assert code in ("ExpiredToken", "ExpiredTokenException")


def test_expired_credentials_stay_known_for_a_week(cloud, actors, frozen_clock):
    session = actors.as_session({"Credentials": credentials(actors)})
    cloud.look(lambda running: running.identities.changed())
    frozen_clock.advance(6 * 86_400)
    assert refusal(session.client("sts").get_caller_identity) == EXPIRED_TOKEN
    frozen_clock.advance(2 * 86_400)
    cloud.look(lambda running: running.identities.changed())
    assert refusal(session.client("sts").get_caller_identity) == INVALID


def test_a_session_of_a_deleted_role_may_do_nothing_even_if_the_role_comes_back(actors):
    session = actors.assumed(actors.open_role("r"))
    session.client("iam").list_users()
    for _time in range(2):
        actors.iam.delete_role_policy(RoleName="r", PolicyName="p")
        actors.iam.delete_role(RoleName="r")
        assert refusal(session.client("iam").list_users)[0] == "AccessDenied"
        actors.open_role("r", Tags=[{"Key": "a", "Value": "b"}])
        assert refusal(session.client("iam").list_users)[0] == "AccessDenied"
    assert session.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/r/session")


def test_the_own_session_of_a_deleted_user_is_invalid(actors):
    ann = actors.user("ann")
    session = actors.as_session(ann.client("sts").get_session_token())
    session.client("sts").get_caller_identity()
    for key in actors.iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]:
        actors.iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    actors.iam.delete_user(UserName="ann")
    assert refusal(session.client("sts").get_caller_identity) == INVALID
    actors.user("ann")
    assert refusal(session.client("sts").get_caller_identity) == INVALID


# behaviour


def test_sessions_survive_a_restart_and_expire_after_it(tmp_path: Path):
    def started() -> RunningCloud:
        return RunningCloud(Config(port=0, data_dir=tmp_path / "data")).start()

    cloud = started()
    given = credentials(Actors(cloud, "111122223333"), DurationSeconds=900)
    cloud.stop()
    cloud = started()
    try:
        sts = with_changed(cloud, given).client("sts")
        assert sts.get_caller_identity()["Account"] == "111122223333"
        pending = cloud.look(lambda running: [timer.name for timer in running.clock.pending()])
        assert pending.count("sts sessions") == 1
        cloud.clock.advance(901)
        assert refusal(sts.get_caller_identity) == EXPIRED_TOKEN
    finally:
        cloud.stop()


def test_one_timer_serves_all_sessions_and_leaves_only_what_is_to_be_kept(actors, cloud, frozen_clock):
    sts, arn = actors.root.client("sts"), actors.open_role("r")
    made = [
        sts.assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=900 + n)["Credentials"]["AccessKeyId"]
        for n in range(5)
    ]

    def timers(running):
        return [timer.name for timer in running.clock.pending(1000)].count("sts sessions")

    def kept(running):
        store = running.registry.get("sts").service.store
        return [key for key in made if store.sessions.get(key) is not None]

    assert cloud.look(timers) == 1
    frozen_clock.advance(EXPIRED_KEPT_SECONDS + 890)
    assert cloud.look(kept) == made
    frozen_clock.advance(2 * 3600)
    assert cloud.look(kept) == []


def test_looking_for_expired_sessions_uses_the_index(cloud, actors):
    credentials(actors)

    def plans(running):
        return running.store.plan(EXPIRED, (0.0, 1)), running.store.plan(NEXT_EXPIRY)

    for plan in cloud.look(plans):
        assert "sts_sessions_by_expires_at" in plan
