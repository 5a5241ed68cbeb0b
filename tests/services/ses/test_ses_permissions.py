"""Who may send: identity policies on the sender's ARN, condition keys, configuration sets. What outlives a crash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.config import Config
from cloudchamber.testing import RunningCloud
from tests.services.calls import refused
from tests.services.ses.ses_calls import send

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def user(cloud: RunningCloud, aws: Any) -> Any:
    """`user(statement, …)`: a client of a user of the test's account with these statements."""
    iam = aws.client("iam")

    def make(*statements: dict[str, Any], service: str = "ses") -> Any:
        iam.create_user(UserName="sam")
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        if statements:
            iam.put_user_policy(UserName="sam", PolicyName="p", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName="sam")["AccessKey"]
        return cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client(service)

    return make


def allow(action: str, resource: str = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def test_a_refusal_to_send_is_in_sess_own_words(user, account: str, shop: str, ann: str):
    arn = f"arn:aws:ses:us-east-1:{account}:identity/{shop.partition('@')[2]}"
    with refused(
        "AccessDenied",
        f"User `arn:aws:iam::{account}:user/sam' is not authorized to perform `ses:SendEmail' on resource `{arn}'",
        403,
    ):
        send(user(), shop, ann)


def test_leave_is_for_one_identity(ses, user, account: str, shop: str, ann: str):
    sam = user(allow("ses:Send*", f"arn:aws:ses:us-east-1:{account}:identity/{shop.partition('@')[2]}"))
    send(sam, shop, ann)
    sam.send_raw_email(RawMessage={"Data": f"From: {shop}\nTo: {ann}\n\nbody"})
    ses.verify_domain_identity(Domain="other.example")
    with refused("AccessDenied", status=403):
        send(sam, "any@other.example", ann)
    with refused("AccessDenied", status=403):
        sam.send_raw_email(RawMessage={"Data": f"From: any@other.example\nTo: {ann}\n\nbody"})
    ses.create_configuration_set(ConfigurationSet={"Name": "set"})
    with refused("AccessDenied", status=403):
        send(sam, shop, ann, ConfigurationSetName="set")


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("ses:FromAddress", {"source": "news@{domain}"}, {"source": "boss@{domain}"}),
        ("ses:FromDisplayName", {"source": "news@{domain} <a@{domain}>"}, {"source": "News <a@{domain}>"}),
        ("ses:FeedbackAddress", {"back": "news@{domain}"}, {"back": "boss@{domain}"}),
        ("ses:Recipients", {"to": ["news@{domain}"]}, {"to": ["news@{domain}", "boss@{domain}"]}),
    ],
)
def test_condition_keys(user, shop: str, key: str, good: dict[str, Any], bad: dict[str, Any]):
    operator = "ForAllValues:StringEquals" if key == "ses:Recipients" else "StringEquals"
    sam = user(allow("ses:SendEmail", **{operator: {key: shop}}))

    def attempt(source: str = "news@{domain}", back: str = "", to: tuple[str, ...] = ("news@{domain}",)) -> None:
        domain = shop.partition("@")[2]
        more = {"ReturnPath": back.format(domain=domain)} if back else {}
        send(sam, source.format(domain=domain), *[one.format(domain=domain) for one in to], **more)

    attempt(**good)
    with refused("AccessDenied", status=403):
        attempt(**bad)


def test_managing_asks_for_the_operation(user, account: str):
    sam = user(allow("ses:ListIdentities"))
    sam.list_identities()
    with refused(
        "AccessDenied",
        f"User: arn:aws:iam::{account}:user/sam is not authorized to perform: ses:GetSendQuota on resource: * "
        "because no identity-based policy allows the ses:GetSendQuota action",
        403,
    ):
        sam.get_send_quota()


def test_what_was_accepted_outlives_the_process(tmp_path: Path):
    def started() -> RunningCloud:
        return RunningCloud(Config(port=0, data_dir=tmp_path / "cloud")).start()

    first = started()
    ses = first.session("111122223333").client("ses")
    ses.verify_domain_identity(Domain="shop.example")
    topic = first.session("111122223333").client("sns").create_topic(Name="t")["TopicArn"]
    first.look(lambda cloud: _leave_behind(cloud, topic))
    send(ses, "news@shop.example", "ann@example.org")
    first.stop()
    second = started()
    try:
        second.clock.settle()
        assert [mail.subject for mail in second.mail("ann@example.org")] == ["Hello"]
        assert second.session("111122223333").client("ses").get_send_quota()["SentLast24Hours"] == 1
        tried = second.spans(service="sns", operation="Publish")
        assert [span.principal for span in tried] == ["ses.amazonaws.com"]
    finally:
        second.stop()


def _leave_behind(cloud: Any, topic: str) -> None:
    """An event that was committed and not yet delivered when the process was killed."""
    from cloudchamber.services.ses.tables import Post  # noqa: PLC0415

    store = cloud.registry.get("ses").service.store
    request = {"TopicArn": topic, "Message": "m"}
    post = Post("111122223333", "us-east-1", "sns:Publish", "arn:aws:ses:::identity/x", request, "1-0-0", "0")
    with store.db.transaction():
        store.post(post, cloud.clock.now())


def test_rows_are_found_by_indexes(cloud: RunningCloud):
    def plans(running: Any) -> list[str]:
        db = running.registry.get("ses").service.store.db
        return [
            db.plan("SELECT record FROM ses_identities WHERE token = ? ORDER BY account, region LIMIT ?", ("", 1)),
            db.plan("SELECT total(attempts) FROM ses_statistics WHERE account = ? AND region = ? AND bucket > ?",
                    ("", "", 0)),
            db.plan("SELECT record, attempts FROM ses_outbox WHERE id = ?", (1,)),
        ]  # fmt: skip

    for plan in cloud.look(plans):
        assert "SEARCH" in plan and "SCAN" not in plan, plan
