"""What is lacking makes tests skip, said once; where no skip is allowed it makes them fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import programs
import pytest
from conftest import ROOT
from programs import Programs

pytest_plugins = ["pytester"]

HOOKS = """
from skips import (
    pytest_addoption,
    pytest_make_collect_report,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)
"""
TESTS = """
import programs
import pytest

@pytest.fixture
def browser():
    programs._skip(programs.CHROMIUM)

def test_one(browser): ...
def test_two(browser): ...
def test_tables(): programs._skip(programs.TEX)
def test_clips(): pytest.skip("needs the clips of ../shared")
def test_fast(): pytest.skip("no GPU here")
@pytest.mark.xfail
def test_expected(): assert False
"""


@pytest.fixture
def tests(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(HOOKS)
    pytester.makepyfile(TESTS)
    return pytester


def test_what_is_lacking_is_said_once_and_last(tests: pytest.Pytester) -> None:
    done = tests.runpytest_inprocess("-rs")
    done.assert_outcomes(skipped=5, xfailed=1)
    assert done.ret == 0
    lines = done.outlines
    assert (
        len([line for line in lines if "no Chromium here: apt-get install chromium" in line]) == 1
    )
    assert lines[-2] == (
        "skipped for want of Chromium (2), TeX (1): to have them (Debian), apt-get install "
        "chromium fonts-dejavu-core texlive-latex-base texlive-latex-recommended"
    )


def test_no_skips_but_two(tests: pytest.Pytester) -> None:
    done = tests.runpytest_inprocess("--no-skips")
    done.assert_outcomes(errors=2, failed=1, skipped=2, xfailed=1)
    done.stdout.fnmatch_lines(["*test_tables was skipped, and --no-skips forbids it: no TeX here*"])


def test_a_file_that_is_skipped_whole_is_one_too_many(tests: pytest.Pytester) -> None:
    tests.makepyfile(test_whole="import pytest; pytest.skip('why', allow_module_level=True)")
    tests.runpytest_inprocess("test_whole.py").assert_outcomes(skipped=1)
    tests.runpytest_inprocess("test_whole.py", "--no-skips").assert_outcomes(errors=1)


@pytest.mark.parametrize(
    ("find", "lacked"),
    [
        (programs.chromium, programs.CHROMIUM),
        (programs.postgresql, programs.POSTGRESQL),
        (programs.pdflatex, programs.TEX),
        (programs.pdftotext, programs.PDFTOTEXT),
        (programs.setpriv, programs.SETPRIV),
    ],
)
def test_what_is_not_there_is_not_found(
    find: Callable[[], object], lacked: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "BY_VERSION", tmp_path)
    with pytest.raises(pytest.skip.Exception, match=lacked.reason):
        find()


def test_what_is_said_to_install_is_what_ci_installs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    for lacked in programs.ALL:
        assert all(package in script for package in lacked.packages), lacked
    assert "--no-skips" in script
