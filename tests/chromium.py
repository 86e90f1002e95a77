"""Headless Chromium for the tests of pages, from Playwright's Python package."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Fails where there is none, unless CODECBENCH_NO_BROWSER=1 skips."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        if os.environ.get("CODECBENCH_NO_BROWSER") == "1":
            pytest.skip("no Chromium, and CODECBENCH_NO_BROWSER=1")
        pytest.fail(
            "the tests of pages need Chromium: install it (apt-get install chromium), "
            "or set CODECBENCH_NO_BROWSER=1 to skip them"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
