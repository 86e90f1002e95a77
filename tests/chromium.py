"""Headless Chromium for the tests of pages, from Playwright's Python package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import programs
from playwright.sync_api import Browser, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; the test skips where there is none."""
    found = programs.chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
