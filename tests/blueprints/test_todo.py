"""MyTodoList: its drill, and its page walked by a browser as two people with phones would."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from cloudchamber.blueprints import catalog, drilling
from cloudchamber.cli.blueprint import install
from cloudchamber.cli.talk import Out
from tests.blueprints.conftest import ARTEFACTS, DESKTOP, PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

PASSWORD = "a-good-passw0rd"
ANN, BOB = "ann@example.com", "bob@example.com"
LONG = "book the train to Porto, and a seat by the window on the side of the sea"
WIDE, HIGH = 320, 240  # the picture
SMALLEST = {"width": 320, "height": 640}  # down to which nothing may need scrolling sideways (WCAG 2.2, 1.4.10)

# What sticks out of the window or its button at either side, and what is too small for a finger.
OUTSIDE = """() => [...document.querySelectorAll('body *')].filter(one => {
  const { left, right, width } = one.getBoundingClientRect()
  const spills = one.matches('a, button') && one.scrollWidth > one.clientWidth
  return width && (left < 0 || right > innerWidth || spills)
}).map(one => one.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll('a, button, label:has([type=checkbox]), input:not([type=checkbox])')]
  .map(one => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
  .filter(([, { width, height }]) => width && (width < 44 || height < 44)).map(([html]) => html)"""


@pytest.fixture(scope="module")
def todo(cloud):
    return install(Out(cloud.endpoint, as_json=True), catalog.load("todo"))


@pytest.fixture
def page(todo, browser) -> Iterator[Page]:
    """A tab of its own on a phone, at the page. It was without faults when it is closed."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport=PHONE, permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(15_000)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("dialog", lambda dialog: dialog.accept())
    opened.goto(todo["open"][0]["url"])
    yield opened
    context.close()
    assert faults == []


def test_the_drill_keeps_its_promises(cloud, todo):
    drill = drilling.Drill(cloud.endpoint, todo["outputs"])
    drilling.walk("todo", drill)
    assert len(drill.kept) == 10


def picture() -> bytes:
    """The sun above a hill."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def colour(x: int, y: int) -> bytes:
        if y > 170 + (x - 130) ** 2 // 400:
            return bytes((46, 125 - y // 8, 78))
        return b"\xff\xd9\x66" if (x - 230) ** 2 + (y - 70) ** 2 < 900 else bytes((120 + y // 2, 180 + y // 5, 235))

    rows = b"".join(b"\0" + b"".join(colour(x, y) for x in range(WIDE)) for y in range(HIGH))
    head = struct.pack(">IIBBBBB", WIDE, HIGH, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def looks_well(page: Page, name: str) -> None:
    """On the phone it was walked on and on a desk, in light and in dark."""
    for size in (SMALLEST, PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate(SMALL) == []
        for scheme in () if size is SMALLEST else ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=ARTEFACTS / f"todo-{name}-{size['width']}-{scheme}.png")
    page.set_viewport_size(PHONE)


def fill_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("Mail address").locator("visible=true").fill(email)
    page.get_by_label("Password").locator("visible=true").fill(password)


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_role("heading", name="Sign in").wait_for()
    fill_in(page, email, password)
    page.get_by_role("button", name="Sign in").click()


def sign_up(page: Page, cloud: Any, email: str) -> None:
    page.get_by_role("button", name="Create an account").click()
    fill_in(page, email)
    page.get_by_role("button", name="Create the account").click()
    page.get_by_text(f"on its way to {email}").wait_for()
    [mail] = cloud.mail(to=email)
    page.get_by_label("The code in the mail").fill(re.search(r"\d{6}", mail.text)[0])
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Nothing to do").wait_for()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def add(page: Page, title: str) -> None:
    page.get_by_label("What is to be done?").fill(title)
    page.get_by_role("button", name="Add").click()
    page.get_by_text(title).wait_for()


def attach(page: Page, title: str, name: str) -> None:
    photo = {"name": name, "mimeType": "image/png", "buffer": picture()}
    page.locator("li", has_text=title).locator("input[type=file]").set_input_files(photo)
    shown = page.get_by_role("img", name=name)
    shown.wait_for()
    page.wait_for_function("image => image.complete && image.naturalWidth", arg=shown.element_handle())
    assert shown.evaluate("image => image.naturalWidth") == WIDE


def ask(page: Page, call: str, *given: Any) -> Any:
    """What AWS answers to the page's own modules, with the credentials they hold: `done`, or the error's code (of the
    REST API its status)."""
    asked = f"""async given => {{
      const {{ aws, api, config }} = await import('./session.js')
      return ({call})(...given).then(() => 'done', error => error.code || error.status)
    }}"""
    return page.evaluate(asked, list(given))


PREFERENCES = """owner =>
  aws.dynamodb('GetItem', { TableName: config.preferencesTable, Key: { owner: { S: owner } } })"""


def is_refused_all_of_it(page: Page, identity: str, todo_id: str, key: str) -> None:
    """Whoever is signed in, of what is another's: the todo, the preferences, the folder and the photo in it."""
    assert page.evaluate("import('./session.js').then(({ api }) => api('GET', '/todos'))") == {"todos": []}
    assert ask(page, "id => api('PUT', `/todos/${id}`, { title: 'mine' })", todo_id) == 404
    assert ask(page, "id => api('DELETE', `/todos/${id}`)", todo_id) == 404
    assert ask(page, PREFERENCES, identity) == "AccessDeniedException"
    assert ask(page, "prefix => aws.list(config.attachmentsBucket, prefix)", f"{identity}/") == "AccessDenied"
    assert ask(page, "() => aws.list(config.attachmentsBucket, '')") == "AccessDenied"
    assert ask(page, "key => aws.delete(config.attachmentsBucket, key)", key) == "AccessDenied"
    assert ask(page, "key => aws.put(config.attachmentsBucket, key, new Blob(['x']))", key) == "AccessDenied"


def test_a_person_signs_up_and_keeps_todos_and_a_photo(cloud, page):
    looks_well(page, "sign-in")
    sign_up(page, cloud, "person@example.com")
    looks_well(page, "empty")
    add(page, "water the plants")
    add(page, "call a friend")
    page.get_by_role("checkbox", name="Done: call a friend").check()
    page.locator("li.done").wait_for()
    attach(page, "water the plants", "photo.png")
    page.get_by_role("button", name="Suggest something").click()
    page.wait_for_function("document.querySelector('#add').elements.title.value !== ''")

    page.get_by_label("Hide what is done").check()
    page.locator("li.done").wait_for(state="detached")
    page.reload()  # the preference and the session are kept
    page.get_by_text("water the plants").wait_for()
    expect(page.locator("li")).to_have_count(1)
    sign_out(page)
    sign_in(page, "person@example.com", "wrong-passw0rd")
    page.get_by_text("Incorrect username or password.").wait_for()
    looks_well(page, "wrong-password")


def test_who_has_not_confirmed_yet_gets_another_code(cloud, page):
    page.get_by_role("button", name="Create an account").click()
    fill_in(page, "late@example.com")
    looks_well(page, "sign-up")
    page.get_by_role("button", name="Create the account").click()
    page.get_by_text("on its way to late@example.com").wait_for()
    page.reload()
    sign_in(page, "late@example.com")
    page.get_by_text("on its way to late@example.com").wait_for()
    looks_well(page, "confirm")
    page.get_by_role("button", name="Send another code").click()
    page.get_by_text("Another code is on its way.").wait_for()
    newest = max(cloud.mail(to="late@example.com"), key=lambda mail: mail.at)
    page.get_by_label("The code in the mail").fill(re.search(r"\d{6}", newest.text)[0])
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Nothing to do").wait_for()


def test_a_photo_has_an_address_and_a_stranger_is_refused_there(cloud, page):
    sign_up(page, cloud, ANN)
    for title in ("water the plants", LONG, "read"):
        add(page, title)
    page.get_by_role("checkbox", name="Done: read").check()
    page.locator("li.done").wait_for()
    attach(page, "water the plants", "The hill at noon.png")
    looks_well(page, "list")

    page.get_by_role("link", name="Open The hill at noon.png").click()
    page.get_by_role("heading", name="The hill at noon.png").wait_for()
    assert page.locator("#picture").evaluate("image => image.decode().then(() => image.naturalWidth)") == WIDE
    looks_well(page, "photo")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("The link is copied.").wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    key = page.evaluate("import('./photo.js').then(photo => photo.keyHere())")
    identity, todo_id, name = key.split("/")
    assert (address, name) == (page.url, "The hill at noon.png")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("heading", name="To do").wait_for()
    page.wait_for_function("document.activeElement.ariaLabel === 'Open The hill at noon.png'")
    sign_out(page)

    sign_up(page, cloud, BOB)  # in the same tab, where nothing of Ann's is left
    expect(page.locator("li")).to_have_count(0)
    is_refused_all_of_it(page, identity, todo_id, key)

    page.goto(address)
    page.get_by_role("heading", name="You may not see this photo").wait_for()
    expect(page.locator("#refused-code")).to_have_text("AccessDenied")
    assert "s3:GetObject" in page.locator("#refused-message").inner_text()
    assert page.locator("#refused-email").inner_text() == BOB
    assert page.locator("#picture").get_attribute("src") is None
    looks_well(page, "refused")
    page.reload()
    page.get_by_role("heading", name="You may not see this photo").wait_for()
    page.get_by_role("link", name="Back to my todos").click()
    page.get_by_text("Nothing to do").wait_for()

    page.goto(address)
    page.get_by_role("button", name="Sign in as somebody else").click()
    page.get_by_text("The link leads to a photo.").wait_for()
    sign_in(page, ANN)
    page.get_by_role("heading", name="The hill at noon.png").wait_for()
    assert page.url == address
    page.evaluate("sessionStorage.setItem('session', sessionStorage.getItem('session').replaceAll('eyJ', 'old'))")
    page.reload()
    page.get_by_text("Your session has ended.").wait_for()
    looks_well(page, "session-ended")
    sign_in(page, ANN)
    page.get_by_role("heading", name="The hill at noon.png").wait_for()
    page.get_by_role("link", name="Back").click()
    expect(page.locator("li .title")).to_have_text(["water the plants", LONG, "read"])
    page.get_by_role("img", name="The hill at noon.png").wait_for()
    assert ask(page, PREFERENCES, identity) == "done"
    page.goto(address)
    page.get_by_role("button", name="Delete photo").click()
    page.get_by_role("heading", name="To do").wait_for()
    page.get_by_role("img", name="The hill at noon.png").wait_for(state="detached")
    page.locator("li").first.wait_for()
    page.go_back()
    page.get_by_role("heading", name="There is no such photo").wait_for()


def test_a_list_is_kept_by_keyboard(cloud, page):
    sign_up(page, cloud, "keys@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("water the plants")
    page.keyboard.press("Enter")
    page.get_by_text("water the plants").wait_for()
    for _ in range(3):  # past Add and Suggest, to the todo
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator("li.done").wait_for()
    focused = "document.activeElement.ariaLabel"
    assert page.evaluate(focused) == "Done: water the plants"  # although the list was drawn anew
    looks_well(page, "keyboard")
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Attach a photo to water the plants"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing to do").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "To do"
