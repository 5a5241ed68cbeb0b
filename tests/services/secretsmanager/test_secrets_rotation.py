"""Rotation: the function's four steps, failures, schedules on the clock, restarts.

There is no Lambda yet. Where a rotation is to run, the tests put a function of their own in its place, at the door that
Secrets Manager calls: it does what AWS's template of a rotation function does, through real calls.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from cloudchamber.config import Config
from cloudchamber.core.dispatch import BoundOperation
from cloudchamber.core.errors import AccessDenied
from cloudchamber.core.service import free
from cloudchamber.identity import principals
from cloudchamber.testing import RunningCloud
from tests.services.calls import refused
from tests.services.secretsmanager.secrets_calls import DAY, TOKENS, denied, stages, statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.cloud import Cloud
    from cloudchamber.core.context import Context

NO_ACCESS = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the "
    "principal secretsmanager.amazonaws.com."
)
UNFINISHED = "A previous rotation isn't complete. That rotation will be reattempted."
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]


class Function:
    """A rotation function. `fails_in` names a step that fails; `is_open` whether its policy lets the service in."""

    def __init__(self, account: str) -> None:
        self.owner = principals.root(account)
        self.arn = f"arn:aws:lambda:us-east-1:{account}:function:rotate"
        self.steps: list[str] = []
        self.callers: set[tuple[str, str | None]] = set()
        self.fails_in = ""
        self.is_open = True

    async def __call__(self, ctx: Context, request: dict[str, Any]) -> dict[str, Any]:
        if not self.is_open or request["FunctionName"] != self.arn:
            raise AccessDenied("no")
        self.callers.add((ctx.principal.name, ctx.source_arn))
        if request["InvocationType"] == "DryRun":
            return {"StatusCode": 204}
        event = orjson.loads(request["Payload"])
        self.steps.append(event["Step"])
        if event["Step"] == self.fails_in:
            return {"StatusCode": 200, "FunctionError": "Unhandled"}
        secret, token = event["SecretId"], event["ClientRequestToken"]
        if event["Step"] == "createSecret":
            await ctx.call(
                "secretsmanager:PutSecretValue", principal=self.owner, SecretId=secret, ClientRequestToken=token,
                SecretString=f"new {token}", VersionStages=["AWSPENDING"],
            )  # fmt: skip
        if event["Step"] == "finishSecret":
            shown = await ctx.call("secretsmanager:DescribeSecret", principal=self.owner, SecretId=secret)
            current = next(v for v, labels in shown["VersionIdsToStages"].items() if "AWSCURRENT" in labels)
            await ctx.call(
                "secretsmanager:UpdateSecretVersionStage", principal=self.owner, SecretId=secret,
                VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current,
            )  # fmt: skip
        return {"StatusCode": 200}


def install(running: Cloud, function: Function) -> Any:
    """Put the function behind `lambda:Invoke`; gives back what stood there."""
    before = running.dispatcher.lookup
    service = running.registry.get("secretsmanager").service
    bound = BoundOperation(service, "Invoke", function, free)
    running.dispatcher.lookup = lambda name, operation: bound if name == "lambda" else before(name, operation)
    return before


@pytest.fixture
def function(cloud: RunningCloud, account: str) -> Iterator[Function]:
    made = Function(account)
    before = cloud.look(lambda running: install(running, made))
    yield made
    cloud.look(lambda running: tidy_up(running, account, before))


def tidy_up(running: Cloud, account: str, lookup: Any) -> None:
    """Take the function away, and with it what would be rotated while other tests move the clock."""
    running.dispatcher.lookup = lookup
    store = running.registry.get("secretsmanager").service.store
    with running.store.transaction():
        for secret in store.secrets.where(account=account):
            store.remove(secret)


@pytest.fixture
def rotate(secrets, make, frozen_clock, function):
    """`rotate(…)` makes a secret and rotates it; the clock stands at noon of the first of March 2026."""
    frozen_clock.freeze(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())
    make()

    def call(**more):
        answer = secrets.rotate_secret(SecretId="s", **{"RotationLambdaARN": function.arn, **more})
        frozen_clock.settle()
        return answer

    return call


def shown(secrets, member: str) -> str | None:
    at = secrets.describe_secret(SecretId="s").get(member)
    return at if at is None else at.astimezone(UTC).strftime("%m-%d %H:%M")


# wrong input


@pytest.mark.parametrize(
    "rules",
    [
        {"AutomaticallyAfterDays": 5, "ScheduleExpression": "rate(5 days)"},
        {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpression": "rate(1000 days)"},
        {"ScheduleExpression": "rate(5 weeks)"},
        {"ScheduleExpression": "cron(5 12 * * ? *)"},
        {"ScheduleExpression": "cron(0 25 * * ? *)"},
        {"ScheduleExpression": "cron(0 12 * * ? 2026)"},
        {"ScheduleExpression": "cron(0 /2 * * ? *)"},
        {"ScheduleExpression": "cron(0 22 * * ? *)", "Duration": "3h"},
        {"ScheduleExpression": "rate(4 hours)", "Duration": "5h"},
        {"ScheduleExpression": "rate(1 day)", "Duration": "x"},
    ],
)
def test_schedules_that_aws_refuses(secrets, make, function, rules):
    make()
    with refused("InvalidParameterException" if rules.get("Duration") != "x" else "ValidationException"):
        secrets.rotate_secret(SecretId="s", RotationLambdaARN=function.arn, RotationRules=rules)
    assert "RotationEnabled" not in secrets.describe_secret(SecretId="s")


def test_a_rotation_needs_a_function(secrets, make):
    make()
    with refused("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret."):
        secrets.rotate_secret(SecretId="s")
    with refused("InvalidRequestException"):
        secrets.cancel_rotate_secret(SecretId="s")


# wrong state


def test_without_a_function_that_can_be_invoked_nothing_is_set_up(secrets, make, account):
    version = make()["VersionId"]
    with refused("AccessDeniedException", NO_ACCESS):
        secrets.rotate_secret(SecretId="s", RotationLambdaARN=f"arn:aws:lambda:us-east-1:{account}:function:f")
    assert "RotationEnabled" not in secrets.describe_secret(SecretId="s")
    assert stages(secrets) == {"AWSCURRENT": version}


def test_the_policy_of_the_function_decides(secrets, make, function):
    make()
    function.is_open = False
    with refused("AccessDeniedException", NO_ACCESS):
        secrets.rotate_secret(SecretId="s", RotationLambdaARN=function.arn)


def test_an_unfinished_rotation_is_in_the_way_of_another(secrets, rotate, function):
    function.fails_in = "createSecret"
    rotate(ClientRequestToken=TOKENS[0])
    with refused("InvalidRequestException", UNFINISHED):
        rotate()
    assert stages(secrets)["AWSPENDING"] == TOKENS[0]
    message = "Secrets Manager can't find the specified secret value for staging label: AWSPENDING"
    with refused("ResourceNotFoundException", message):
        secrets.get_secret_value(SecretId="s", VersionStage="AWSPENDING")


def test_who_sets_a_rotation_up_needs_leave_to_invoke_the_function(user, make, function):
    make()
    bob = user("bob", statement("secretsmanager:*"))
    with refused(*denied(bob.arn, "lambda:InvokeFunction", function.arn)):
        bob.secrets.rotate_secret(SecretId="s", RotationLambdaARN=function.arn)


# behaviour


def test_a_rotation_goes_through_four_steps(secrets, rotate, function):
    before = secrets.get_secret_value(SecretId="s")
    answer = rotate(ClientRequestToken=TOKENS[0])
    assert (answer["VersionId"], function.steps) == (TOKENS[0], STEPS)
    assert function.callers == {("secretsmanager.amazonaws.com", before["ARN"])}
    after = secrets.get_secret_value(SecretId="s")
    assert (after["SecretString"], after["VersionId"]) == (f"new {TOKENS[0]}", TOKENS[0])
    assert stages(secrets) == {
        "AWSCURRENT": TOKENS[0], "AWSPENDING": TOKENS[0], "AWSPREVIOUS": before["VersionId"],
    }  # fmt: skip
    described = secrets.describe_secret(SecretId="s")
    assert (described["RotationEnabled"], described["RotationLambdaARN"]) == (True, function.arn)
    assert shown(secrets, "LastRotatedDate") == "03-01 12:00"
    rotate()  # AWSPENDING on the current version is in nobody's way
    assert function.steps == STEPS * 2


def test_what_fails_is_tried_anew(secrets, rotate, function, frozen_clock):
    function.fails_in = "testSecret"
    rotate(ClientRequestToken=TOKENS[0])
    assert function.steps == STEPS[:3]
    frozen_clock.advance(60)
    assert function.steps == STEPS[:3] * 2
    function.fails_in = ""
    frozen_clock.advance(300)
    assert secrets.get_secret_value(SecretId="s")["VersionId"] == TOKENS[0]
    assert shown(secrets, "LastRotatedDate") == "03-01 12:06"
    frozen_clock.advance(30 * DAY)
    assert len(function.steps) == 10


def test_attempts_come_to_an_end_until_the_next_window(secrets, rotate, function, frozen_clock):
    function.fails_in = "createSecret"
    rotate(RotationRules={"AutomaticallyAfterDays": 10}, ClientRequestToken=TOKENS[0])
    frozen_clock.advance(9 * DAY)
    assert len(function.steps) == 5
    with refused("InvalidRequestException", UNFINISHED):
        rotate()  # which has it tried anew, as the message says
    frozen_clock.settle()
    assert len(function.steps) == 6
    function.fails_in = ""
    frozen_clock.advance(DAY)
    assert secrets.get_secret_value(SecretId="s")["VersionId"] == TOKENS[0]


def test_a_function_that_does_not_move_the_label_has_not_rotated(secrets, rotate, function):
    function.fails_in = "nothing"

    async def idle(ctx, request):
        return {"StatusCode": 200}

    function.__class__ = type("Idle", (Function,), {"__call__": lambda self, ctx, request: idle(ctx, request)})
    rotate()
    assert shown(secrets, "LastRotatedDate") is None
    assert "AWSPENDING" in stages(secrets)


def test_a_configuration_may_be_tried_only(secrets, rotate, function):
    rotate(RotateImmediately=False, RotationRules={"ScheduleExpression": "rate(10 days)"})
    assert function.steps == ["testSecret"]
    assert list(stages(secrets)) == ["AWSCURRENT"]
    assert shown(secrets, "NextRotationDate") == "03-11 23:59"


@pytest.mark.parametrize(
    ("rules", "by", "rotated"),
    [
        ({"AutomaticallyAfterDays": 10}, "03-11 23:59", ["03-11 00:00", "03-21 00:00"]),
        ({"ScheduleExpression": "rate(2 days)"}, "03-03 23:59", ["03-03 00:00", "03-05 00:00"]),
        ({"ScheduleExpression": "rate(2 days)", "Duration": "3h"}, "03-03 02:59", ["03-03 00:00", "03-05 00:00"]),
        ({"ScheduleExpression": "rate(4 hours)"}, "03-01 16:59", ["03-01 16:00", "03-01 20:00"]),
        ({"ScheduleExpression": "cron(0 16 1,15 * ? *)", "Duration": "2h"}, "03-01 17:59",
         ["03-01 16:00", "03-15 16:00"]),
        ({"ScheduleExpression": "cron(0 8 ? * MON#2 *)"}, "03-09 23:59", ["03-09 08:00", "04-13 08:00"]),
    ],
)  # fmt: skip
def test_rotations_by_schedule(secrets, rotate, function, frozen_clock, rules, by, rotated):  # noqa: PLR0917
    rotate(RotationRules=rules)
    assert secrets.describe_secret(SecretId="s")["RotationRules"] == rules
    assert shown(secrets, "NextRotationDate") == by
    for due in rotated:
        at = datetime.strptime(f"2026 {due} +0000", "%Y %m-%d %H:%M %z").timestamp()
        frozen_clock.advance(at - frozen_clock.now() - 1)
        assert shown(secrets, "LastRotatedDate") != due
        frozen_clock.advance(1)
        assert shown(secrets, "LastRotatedDate") == due


def test_a_value_set_by_hand_counts_for_a_schedule_in_days(secrets, rotate, function, frozen_clock):
    rotate(RotationRules={"AutomaticallyAfterDays": 10})
    frozen_clock.advance(5 * DAY)
    secrets.put_secret_value(SecretId="s", SecretString="by hand")
    assert shown(secrets, "NextRotationDate") == "03-16 23:59"
    frozen_clock.advance(9 * DAY)
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "by hand"


def test_cancelling_ends_the_schedule_and_rotating_begins_it_anew(secrets, rotate, function, frozen_clock):
    rotate(RotationRules={"AutomaticallyAfterDays": 1})
    secrets.cancel_rotate_secret(SecretId="s")
    frozen_clock.advance(5 * DAY)
    assert function.steps == STEPS
    described = secrets.describe_secret(SecretId="s")
    assert described["RotationEnabled"] is False and "NextRotationDate" not in described
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 1}
    secrets.rotate_secret(SecretId="s")
    frozen_clock.advance(DAY)
    assert function.steps == STEPS * 3


def test_a_cancelled_rotation_says_which_version_it_leaves(secrets, rotate, function):
    function.fails_in = "createSecret"
    rotate(ClientRequestToken=TOKENS[0])
    assert secrets.cancel_rotate_secret(SecretId="s")["VersionId"] == TOKENS[0]


def test_replicas_get_what_rotation_makes(secrets, rotate, function, elsewhere):
    secrets.replicate_secret_to_regions(SecretId="s", AddReplicaRegions=[{"Region": "eu-west-1"}])
    rotate(ClientRequestToken=TOKENS[0])
    assert elsewhere("eu-west-1").get_secret_value(SecretId="s")["SecretString"] == f"new {TOKENS[0]}"


def test_a_secret_marked_for_deletion_is_not_rotated(secrets, rotate, function, frozen_clock):
    rotate(RotationRules={"AutomaticallyAfterDays": 1})
    secrets.delete_secret(SecretId="s")
    frozen_clock.advance(5 * DAY)
    secrets.restore_secret(SecretId="s")
    assert function.steps == STEPS


# restarts


def test_a_restart_forgets_nothing(tmp_path):
    config, account = Config(port=0, data_dir=tmp_path), "123456789012"
    first = RunningCloud(config).start()
    first.clock.freeze()
    function = Function(account)
    function.fails_in = "setSecret"
    first.look(lambda running: install(running, function))
    secrets = first.session(account).client("secretsmanager")
    for name in ("kept", "doomed", "rotated"):
        secrets.create_secret(Name=name, SecretString=name, AddReplicaRegions=[{"Region": "eu-west-1"}])
    secrets.remove_regions_from_replication(SecretId="doomed", RemoveReplicaRegions=["eu-west-1"])
    secrets.delete_secret(SecretId="doomed", RecoveryWindowInDays=7)
    secrets.rotate_secret(SecretId="rotated", RotationLambdaARN=function.arn, ClientRequestToken=TOKENS[0])
    first.clock.settle()
    first.stop()

    second = RunningCloud(config).start()
    try:
        function = Function(account)
        second.look(lambda running: install(running, function))
        session = second.session(account)
        secrets = session.client("secretsmanager")
        assert secrets.get_secret_value(SecretId="kept")["SecretString"] == "kept"
        west = session.client("secretsmanager", region_name="eu-west-1")
        assert west.get_secret_value(SecretId="kept")["SecretString"] == "kept"
        second.clock.advance(60)
        assert secrets.get_secret_value(SecretId="rotated")["VersionId"] == TOKENS[0]
        second.clock.advance(7 * DAY)
        with refused("ResourceNotFoundException"):
            secrets.describe_secret(SecretId="doomed")
    finally:
        second.stop()


def test_a_rotation_that_a_restart_broke_off_begins_anew(cloud, secrets, make, function):
    """As the tables stand when the process dies in a step: the attempt under way, and nobody at it."""
    make()
    secrets.rotate_secret(SecretId="s", RotationLambdaARN=function.arn)
    cloud.clock.settle()

    async def break_off_and_resume(running: Cloud) -> None:
        service = running.registry.get("secretsmanager").service
        [secret] = [one for one in service.store.secrets if one.arn == made]
        from cloudchamber.services.secretsmanager import rotation  # noqa: PLC0415

        service.store.secrets.put(rotation.begun(secret, TOKENS[0], running.clock.now()))
        await service.resume()
        await running.clock.settle()

    made = secrets.describe_secret(SecretId="s")["ARN"]
    function.steps.clear()
    cloud.run(break_off_and_resume)
    assert function.steps == STEPS
    assert secrets.get_secret_value(SecretId="s")["VersionId"] == TOKENS[0]


def test_what_comes_due_has_an_index(cloud):
    sql = "SELECT account FROM secretsmanager_secrets WHERE due_at <= 1 ORDER BY due_at LIMIT 9"
    plan = cloud.look(lambda running: running.registry.get("secretsmanager") and running.store.plan(sql))
    assert plan.startswith("SEARCH") and "TEMP B-TREE" not in plan
