"""Imports go one way; the contracts name every folder that exists."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.architecture.conftest import Source

ROOT = Path(__file__).resolve().parents[2]
DOORS = {"api", "web", "sandbox", "main"}


@pytest.fixture(scope="module")
def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", "utf-8")
    return parser


def _slices(package: Path) -> set[str]:
    return {
        folder.name
        for folder in package.iterdir()
        if folder.is_dir() and (folder / "__init__.py").exists()
    }


def _named(contracts: configparser.ConfigParser, contract: str, field: str) -> set[str]:
    lines = contracts[f"importlinter:contract:{contract}"][field].split()
    return {line.removeprefix("insurance_chat.") for line in lines}


def test_import_contracts_are_kept() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_emulators_are_kept_from_every_slice(
    contracts: configparser.ConfigParser, package: Path
) -> None:
    forbidden = _named(contracts, "sandbox-is-foreign", "forbidden_modules")
    assert forbidden == _slices(package) - DOORS - {"core"}


def test_web_frameworks_are_kept_from_every_slice_behind_the_doors(
    contracts: configparser.ConfigParser, package: Path
) -> None:
    kept_away = _named(contracts, "web-frameworks-at-the-door", "source_modules")
    assert kept_away == _slices(package) - DOORS


def test_imports_stand_at_the_top_of_the_file(sources: list[Source]) -> None:
    late = [
        source.line(node.lineno)
        for source in sources
        if not source.path.startswith("main/cli")
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and _of_the_product(node)
    ]
    assert not late


def _of_the_product(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names.append(node.module or "")
    return any(name.startswith("insurance_chat") for name in names)
