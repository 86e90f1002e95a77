"""What the package and its tests import is what pyproject.toml declares."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGE = ("codecbench", "codecs", "metrics", "dac", "listening_test", "reports")

NOT_IMPORTED = {
    "psycopg",  # by SQLAlchemy, for an address that begins with postgresql
    "tensorboard",  # by torch.utils.tensorboard
}
APART = {"encodec"}
"""Installed by the Makefile without what it names."""


def sources(folders: Iterable[str]) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: Iterable[str]) -> set[str]:
    return {normal(re.split(r"[^\w.-]", text, maxsplit=1)[0]) for text in requirements}


def imported(path: Path) -> set[str]:
    """What a file imports, wherever in it."""
    return imported_in(ast.parse(path.read_text()))


def imported_in(tree: ast.AST) -> set[str]:
    """The first parts of the names of the modules that are not Python's own."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names


INSTALLED = packages_distributions()


def distributions(modules: Iterable[str]) -> set[str]:
    """The names under which modules are installed."""
    return {normal(INSTALLED.get(module, [module])[0]) for module in modules}


DECLARED = names(PYPROJECT["project"]["dependencies"])
EXTRAS = names(chain(*PYPROJECT["project"]["optional-dependencies"].values()))
DEVELOPMENT = names(PYPROJECT["dependency-groups"]["dev"])


@pytest.mark.parametrize("folder", PACKAGE)
def test_the_package_imports_what_it_declares(folder: str) -> None:
    files = sources([folder])
    assert files
    for path in files:
        undeclared = distributions(imported(path) - {"codecbench"}) - DECLARED - EXTRAS
        assert not undeclared, f"{path.relative_to(ROOT)} imports {undeclared}"


def test_what_an_extra_brings_is_imported_where_it_is_used() -> None:
    """At the top of a module it would be needed by whoever imports that module."""
    for path in sources(PACKAGE):
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                assert not distributions(imported_in(statement)) & EXTRAS, path


def test_the_package_declares_what_it_imports() -> None:
    used = distributions(set[str]().union(*map(imported, sources(PACKAGE))))
    unused = (DECLARED | EXTRAS) - used - NOT_IMPORTED
    assert not unused


def test_the_tests_import_what_is_declared() -> None:
    """But for modules of their own, which lie beside them."""
    files = sources(["tests"])
    ours = {path.stem for path in files} | {"codecbench"}
    found = distributions(set[str]().union(*map(imported, files)) - ours)
    assert found <= DECLARED | EXTRAS | DEVELOPMENT | APART
