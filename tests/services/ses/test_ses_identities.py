"""Identities: asked by mail, confirmed by a link, domains at once; what is set on them; who else may send for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.ses.ses_calls import Listener, opened, send, unverified

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


def status(ses: Any, identity: str) -> str:
    found = ses.get_identity_verification_attributes(Identities=[identity])["VerificationAttributes"]
    return str(found[identity]["VerificationStatus"])


def test_an_address_is_asked_by_mail_and_its_link_verifies(cloud: RunningCloud, ses, ann: str):
    ses.verify_email_identity(EmailAddress=ann)
    assert status(ses, ann) == "Pending"
    with unverified(ann):
        send(ses, ann, ann)
    (asked,) = cloud.mail(ann)
    assert asked.sender == "Amazon Web Services <no-reply-aws@amazon.com>"
    assert asked.subject == "Amazon Web Services – Email Address Verification Request in region us-east-1"
    assert asked.links[0] in asked.text
    assert ses.list_verified_email_addresses()["VerifiedEmailAddresses"] == []
    assert opened(asked.links[0]) == 200
    assert opened(asked.links[0]) == 200
    assert status(ses, ann) == "Success"
    assert ses.list_verified_email_addresses()["VerifiedEmailAddresses"] == [ann]
    send(ses, ann, ann)


def test_a_link_that_was_made_up_verifies_nothing(cloud: RunningCloud, ses, ann: str):
    ses.verify_email_identity(EmailAddress=ann)
    link = cloud.mail(ann)[0].links[0]
    token = link.partition("Token=")[2].partition("&")[0]
    assert opened(link.replace(token, "guess")) == 400
    assert status(ses, ann) == "Pending"


def test_a_link_is_good_for_a_day(cloud: RunningCloud, frozen_clock, ses, ann: str):
    ses.verify_email_identity(EmailAddress=ann)
    link = cloud.mail(ann)[0].links[0]
    frozen_clock.advance(24 * 3600 + 1)
    assert status(ses, ann) == "Failed"
    assert opened(link) == 400
    ses.verify_email_identity(EmailAddress=ann)
    assert opened(cloud.mail(ann)[0].links[0]) == 200


def test_a_domain_is_verified_at_once_and_vouches_for_its_addresses(ses, account: str, ann: str):
    domain = f"d{account}.example"
    token = ses.verify_domain_identity(Domain=domain.upper())["VerificationToken"]
    found = ses.get_identity_verification_attributes(Identities=[domain])["VerificationAttributes"][domain]
    assert found == {"VerificationStatus": "Success", "VerificationToken": token}
    send(ses, f"Shop <any@{domain}>", ann)
    send(ses, f"any@sub.{domain}", ann)
    with unverified(f"any@not{domain}"):
        send(ses, f"any@not{domain}", ann)


@pytest.mark.parametrize(
    ("address", "fault"),
    [("ann", "Missing final '@domain'"), ("@example.org", "Missing local name"), ("a b@example.org", None),
     ("ann@example..org", "Domain contains dot-dot"), ("ann@example.org.", "Domain ends with dot")],
)  # fmt: skip
def test_addresses_that_are_none(ses, address: str, fault: str | None):
    fault = fault or "Local address contains control or whitespace"
    with refused("InvalidParameterValue", fault):
        ses.verify_email_identity(EmailAddress=address)


def test_a_domain_that_is_none(ses):
    with refused("InvalidParameterValue", "Invalid domain name nonsense."):
        ses.verify_domain_identity(Domain="nonsense")


def test_identities_are_listed_by_kind_and_deleted(ses, account: str, ann: str):
    domain = f"d{account}.example"
    ses.verify_domain_identity(Domain=domain)
    ses.verify_email_identity(EmailAddress=ann)
    assert sorted(ses.list_identities()["Identities"]) == sorted([ann, domain])
    assert ses.list_identities(IdentityType="Domain")["Identities"] == [domain]
    first = ses.list_identities(MaxItems=1)
    rest = ses.list_identities(MaxItems=1, NextToken=first["NextToken"])
    assert sorted(first["Identities"] + rest["Identities"]) == sorted([ann, domain])
    assert "NextToken" not in rest
    ses.delete_identity(Identity=domain)
    ses.delete_identity(Identity=domain)
    assert ses.list_identities()["Identities"] == [ann]
    with refused("InvalidParameterValue", "Invalid NextToken."):
        ses.list_identities(NextToken="nonsense")


def test_dkim_has_three_tokens(ses, account: str, ann: str):
    domain = f"d{account}.example"
    tokens = ses.verify_domain_dkim(Domain=domain)["DkimTokens"]
    assert len(set(tokens)) == 3
    shown = ses.get_identity_dkim_attributes(Identities=[domain, "unknown.example"])["DkimAttributes"]
    assert shown == {domain: {"DkimEnabled": True, "DkimVerificationStatus": "Success", "DkimTokens": tokens}}
    ses.set_identity_dkim_enabled(Identity=domain, DkimEnabled=False)
    assert not ses.get_identity_dkim_attributes(Identities=[domain])["DkimAttributes"][domain]["DkimEnabled"]
    ses.verify_email_identity(EmailAddress=ann)
    with refused("InvalidParameterValue", "Domain example.org is not verified for DKIM signing."):
        ses.set_identity_dkim_enabled(Identity=ann, DkimEnabled=True)


def test_mail_from_is_a_subdomain(ses, account: str):
    domain = f"d{account}.example"
    ses.verify_domain_identity(Domain=domain)
    with refused("InvalidParameterValue"):
        ses.set_identity_mail_from_domain(Identity=domain, MailFromDomain="mail.other.example")
    ses.set_identity_mail_from_domain(
        Identity=domain, MailFromDomain=f"mail.{domain}", BehaviorOnMXFailure="RejectMessage"
    )
    shown = ses.get_identity_mail_from_domain_attributes(Identities=[domain])["MailFromDomainAttributes"][domain]
    assert shown == {
        "MailFromDomain": f"mail.{domain}", "MailFromDomainStatus": "Success", "BehaviorOnMXFailure": "RejectMessage",
    }  # fmt: skip


def test_what_is_set_needs_an_identity(ses):
    with refused("InvalidParameterValue", "Identity nobody.example does not exist."):
        ses.set_identity_mail_from_domain(Identity="nobody.example", MailFromDomain="mail.nobody.example")


def test_a_topic_is_asked_when_it_is_set(cloud: RunningCloud, ses, aws, shop: str, listener: Listener):
    domain = shop.partition("@")[2]
    ses.set_identity_notification_topic(Identity=domain, NotificationType="Bounce", SnsTopic=listener.topic)
    cloud.clock.settle()
    (told,) = listener.events()
    assert told["notificationType"] == "AmazonSnsSubscriptionSucceeded"
    closed = aws.client("sns").create_topic(Name="closed")["TopicArn"]
    with refused("InvalidParameterValue", f"Could not publish to SNS topic: {closed}"):
        ses.set_identity_notification_topic(Identity=domain, NotificationType="Bounce", SnsTopic=closed)
    ses.set_identity_headers_in_notifications_enabled(Identity=domain, NotificationType="Bounce", Enabled=True)
    shown = ses.get_identity_notification_attributes(Identities=[domain])["NotificationAttributes"][domain]
    assert shown["BounceTopic"] == listener.topic
    assert shown["ForwardingEnabled"] is True
    assert (shown["HeadersInBounceNotificationsEnabled"], shown["HeadersInDeliveryNotificationsEnabled"]) == (
        True, False,
    )  # fmt: skip
    with refused("InvalidParameterValue"):
        ses.set_identity_feedback_forwarding_enabled(Identity=domain, ForwardingEnabled=False)


def test_a_policy_lets_another_account_send(cloud: RunningCloud, ses, shop: str, account: str, ann: str):
    domain = shop.partition("@")[2]
    arn = f"arn:aws:ses:us-east-1:{account}:identity/{domain}"
    other = cloud.new_account()
    theirs = cloud.session(other).client("ses")
    with refused("AccessDenied", status=403):
        send(theirs, shop, ann, SourceArn=arn)
    statement = {
        "Effect": "Allow", "Principal": {"AWS": other}, "Action": ["ses:SendEmail"], "Resource": arn,
        "Condition": {"StringLike": {"ses:FromAddress": "news@*"}},
    }  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    ses.put_identity_policy(Identity=domain, PolicyName="p", Policy=document)
    assert ses.list_identity_policies(Identity=domain)["PolicyNames"] == ["p"]
    assert ses.get_identity_policies(Identity=domain, PolicyNames=["p", "q"])["Policies"] == {"p": document}
    send(theirs, shop, ann, SourceArn=arn)
    assert cloud.mail(ann)[0].account == other
    with refused("AccessDenied", status=403):
        send(theirs, f"boss@{domain}", ann, SourceArn=arn)
    ses.delete_identity_policy(Identity=domain, PolicyName="p")
    with refused("AccessDenied", status=403):
        send(theirs, shop, ann, SourceArn=arn)


def test_a_policy_that_is_none(ses, shop: str):
    with refused("InvalidPolicy"):
        ses.put_identity_policy(Identity=shop.partition("@")[2], PolicyName="p", Policy="{")
