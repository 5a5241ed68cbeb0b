"""Templates: kept, rendered, sent with, in bulk, and what happens when a variable is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.services.ses.template import BadTemplate, MissingAttribute, render
from tests.services.calls import refused

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud
    from tests.services.ses.ses_calls import Listener


@pytest.fixture
def template(ses: Any) -> str:
    parts = {"SubjectPart": "Hi {{name}}", "TextPart": "Dear {{name}}", "HtmlPart": "<b>{{name}}</b>"}
    ses.create_template(Template={"TemplateName": "t", **parts})
    return "t"


# rendering, alone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{a.b}} {{ a.b }}{{{a.b}}}", "x xx"),
        ("{{n}} {{yes}}", "7 true"),
        ("{{html}}", "<i>&</i>"),
        ("{{#if a}}yes{{else}}no{{/if}}", "yes"),
        ("{{#if none}}yes{{else}}no{{/if}}{{#if empty}}yes{{/if}}", "no"),
        ("{{#if none}}1{{else if a}}2{{else}}3{{/if}}", "2"),
        ("{{#unless none}}no{{/unless}}", "no"),
        ("{{#each list}}{{@index}}={{this}}{{#unless @last}},{{/unless}}{{/each}}", "0=p,1=q"),
        ("{{#each items}}{{name}} of {{../n}} {{@root.n}};{{/each}}", "A of 7 7;B of 7 7;"),
        ("{{#each a}}{{@key}}:{{this}}{{/each}}", "b:x"),
        ("{{#each none}}x{{else}}nothing{{/each}}", "nothing"),
        ("{{#with a}}{{b}}{{/with}}", "x"),
        ("{{list.[1]}} {{items.0.name}}", "q A"),
        ("a {{! a comment }}{{!-- {{more}} --}}b", "a b"),
        ("a {{~n~}} b", "a7b"),
        ('{{#* inline "who"}}<{{n}}>{{/inline}}{{> who}}', "<7>"),
        ("one\n{{#if a}}\ntwo\n{{/if}}\nthree", "one\ntwo\nthree"),
    ],
)
def test_what_a_template_becomes(text: str, expected: str):
    data = {
        "a": {"b": "x"}, "n": 7, "yes": True, "html": "<i>&</i>", "empty": [], "list": ["p", "q"],
        "items": [{"name": "A"}, {"name": "B"}],
    }  # fmt: skip
    assert render(text, data) == expected


@pytest.mark.parametrize("text", ["{{", "{{#if a}}", "{{/if}}", "{{#loop a}}{{/loop}}", "{{a b}}", "{{}}", "{{else}}"])
def test_templates_that_cannot_be_read(text: str):
    with pytest.raises(BadTemplate):
        render(text, {"a": 1, "b": 2})


@pytest.mark.parametrize("text", ["{{b}}", "{{a.b}}", "{{#each a}}{{b}}{{/each}}", "{{null}}"])
def test_variables_that_are_missing(text: str):
    with pytest.raises(MissingAttribute):
        render(text, {"a": [1], "null": None})


def test_a_partial_that_uses_itself_ends():
    with pytest.raises(BadTemplate):
        render('{{#* inline "p"}}{{> p}}{{/inline}}{{> p}}', {})


# kept


def test_templates_are_kept(ses, template: str):
    found = ses.get_template(TemplateName=template)["Template"]
    assert found == {
        "TemplateName": "t", "SubjectPart": "Hi {{name}}", "TextPart": "Dear {{name}}", "HtmlPart": "<b>{{name}}</b>",
    }  # fmt: skip
    ses.update_template(Template={"TemplateName": "t", "SubjectPart": "s", "TextPart": "t"})
    assert ses.get_template(TemplateName="t")["Template"] == {
        "TemplateName": "t", "SubjectPart": "s", "TextPart": "t",
    }  # fmt: skip
    assert [one["Name"] for one in ses.list_templates()["TemplatesMetadata"]] == ["t"]
    ses.delete_template(TemplateName="t")
    ses.delete_template(TemplateName="t")
    with refused("TemplateDoesNotExist", "Template t does not exist."):
        ses.get_template(TemplateName="t")
    with refused("TemplateDoesNotExist"):
        ses.update_template(Template={"TemplateName": "t", "SubjectPart": "s", "TextPart": "t"})


def test_templates_are_checked(ses, template: str):
    with refused("AlreadyExists", "Template t already exists."):
        ses.create_template(Template={"TemplateName": "t", "SubjectPart": "s", "TextPart": "t"})
    with refused("InvalidParameterValue", "The subject must be specified."):
        ses.create_template(Template={"TemplateName": "u", "TextPart": "t"})
    with refused("InvalidTemplate"):
        ses.create_template(Template={"TemplateName": "u", "SubjectPart": "s", "TextPart": "{{#if a}}"})


def test_a_template_can_be_tried(ses, template: str):
    mime = ses.test_render_template(TemplateName="t", TemplateData='{"name": "Ann"}')["RenderedTemplate"]
    assert "Subject: Hi Ann" in mime and "Dear Ann" in mime and "<b>Ann</b>" in mime
    with refused("MissingRenderingAttribute", "Attribute 'name' is not present in the rendering data.") as caught:
        ses.test_render_template(TemplateName="t", TemplateData="{}")
    assert caught.value.response["Error"]["TemplateName"] == "t"
    with refused("InvalidRenderingParameter"):
        ses.test_render_template(TemplateName="t", TemplateData="{")
    with refused("TemplateDoesNotExist"):
        ses.test_render_template(TemplateName="u", TemplateData="{}")


# sent with


def test_a_templated_mail(cloud: RunningCloud, ses, template: str, shop: str, ann: str):
    ses.send_templated_email(
        Source=shop, Destination={"ToAddresses": [ann]}, Template="t", TemplateData='{"name": "Ann", "more": 1}'
    )
    (mail,) = cloud.mail(ann)
    assert (mail.subject, mail.text, mail.html) == ("Hi Ann", "Dear Ann", "<b>Ann</b>")
    with refused("TemplateDoesNotExist", "Template u does not exist."):
        ses.send_templated_email(
            Source=shop, Destination={"ToAddresses": [ann]}, Template="u", TemplateData="{}"
        )  # fmt: skip


def test_a_mail_that_cannot_be_rendered_is_accepted_and_told_of(
    cloud: RunningCloud, *, ses, template: str, shop: str, ann: str, listener: Listener
):
    ses.create_configuration_set(ConfigurationSet={"Name": "set"})
    destination = {"Name": "sns", "Enabled": True, "MatchingEventTypes": ["renderingFailure", "send"]}
    destination["SNSDestination"] = {"TopicARN": listener.topic}
    ses.create_configuration_set_event_destination(ConfigurationSetName="set", EventDestination=destination)
    cloud.clock.settle()
    listener.texts()
    answer = ses.send_templated_email(
        Source=shop, Destination={"ToAddresses": [ann]}, Template="t", TemplateData="{}", ConfigurationSetName="set"
    )
    cloud.clock.settle()
    (event,) = listener.events()
    assert event["eventType"] == "Rendering Failure"
    assert event["mail"]["messageId"] == answer["MessageId"]
    assert event["failure"] == {
        "errorMessage": "Attribute 'name' is not present in the rendering data.", "templateName": "t",
    }  # fmt: skip
    assert cloud.mail(ann) == []
    assert ses.get_send_quota()["SentLast24Hours"] == 0


def test_bulk_mails_have_their_own_data_and_fates(cloud: RunningCloud, ses, template: str, shop: str, ann: str):
    answer = ses.send_bulk_templated_email(
        Source=shop, Template="t", DefaultTemplateData='{"name": "friend"}',
        Destinations=[
            {"Destination": {"ToAddresses": [ann]}, "ReplacementTemplateData": json.dumps({"name": "Ann"})},
            {"Destination": {"ToAddresses": [f"bob{ann}"]}},
            {"Destination": {"ToAddresses": ["nonsense"]}},
        ],
    )  # fmt: skip
    first, second, third = answer["Status"]
    assert (first["Status"], second["Status"]) == ("Success", "Success")
    assert third == {"Status": "InvalidParameterValue", "Error": "Missing final '@domain'"}
    assert cloud.mail(ann)[0].text == "Dear Ann"
    assert cloud.mail(f"bob{ann}")[0].text == "Dear friend"
    assert cloud.mail(ann)[0].id == first["MessageId"]
