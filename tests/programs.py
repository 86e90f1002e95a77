"""Programs that tests use beyond Python, make and gcc; without one, its tests skip and say so.

`.ci/run` installs the same packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest


@dataclass(frozen=True)
class Programs:
    """What goes by one name, with Debian's packages that bring it."""

    name: str
    packages: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why a test skips."""
        return f"no {self.name} here: apt-get install {' '.join(self.packages)}"


CHROMIUM = Programs("Chromium", ("chromium", "fonts-dejavu-core"))
POSTGRESQL = Programs("PostgreSQL", ("postgresql",))
TEX = Programs("TeX", ("texlive-latex-base", "texlive-latex-recommended"))
PDFTOTEXT = Programs("pdftotext", ("poppler-utils",))
SETPRIV = Programs("setpriv", ("util-linux",))
ALL = (CHROMIUM, POSTGRESQL, TEX, PDFTOTEXT, SETPRIV)

BY_VERSION = Path("/usr/lib/postgresql")
"""Where Debian keeps PostgreSQL's programs, apart from those for everybody."""


def lacking(reasons: Iterable[str]) -> str:
    """One line for all tests that skipped for these reasons; empty where no program was lacking."""
    told = list(reasons)
    counts = {programs: told.count(programs.reason) for programs in ALL}
    lacked = [programs for programs in ALL if counts[programs]]
    if not lacked:
        return ""
    names = ", ".join(f"{programs.name} ({counts[programs]})" for programs in lacked)
    packages = " ".join(package for programs in lacked for package in programs.packages)
    return f"skipped for want of {names}: to have them (Debian), apt-get install {packages}"


def chromium() -> str:
    """The browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None) or _skip(CHROMIUM)


def postgresql() -> tuple[str, str]:
    """Its `initdb` and its `pg_ctl`."""
    installed = sorted(map(str, BY_VERSION.glob("*/bin")), reverse=True)
    places = os.pathsep.join([os.environ.get("PATH", ""), *installed])
    initdb, pg_ctl = (shutil.which(name, path=places) for name in ("initdb", "pg_ctl"))
    return (initdb, pg_ctl) if initdb and pg_ctl else _skip(POSTGRESQL)


def pdflatex() -> str:
    """TeX, with the package of tables that a paper's tables use."""
    compiler, finder = shutil.which("pdflatex"), shutil.which("kpsewhich")
    if not compiler or not finder:
        _skip(TEX)
    found = subprocess.run([finder, "booktabs.sty"], capture_output=True, check=False)
    return compiler if found.returncode == 0 else _skip(TEX)


def pdftotext() -> str:
    """What reads the text of a PDF."""
    return shutil.which("pdftotext") or _skip(PDFTOTEXT)


def setpriv() -> str:
    """What takes root's privileges away from a command."""
    return shutil.which("setpriv") or _skip(SETPRIV)


def _skip(programs: Programs) -> NoReturn:
    pytest.skip(programs.reason)
