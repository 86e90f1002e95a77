"""What is said of skipped tests: one line says how to have what they lack.

With `--no-skips`, which `.ci/run` gives, a skip is an error; but for two things that no package
brings: a GPU, and the folder `../shared`.
"""

from __future__ import annotations

from collections.abc import Generator

import programs
import pytest
from programs import lacking

ALLOWED = ("no GPU", "../shared")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    said = "a test that is skipped has failed, but for want of a GPU or of ../shared"
    parser.addoption("--no-skips", action="store_true", help=said)


def judge(report: pytest.TestReport | pytest.CollectReport, no_skips: bool) -> None:
    """Make a failure of a skip that is not allowed; tests that lack a program share a line."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = reason_of(report)
    if no_skips and not any(word in reason for word in ALLOWED):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and --no-skips forbids it: {reason}"
    elif lacking([reason]):
        report.longrepr = (programs.__file__, 1, f"Skipped: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge a test that was skipped."""
    report = yield
    judge(report, item.config.getoption("no_skips"))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge a file that was skipped as a whole."""
    report = yield
    judge(report, collector.config.getoption("no_skips"))
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Generator[None, None, None]:
    """Say last what is lacking, and how to have it."""
    yield
    if said := lacking(map(reason_of, terminalreporter.stats.get("skipped", []))):
        terminalreporter.line(said, yellow=True)


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test was skipped."""
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")
