"""The Dragons API: its drill, its site and hosted pages walked by a browser, its collection, its own tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from cloudchamber.blueprints import catalog, drilling
from cloudchamber.blueprints.dragons.visitor import PASSWORD, Visitor
from cloudchamber.cli.blueprint import REGION, install
from cloudchamber.cli.deploy import Deployment
from cloudchamber.cli.talk import Out
from tests.blueprints.conftest import ARTEFACTS, DESKTOP, PHONE

FOLDER = catalog.load("dragons").folder
NEWMAN = "newman@6.2.1"
OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "E404", "ENOTCACHED")
EMAIL = "person@example.com"


@pytest.fixture(scope="module")
def dragons(cloud):
    return install(Out(cloud.endpoint, as_json=True), catalog.load("dragons"))


@pytest.fixture
def drill(cloud, dragons):
    return drilling.Drill(cloud.endpoint, dragons["outputs"])


@pytest.mark.parametrize("times", [1, 2])
def test_the_drill_keeps_its_promises(drill, times):
    drilling.walk("dragons", drill)
    assert len(drill.kept) == 20


def test_a_second_deployment_says_where_the_site_is(cloud):
    """It comes before what uses a browser, whose thread can deploy nothing."""

    def deployed(*overrides):
        options = {"account": "test", "region": REGION, "path": FOLDER, "stack_name": "wyrms", "overrides": overrides}
        out = Out(cloud.endpoint, as_json=True)
        return Deployment.of(out, {**options, "tags": (), "capabilities": ()}).deploy()["outputs"]

    first = deployed()
    assert (first["SiteUrl"], first.get("NoticeEmail")) == ("http://localhost:8000/", None)
    there = "https://d111111abcdef8.cloudfront.net/"
    assert deployed(f"SiteUrl={there}") == {**first, "SiteUrl": there}
    names = {"UserPoolId": first["UserPoolId"], "ClientId": first["UserPoolClientId"]}
    client = cloud.session("test").client("cognito-idp").describe_user_pool_client(**names)["UserPoolClient"]
    assert (client["CallbackURLs"], client["LogoutURLs"]) == ([there], [there])


def test_a_person_signs_up_on_the_hosted_page_and_adds_a_dragon(cloud, dragons, browser):
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport=PHONE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    site = dragons["outputs"]["SiteUrl"]
    page.goto(f"{site}?code=of-somebody-else&state=theirs")
    page.get_by_text("This sign-in was not begun here.").wait_for()
    page.goto(site)
    page.get_by_text("Sign in to see them").wait_for()
    page.screenshot(path=ARTEFACTS / "dragons-stranger.png")

    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.screenshot(path=ARTEFACTS / "dragons-hosted-sign-up.png")
    page.get_by_role("button", name="Sign up").click()
    code = page.get_by_label("Verification code")
    code.wait_for()
    [mail] = cloud.mail(to=EMAIL)
    code.fill(re.search(r"\d{6}", mail.text)[0])
    page.screenshot(path=ARTEFACTS / "dragons-hosted-confirm.png")
    page.get_by_role("button", name="Confirm account").click()

    page.get_by_role("heading", name="Whisper").wait_for()
    assert page.url == site  # the code is out of the address
    assert page.locator("#email").inner_text() == EMAIL
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.screenshot(path=ARTEFACTS / "dragons-list-phone.png")

    page.get_by_role("button", name="Add a dragon").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Whisper")
    form.get_by_label("Family").select_option("water")
    form.get_by_label("City").fill("Porto")
    form.get_by_label("Country").fill("Portugal")
    form.get_by_role("button", name="Save").click()
    form.get_by_text("There is a dragon called Whisper already.").wait_for()
    page.screenshot(path=ARTEFACTS / "dragons-refused.png")
    form.get_by_label("Name").fill("Douro")
    form.get_by_role("button", name="Save").click()
    page.get_by_text("Douro is there.").wait_for()
    page.get_by_role("heading", name="Douro").wait_for()

    page.get_by_role("button", name="Change Douro").click()
    assert form.get_by_label("City").input_value() == "Porto"
    form.get_by_label("City").fill("Vila Nova de Gaia")
    form.get_by_role("button", name="Save").click()
    page.get_by_text("Vila Nova de Gaia, Portugal").wait_for()
    page.set_viewport_size(DESKTOP)
    page.get_by_label("Family").locator("visible=true").select_option("water")
    page.get_by_role("heading", name="Whisper").wait_for(state="detached")
    assert "Douro" in page.locator("#list h3").all_inner_texts()
    page.screenshot(path=ARTEFACTS / "dragons-list-desktop.png")
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=ARTEFACTS / "dragons-list-dark.png")

    cloud.clock.advance(301)  # the tokens expire; the page gets new ones by itself
    page.get_by_label("Family").locator("visible=true").select_option("air")
    page.get_by_role("heading", name="Whisper").wait_for()

    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Sign in to see them").wait_for()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Email").fill(EMAIL)  # the hosted page has forgotten who it was
    page.get_by_label("Password").fill("not-the-passw0rd")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Incorrect username or password.").wait_for()
    assert page.get_by_label("Email").input_value() == EMAIL
    page.get_by_label("Password").fill(PASSWORD)
    page.screenshot(path=ARTEFACTS / "dragons-hosted-sign-in.png")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Whisper").wait_for()
    assert faults == []
    page.close()


def test_the_postman_collection_runs(drill):
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("there is no npm on this machine")
    newman = [npx, "--yes", NEWMAN]
    hasty = {**os.environ, "npm_config_fetch_retries": "0", "npm_config_prefer_offline": "true"}
    found = subprocess.run([*newman, "--version"], capture_output=True, text=True, check=False, timeout=100, env=hasty)
    if found.returncode and any(code in found.stderr for code in OFFLINE):
        pytest.skip(f"{NEWMAN} cannot be had: the registry of npm is out of reach")
    assert found.returncode == 0, found.stderr
    ann = Visitor(drill, "ann")
    ann.sign_up()
    api_url = f"{drill.endpoint}/_aws/execute-api/{drill.outputs['ApiId']}/{drill.outputs['StageName']}"
    given = {"apiUrl": api_url, "idToken": ann.tokens["id_token"]}
    options = [option for name, value in given.items() for option in ("--env-var", f"{name}={value}")]
    collection = str(FOLDER / "postman" / "dragons.postman_collection.json")
    ran = subprocess.run(
        [*newman, "run", collection, *options, "--bail", "--color", "off"],
        capture_output=True, text=True, check=False, timeout=60, env=hasty,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert re.search(r"assertions │ +15 │ +0", ran.stdout), ran.stdout


def test_its_own_tests_pass():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "tests"]
    ran = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout


def test_its_workflow_and_its_collection_come_along():
    files = {path.relative_to(FOLDER).as_posix() for path in catalog.load("dragons").files()}
    assert {".github/workflows/deploy.yml", "postman/dragons.postman_collection.json"} <= files
