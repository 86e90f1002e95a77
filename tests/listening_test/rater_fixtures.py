"""What tests of the rater's pages share: a small test that is served.

A test file takes it by `server = rater_fixtures.server`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_server import LiveServer, serving
from small_test import write_small_test

from codecbench.listening_test.test_file import Pages

SHORT = Pages(level_setting=False, headphone_check="off", completion_code="DONE-42")
"""No pages before the trials but consent and instructions."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """One training trial and one trial, of five sounds of one second."""
    write_small_test(tmp_path, items=1, training=1, duration_s=1.0, pages=SHORT)
    with serving(tmp_path) as running:
        yield running
