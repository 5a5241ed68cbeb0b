"""The v2 API: the same identities, mails and events by its own names, the suppression list, tags."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.calls import refused
from tests.services.ses.ses_calls import Listener, opened, send, send_v2, unverified

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


def test_an_address_is_created_and_verified(cloud: RunningCloud, ses, sesv2, ann: str):
    made = sesv2.create_email_identity(EmailIdentity=ann, Tags=[{"Key": "k", "Value": "v"}])
    assert (made["IdentityType"], made["VerifiedForSendingStatus"]) == ("EMAIL_ADDRESS", False)
    with refused("AlreadyExistsException", f"Email identity {ann} already exist."):
        sesv2.create_email_identity(EmailIdentity=ann)
    with unverified(ann):
        send_v2(sesv2, ann, ann)
    assert sesv2.get_email_identity(EmailIdentity=ann)["VerificationStatus"] == "PENDING"
    assert opened(cloud.mail(ann)[0].links[0]) == 200
    found = sesv2.get_email_identity(EmailIdentity=ann)
    assert (found["VerificationStatus"], found["VerifiedForSendingStatus"]) == ("SUCCESS", True)
    assert found["DkimAttributes"]["Status"] == "NOT_STARTED"
    assert found["Tags"] == [{"Key": "k", "Value": "v"}]
    send_v2(sesv2, ann, ann)
    assert ses.list_identities()["Identities"] == [ann]
    sesv2.delete_email_identity(EmailIdentity=ann)
    with refused("NotFoundException", f"Email identity {ann} does not exist.", 404):
        sesv2.get_email_identity(EmailIdentity=ann)


def test_a_domain_is_created_with_dkim(sesv2, account: str):
    domain = f"d{account}.example"
    made = sesv2.create_email_identity(
        EmailIdentity=domain, DkimSigningAttributes={"NextSigningKeyLength": "RSA_1024_BIT"}
    )
    assert (made["IdentityType"], made["VerifiedForSendingStatus"]) == ("DOMAIN", True)
    assert made["DkimAttributes"]["NextSigningKeyLength"] == "RSA_1024_BIT"
    tokens = made["DkimAttributes"]["Tokens"]
    assert len(tokens) == 3
    assert sesv2.list_email_identities()["EmailIdentities"] == [
        {"IdentityType": "DOMAIN", "IdentityName": domain, "SendingEnabled": True, "VerificationStatus": "SUCCESS"}
    ]
    sesv2.put_email_identity_dkim_attributes(EmailIdentity=domain, SigningEnabled=False)
    sesv2.put_email_identity_mail_from_attributes(EmailIdentity=domain, MailFromDomain=f"mail.{domain}")
    sesv2.put_email_identity_feedback_attributes(EmailIdentity=domain, EmailForwardingEnabled=False)
    found = sesv2.get_email_identity(EmailIdentity=domain)
    assert found["DkimAttributes"]["SigningEnabled"] is False
    assert found["MailFromAttributes"] == {
        "MailFromDomain": f"mail.{domain}", "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    }  # fmt: skip
    assert found["FeedbackForwardingStatus"] is False
    renewed = sesv2.put_email_identity_dkim_signing_attributes(
        EmailIdentity=domain, SigningAttributesOrigin="AWS_SES"
    )  # fmt: skip
    assert renewed["DkimTokens"] != tokens


def test_own_dkim_keys_are_refused(sesv2):
    signing = {"DomainSigningSelector": "s", "DomainSigningPrivateKey": "a2V5"}
    with refused("NotImplemented", status=501):
        sesv2.create_email_identity(EmailIdentity="own.example", DkimSigningAttributes=signing)


def test_mails_of_all_three_kinds(cloud: RunningCloud, sesv2, shop: str, ann: str):
    send_v2(sesv2, shop, ann, subject="simple")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = shop, ann, "raw"
    message.set_content("body")
    sesv2.send_email(Content={"Raw": {"Data": message.as_bytes()}})
    content = {"Subject": "Hi {{name}}", "Text": "Dear {{name}}"}
    sesv2.create_email_template(TemplateName="t", TemplateContent=content)
    data = '{"name": "Ann"}'
    for template in ({"TemplateName": "t"}, {"TemplateContent": content}):
        sesv2.send_email(
            FromEmailAddress=shop, Destination={"ToAddresses": [ann]},
            Content={"Template": {**template, "TemplateData": data}},
        )  # fmt: skip
    assert [mail.subject for mail in cloud.mail(ann)] == ["Hi Ann", "Hi Ann", "raw", "simple"]


def test_sending_is_checked(sesv2, shop: str, ann: str):
    with refused("BadRequestException"):
        sesv2.send_email(FromEmailAddress=shop, Destination={"ToAddresses": [ann]}, Content={})
    with refused("BadRequestException", "Missing final '@domain'"):
        send_v2(sesv2, shop, "ann")
    with refused("NotFoundException", "Configuration set <set> does not exist.", 404):
        send_v2(sesv2, shop, ann, ConfigurationSetName="set")
    template = {"TemplateName": "t", "TemplateData": "{}"}
    with refused("NotFoundException", "Template t does not exist.", 404):
        sesv2.send_email(
            FromEmailAddress=shop, Destination={"ToAddresses": [ann]}, Content={"Template": template}
        )  # fmt: skip
    with refused("NotImplemented", status=501):
        send_v2(sesv2, shop, ann, ListManagementOptions={"ContactListName": "l"})
    sesv2.put_account_sending_attributes(SendingEnabled=False)
    assert sesv2.get_account()["SendingEnabled"] is False
    with refused("SendingPausedException"):
        send_v2(sesv2, shop, ann)


def test_bulk_mails(cloud: RunningCloud, sesv2, shop: str, ann: str):
    template = {"TemplateContent": {"Subject": "Hi {{name}}", "Text": "t"}, "TemplateData": '{"name": "friend"}'}
    own = {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps({"name": "Ann"})}}
    results = sesv2.send_bulk_email(
        FromEmailAddress=shop, DefaultContent={"Template": template},
        BulkEmailEntries=[
            {"Destination": {"ToAddresses": [ann]}, "ReplacementEmailContent": own},
            {"Destination": {"ToAddresses": [f"bob{ann}"]}},
            {"Destination": {"ToAddresses": ["nonsense"]}},
        ],
    )["BulkEmailEntryResults"]  # fmt: skip
    assert [result["Status"] for result in results] == ["SUCCESS", "SUCCESS", "INVALID_PARAMETER"]
    assert (cloud.mail(ann)[0].subject, cloud.mail(f"bob{ann}")[0].subject) == ("Hi Ann", "Hi friend")


def test_templates(ses, sesv2):
    content = {"Subject": "Hi {{name}}", "Text": "t", "Html": "h"}
    sesv2.create_email_template(TemplateName="t", TemplateContent=content)
    with refused("AlreadyExistsException"):
        sesv2.create_email_template(TemplateName="t", TemplateContent=content)
    assert sesv2.get_email_template(TemplateName="t")["TemplateContent"] == content
    assert [one["TemplateName"] for one in sesv2.list_email_templates()["TemplatesMetadata"]] == ["t"]
    assert ses.get_template(TemplateName="t")["Template"]["SubjectPart"] == "Hi {{name}}"
    shown = sesv2.test_render_email_template(TemplateName="t", TemplateData='{"name": "Ann"}')
    assert "Subject: Hi Ann" in shown["RenderedTemplate"]
    with refused("BadRequestException", "Attribute 'name' is not present in the rendering data."):
        sesv2.test_render_email_template(TemplateName="t", TemplateData="{}")
    sesv2.update_email_template(TemplateName="t", TemplateContent={"Subject": "s", "Text": "t"})
    sesv2.delete_email_template(TemplateName="t")
    with refused("NotFoundException", status=404):
        sesv2.delete_email_template(TemplateName="t")


def test_an_identitys_default_set_tells_its_events(
    cloud: RunningCloud, *, ses, sesv2, shop: str, ann: str, listener: Listener
):
    sesv2.create_configuration_set(ConfigurationSetName="set", Tags=[{"Key": "k", "Value": "v"}])
    destination: dict[str, Any] = {"Enabled": True, "MatchingEventTypes": ["SEND", "BOUNCE"]}
    destination["SnsDestination"] = {"TopicArn": listener.topic}
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="set", EventDestinationName="sns", EventDestination=destination
    )
    assert sesv2.get_configuration_set_event_destinations(ConfigurationSetName="set")["EventDestinations"] == [
        {"Name": "sns", **destination}
    ]
    domain = shop.partition("@")[2]
    sesv2.put_email_identity_configuration_set_attributes(EmailIdentity=domain, ConfigurationSetName="set")
    cloud.clock.settle()
    listener.texts()
    send_v2(sesv2, shop, ann)
    send(ses, shop, "bounce@simulator.amazonses.com")
    cloud.clock.settle()
    found = listener.events()
    assert sorted(event["eventType"] for event in found) == ["Bounce", "Send", "Send"]
    assert found[0]["mail"]["tags"]["ses:configuration-set"] == ["set"]
    sesv2.delete_configuration_set(ConfigurationSetName="set")
    with refused("NotFoundException", status=404):
        send_v2(sesv2, shop, ann)


def test_a_sets_options(sesv2):
    sesv2.create_configuration_set(ConfigurationSetName="set", SendingOptions={"SendingEnabled": False})
    sesv2.put_configuration_set_sending_options(ConfigurationSetName="set", SendingEnabled=True)
    sesv2.put_configuration_set_suppression_options(ConfigurationSetName="set", SuppressedReasons=["BOUNCE"])
    sesv2.put_configuration_set_delivery_options(ConfigurationSetName="set", TlsPolicy="REQUIRE")
    sesv2.put_configuration_set_reputation_options(ConfigurationSetName="set", ReputationMetricsEnabled=True)
    sesv2.put_configuration_set_tracking_options(ConfigurationSetName="set", CustomRedirectDomain="c.example.com")
    found = sesv2.get_configuration_set(ConfigurationSetName="set")
    assert found["SendingOptions"] == {"SendingEnabled": True}
    assert found["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE"]}
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert found["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    assert found["TrackingOptions"] == {"CustomRedirectDomain": "c.example.com"}
    assert sesv2.list_configuration_sets()["ConfigurationSets"] == ["set"]
    with refused("AlreadyExistsException", "Configuration set <set> already exists."):
        sesv2.create_configuration_set(ConfigurationSetName="set")


def test_nothing_is_sent_to_the_suppressed(cloud: RunningCloud, sesv2, shop: str, ann: str):
    sesv2.put_suppressed_destination(EmailAddress=ann.upper(), Reason="COMPLAINT")
    assert sesv2.get_suppressed_destination(EmailAddress=ann)["SuppressedDestination"]["Reason"] == "COMPLAINT"
    (listed,) = sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert (listed["EmailAddress"], listed["Reason"]) == (ann, "COMPLAINT")
    assert sesv2.list_suppressed_destinations(Reasons=["BOUNCE"])["SuppressedDestinationSummaries"] == []
    send_v2(sesv2, shop, ann)
    assert cloud.mail(ann) == []
    assert ann in cloud.mail(shop)[0].text
    sesv2.put_account_suppression_attributes(SuppressedReasons=["BOUNCE"])
    assert sesv2.get_account()["SuppressionAttributes"] == {"SuppressedReasons": ["BOUNCE"]}
    send_v2(sesv2, shop, ann)
    assert len(cloud.mail(ann)) == 1
    sesv2.create_configuration_set(
        ConfigurationSetName="strict", SuppressionOptions={"SuppressedReasons": ["COMPLAINT"]}
    )  # fmt: skip
    send_v2(sesv2, shop, ann, ConfigurationSetName="strict")
    assert len(cloud.mail(ann)) == 1
    sesv2.delete_suppressed_destination(EmailAddress=ann)
    with refused("NotFoundException", f"Email address {ann} does not exist on your suppression list.", 404):
        sesv2.get_suppressed_destination(EmailAddress=ann)


def test_policies(sesv2, account: str, shop: str):
    domain = shop.partition("@")[2]
    arn = f"arn:aws:ses:us-east-1:{account}:identity/{domain}"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "ses:SendEmail", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sesv2.create_email_identity_policy(EmailIdentity=domain, PolicyName="p", Policy=document)
    with refused("AlreadyExistsException", "Policy p already exists."):
        sesv2.create_email_identity_policy(EmailIdentity=domain, PolicyName="p", Policy=document)
    assert sesv2.get_email_identity_policies(EmailIdentity=domain)["Policies"] == {"p": document}
    with refused("NotFoundException", "Policy q does not exist.", 404):
        sesv2.update_email_identity_policy(EmailIdentity=domain, PolicyName="q", Policy=document)
    sesv2.update_email_identity_policy(EmailIdentity=domain, PolicyName="p", Policy=document)
    sesv2.delete_email_identity_policy(EmailIdentity=domain, PolicyName="p")
    assert sesv2.get_email_identity_policies(EmailIdentity=domain)["Policies"] == {}


def test_tags(sesv2, account: str, shop: str):
    arn = f"arn:aws:ses:us-east-1:{account}:identity/{shop.partition('@')[2]}"
    sesv2.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sesv2.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert sesv2.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    gone = f"arn:aws:ses:us-east-1:{account}:identity/gone.example"
    with refused("NotFoundException", f"Resource {gone} does not exist.", 404):
        sesv2.list_tags_for_resource(ResourceArn=gone)


@pytest.mark.parametrize("operation", ["list_contact_lists", "list_dedicated_ip_pools", "list_export_jobs"])
def test_what_is_left_out_says_so(sesv2, operation: str):
    with refused("NotImplemented", status=501):
        getattr(sesv2, operation)()


def test_input_against_the_model_is_a_bad_request(sesv2):
    with refused("BadRequestException"):
        sesv2.put_suppressed_destination(EmailAddress="ann@example.org", Reason="WHIM")
