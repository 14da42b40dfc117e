"""The product's source, parsed once for all architecture tests."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

import insurance_chat

PACKAGE = Path(insurance_chat.__file__).parent


@dataclass(frozen=True)
class Source:
    """One Python file: path inside the package with slashes, text, syntax tree."""

    path: str
    text: str
    tree: ast.Module

    def line(self, number: int) -> str:
        """Where something is, for a failure message."""
        return f"{self.path}:{number}"


@pytest.fixture(scope="session")
def package() -> Path:
    return PACKAGE


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text("utf-8")
        found.append(Source(file.relative_to(PACKAGE).as_posix(), text, ast.parse(text)))
    return found
