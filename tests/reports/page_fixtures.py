"""What tests of the page share: a small run, its report, its page, and how a browser watches it.

A test file takes them by `written = page_fixtures.written`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from page_run import write_run
from playwright.sync_api import Browser, Page

from codecbench.reports.page.page import PageFacts, write_page
from codecbench.reports.report import Report, make_report


@dataclass(frozen=True)
class Written:
    """A page with what it was made from."""

    report: Report
    facts: PageFacts
    clips: Path


WRITTEN = pytest.StashKey[Written]()


@pytest.fixture(scope="session")
def written(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The page of a small run with hostile names; made once, whichever files take it."""
    if WRITTEN not in pytestconfig.stash:
        pytestconfig.stash[WRITTEN] = _write(tmp_path_factory)
    return pytestconfig.stash[WRITTEN]


def _write(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("page")
    report = make_report([write_run(folder)], bd_bootstrap=20, command="bench report run <b>")
    clips = folder / "clips"
    return Written(report, write_page(report, folder / "report.html", clips_folder=clips), clips)


@pytest.fixture
def page(browser: Browser, written: Written) -> Iterator[Page]:
    """The page, opened from its file."""
    with watched(browser, written.facts.path) as opened:
        yield opened


@contextmanager
def watched(
    browser: Browser, path: Path, width: int = 1280, scripts: bool = True
) -> Iterator[Page]:
    """Open a page from its file; it must be silent, and ask for nothing."""
    opened = browser.new_page(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    opened.on("request", lambda request: said.append(request.url))
    opened.goto(path.as_uri())
    yield opened
    opened.close()
    assert [what for what in said if not what.startswith("data:")] == [path.as_uri()]
