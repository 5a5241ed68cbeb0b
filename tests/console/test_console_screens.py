"""Each screen of the console, walked by a browser at the width of a desk and of a phone: it shows what is there, by its
own address, without an error, and does what its buttons say.
"""

from __future__ import annotations

import json
import re

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

from tests.blueprints.conftest import ARTEFACTS, DESKTOP, PHONE
from tests.services.lambda_.lambda_calls import made_role, package

ACCOUNT = "000000000000"
SCREENS = {
    "": "Architecture", "calls": "Calls", "resources": "Resources", "mail": "Mailbox", "time": "Time",
    "faults": "Faults", "identity": "Identity",
}  # fmt: skip
SENDS = """
import boto3
def handler(event, context):
    print("sending", event)
    boto3.client("sqs").send_message(QueueUrl=event["to"], MessageBody="from the function")
"""


@pytest.fixture(scope="module")
def things(cloud):
    """Resources of many kinds, and a function that called one of them; their ARNs by kind."""
    aws = cloud.session(ACCOUNT)
    sqs, iam, functions = aws.client("sqs"), aws.client("iam"), aws.client("lambda")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a first message")
    table = aws.client("dynamodb")
    table.create_table(
        TableName="things", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    for number in range(30):
        table.put_item(TableName="things", Item={"id": {"S": f"thing-{number:02}"}, "n": {"N": str(number)}})
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key="folder/note.txt", Body=b"a note", ContentType="text/plain")
    role = made_role(iam, "sender", "sqs:SendMessage", "logs:*")
    function = functions.create_function(
        FunctionName="sends", Runtime="python3.11", Handler="index.handler", Code={"ZipFile": package(SENDS)},
        Role=role, Timeout=10,
    )["FunctionArn"]  # fmt: skip
    functions.invoke(FunctionName="sends", Payload=json.dumps({"to": url}))
    sns = aws.client("sns")
    sns.subscribe(TopicArn=sns.create_topic(Name="news")["TopicArn"], Protocol="email", Endpoint="ann@example.com")
    cloud.clock.settle()
    return {
        "queue": f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs", "table": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/things",
        "bucket": "arn:aws:s3:::shelf", "function": function,
    }  # fmt: skip


@pytest.fixture
def page(browser, cloud, things):
    opened = browser.new_page(viewport=DESKTOP)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda said: faults.append(said.text) if said.type == "error" and "status of 4" not in said.text else None,
    )

    def show(path: str) -> None:
        opened.goto(f"{cloud.endpoint}/_cloudchamber/{path}")

    opened.show = show
    yield opened
    opened.close()
    assert faults == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", SCREENS)
def test_each_screen_has_an_address(page, path, viewport):
    page.set_viewport_size(viewport)
    page.show(path)
    page.get_by_role("heading", name=SCREENS[path], exact=True).wait_for()
    expect(page.locator("main .waiting")).to_have_count(0)
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"console-{path or 'overview'}-{viewport['width']}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing sticks out
    assert page.locator("nav a[aria-current=page]").count() == 1


@pytest.mark.parametrize("path", SCREENS)
def test_each_screen_has_a_twin_in_json_and_a_command(page, cloud, path):
    page.show(path)
    page.get_by_role("heading", name=SCREENS[path], exact=True).wait_for()
    twin = page.get_by_role("link", name="This as JSON").get_attribute("href")
    answer = page.request.get(cloud.endpoint + twin)
    assert answer.ok
    assert isinstance(answer.json(), dict)
    assert page.locator(".twin code").inner_text().startswith("cloudchamber ")


def test_colours_are_the_systems_or_ones_own(browser, cloud, things):
    context = browser.new_context(viewport=DESKTOP, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{cloud.endpoint}/_cloudchamber/")
    page.get_by_role("heading", name="Architecture").wait_for()
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.screenshot(path=ARTEFACTS / "console-overview-dark.png")
    page.get_by_role("button", name="Colours: system").click()
    assert page.evaluate(ground) != dark
    page.reload()
    page.get_by_role("button", name="Colours: light").click()
    assert page.evaluate(ground) == dark
    context.close()


def test_screens_are_reached_by_keys(page):
    page.show("")
    page.get_by_role("heading", name="Architecture").wait_for()
    page.keyboard.press("c")
    page.get_by_role("heading", name="Calls", exact=True).wait_for()
    page.locator("td", has_text="lambda:Invoke").first.wait_for()
    page.keyboard.press("j")
    page.locator("tr.chosen").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Trace").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("i")
    page.get_by_role("heading", name="Identity", exact=True).wait_for()


def test_the_diagram_shows_what_calls_what(page):
    page.show("")
    page.get_by_role("link", name="sends, Lambda Function").wait_for()
    page.locator("path.traffic title", has_text="sends → jobs").wait_for(state="attached")
    page.get_by_role("link", name="jobs, SQS Queue").click()
    details = page.get_by_role("complementary", name="Details")
    details.get_by_text("2 waiting or running").wait_for()
    details.get_by_role("button", name="sends").wait_for()
    page.screenshot(path=ARTEFACTS / "console-details.png")
    details.get_by_role("link", name="Open").click()
    page.get_by_role("heading", name="jobs").wait_for()
    assert page.url.endswith(":jobs")


def test_the_diagram_lights_up_with_what_is_called(page, cloud):
    page.show("")
    page.get_by_role("link", name="things, DynamoDB Table").wait_for()
    client = cloud.session(ACCOUNT).client("dynamodb")
    for _ in range(20):
        client.get_item(TableName="things", Key={"id": {"S": "thing-01"}})
        if page.locator("a.box.hot", has_text="things").count():
            break
        page.wait_for_timeout(50)
    expect(page.locator("a.box.hot", has_text="things")).to_have_count(1)
    page.locator("a.box", has_text=re.compile("things.*Table · (3[2-9]|[4-9]\\d)")).wait_for()


def test_a_call_shows_its_trace_the_decision_and_the_log(page):
    page.show("calls?operation=Invoke")
    page.get_by_role("link", name="lambda:Invoke").first.click()
    page.get_by_role("link", name="sqs:SendMessage").wait_for()
    page.get_by_text("sending {'to'").wait_for()
    page.get_by_role("link", name="sqs:SendMessage").click()
    page.get_by_text("Why it was allowed").wait_for()
    page.get_by_text("from the function").first.wait_for()
    page.screenshot(path=ARTEFACTS / "console-call.png", full_page=True)


def test_a_call_is_made_again_as_who_made_it(page, things):
    page.show("calls?operation=SendMessage&principal=arn:aws:sts::000000000000:assumed-role/sender/sends")
    page.get_by_role("link", name="sqs:SendMessage").first.click()
    page.get_by_role("button", name="Call again as sends").click()
    page.get_by_text("made again", exact=True).first.wait_for()
    page.get_by_role("link", name="arn:aws:sts::000000000000:assumed-role/sender/sends").wait_for()
    page.show(f"resources/{things['queue']}")
    expect(page.locator("td", has_text="from the function")).to_have_count(2)


def test_calls_come_in_live_and_by_filter(page, cloud):
    page.show("calls?service=kms")
    page.get_by_text("No call yet").wait_for()
    cloud.session(ACCOUNT).client("kms").list_keys()
    page.get_by_role("link", name="kms:ListKeys").wait_for()
    page.get_by_label("operation").first.fill("Decrypt")
    page.get_by_label("operation").first.press("Enter")
    page.get_by_text("No call yet").wait_for()
    page.get_by_label("operation").first.fill("")
    page.get_by_label("operation").first.press("Enter")
    page.get_by_role("link", name="kms:ListKeys").wait_for()
    page.get_by_label("search").fill("nothing like this")
    page.get_by_label("search").press("Enter")
    page.get_by_text("No call yet").wait_for()


def test_the_console_leaves_no_trace_of_its_looking(page, cloud, things):
    before = len(cloud.spans())
    for arn in things.values():
        page.show(f"resources/{arn}")
        page.get_by_role("heading", name="Latest calls").wait_for()
        expect(page.locator("main .waiting")).to_have_count(0)
    assert len(cloud.spans()) == before


def test_items_of_a_table_page_by_page(page, things):
    page.show(f"resources/{things['table']}")
    page.get_by_text("Items (30)").wait_for()
    expect(page.locator("td", has_text="thing-")).to_have_count(25)
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator("td", has_text="thing-")).to_have_count(5)
    page.get_by_label("id is").fill("thing-07")
    page.get_by_label("id is").press("Enter")
    expect(page.locator("td", has_text="thing-")).to_have_count(1)


def test_objects_of_a_bucket(page, things):
    page.show(f"resources/{things['bucket']}")
    page.get_by_role("button", name="folder/").click()
    page.get_by_role("button", name="note.txt").click()
    page.get_by_text("a note").wait_for()


def test_messages_of_a_queue_are_seen_unread(page, cloud, things):
    page.show(f"resources/{things['queue']}")
    page.get_by_text("a first message").wait_for()
    page.get_by_label("message").fill("from the console")
    page.get_by_role("button", name="Send").click()
    page.locator("td", has_text="from the console").wait_for()
    sqs = cloud.session(ACCOUNT).client("sqs")
    found = sqs.receive_message(
        QueueUrl="jobs", MaxNumberOfMessages=10, VisibilityTimeout=0, MessageSystemAttributeNames=["All"]
    )["Messages"]  # fmt: skip
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in found} == {"1"}


def test_a_function_is_invoked_and_its_log_read(page, cloud, things):
    page.show(f"resources/{things['function']}")
    page.get_by_label("event (JSON)").fill(json.dumps({"to": f"{cloud.endpoint}/{ACCOUNT}/jobs"}))
    page.get_by_role("button", name="Invoke").click()
    page.get_by_text("answered").wait_for()
    page.get_by_text("REPORT RequestId").first.wait_for()


def test_a_mail_is_read(page):
    page.show("mail")
    page.get_by_role("link", name="AWS Notification - Subscription Confirmation").click()
    page.get_by_text("Links in it").wait_for()


def test_time_is_moved_and_faults_are_made(page, cloud):
    page.show("time")
    before = cloud.clock.now()
    page.get_by_role("button", name="Advance an hour").click()
    page.get_by_text("(offset").wait_for()
    assert cloud.clock.now() - before >= 3600
    page.show("faults")
    page.get_by_label("kind").select_option("throttle")
    page.get_by_label("service").fill("sns")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Nothing is broken on purpose.").wait_for()


def test_a_policy_that_would_have_been_enough(page):
    page.show("identity")
    page.get_by_role("link", name="assumed-role/sender/sends").first.click()
    page.get_by_text("A policy that would have been enough").wait_for()
    shown = page.locator("pre").first.inner_text()
    assert "sqs:SendMessage" in shown
    assert "logs:*" not in shown


def test_an_operation_is_called_by_hand(page):
    page.show("calls")
    page.get_by_label("operation").last.fill("sqs:ListQueues")
    page.get_by_role("button", name="Call", exact=True).click()
    page.get_by_text('"QueueUrls"').wait_for()
    page.get_by_label("operation").last.fill("sqs:Nonsense")
    page.get_by_role("button", name="Call", exact=True).click()
    page.get_by_text("no operation sqs:Nonsense").wait_for()
