"""MyTodoList: its drill, and its page walked by a browser as a person with a phone would."""

from __future__ import annotations

import re
import struct
import zlib

import pytest

from cloudchamber.blueprints import catalog, drilling
from cloudchamber.cli.blueprint import install
from cloudchamber.cli.talk import Out
from tests.blueprints.conftest import ARTEFACTS, PHONE

PASSWORD = "a-good-passw0rd"


@pytest.fixture(scope="module")
def todo(cloud):
    return install(Out(cloud.endpoint, as_json=True), catalog.load("todo"))


def test_the_drill_keeps_its_promises(cloud, todo):
    drill = drilling.Drill(cloud.endpoint, todo["outputs"])
    drilling.walk("todo", drill)
    assert len(drill.kept) == 10


def picture() -> bytes:
    """A small red square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xc0\x30\x30" * 16 for _ in range(16))
    head = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_person_signs_up_and_keeps_todos_and_a_photo(cloud, todo, browser, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture())
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport=PHONE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(todo["open"][0]["url"])
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Mail address").locator("visible=true").fill("person@example.com")
    page.get_by_label("Password").locator("visible=true").fill(PASSWORD)
    page.screenshot(path=ARTEFACTS / "todo-sign-up.png")
    page.get_by_role("button", name="Create the account").click()
    code = page.get_by_label("The code in the mail")
    code.wait_for()
    [mail] = cloud.mail(to="person@example.com")
    code.fill(re.search(r"\d{6}", mail.text)[0])
    page.get_by_role("button", name="Confirm").click()

    page.get_by_text("Nothing to do").wait_for()
    for title in ("water the plants", "call a friend"):
        page.get_by_label("What is to be done?").fill(title)
        page.get_by_role("button", name="Add").click()
        page.get_by_text(title).wait_for()
    page.get_by_role("checkbox", name="Done: call a friend").check()
    page.locator("li.done").wait_for()
    page.locator("li", has_text="water the plants").locator("input[type=file]").set_input_files(photo)
    shown = page.get_by_role("img", name="photo.png")
    shown.wait_for()
    assert shown.evaluate("image => image.complete && image.naturalWidth") == 16
    page.get_by_role("button", name="Suggest something").click()
    page.wait_for_function("document.querySelector('#add').elements.title.value !== ''")
    page.screenshot(path=ARTEFACTS / "todo-list.png")

    page.get_by_label("Hide what is done").check()
    page.locator("li.done").wait_for(state="detached")
    page.reload()  # the preference and the session are kept
    page.get_by_text("water the plants").wait_for()
    assert page.locator("li").count() == 1
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.get_by_label("Mail address").locator("visible=true").fill("person@example.com")
    page.get_by_label("Password").locator("visible=true").fill("wrong-passw0rd")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Incorrect username or password.").wait_for()
    assert faults == []
    page.close()
