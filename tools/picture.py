"""Draws the console's picture for the README: the blueprint `todo` after its drill, by a browser without a screen."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from cloudchamber.blueprints import catalog, drilling
from cloudchamber.cli.blueprint import install
from cloudchamber.cli.talk import Out
from cloudchamber.testing import RunningCloud

TARGET = Path(__file__).parent.parent / "docs" / "images" / "console.png"


def main() -> None:
    cloud = RunningCloud().start()
    try:
        told = install(Out(cloud.endpoint, as_json=True), catalog.load("todo"))
        drilling.walk("todo", drilling.Drill(cloud.endpoint, told["outputs"]))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1000, "height": 640})
            page.goto(f"{cloud.endpoint}/_cloudchamber/")
            page.get_by_role("link", name="todo-api").first.wait_for()
            page.screenshot(path=TARGET)
            browser.close()
    finally:
        cloud.stop()


if __name__ == "__main__":
    main()
