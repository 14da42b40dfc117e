"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Source

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60


def test_no_file_is_longer_than_400_lines(sources: list[Source]) -> None:
    long = {
        source.path: source.text.count("\n")
        for source in sources
        if source.text.count("\n") > MOST_LINES_OF_A_FILE and "/versions/" not in source.path
    }
    assert not long


def test_no_function_is_longer_than_60_lines(sources: list[Source]) -> None:
    long = [
        f"{source.line(node.lineno)} {node.name}: {_length(node)}"
        for source in sources
        if "/versions/" not in source.path
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _length(node) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not long


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    # The docstring explains and is not counted.
    documented = ast.get_docstring(node, clean=False)
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    return lines - (documented.count("\n") + 1 if documented else 0)
