"""Habits that a linter does not know: who commits, who spawns, what is left unsaid."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Source

# Besides models, repositories and core/db: statements of the hot path, the wake-up of live feeds,
# the migration, and the emulators' own store, which is no part of the product's database.
SQL_FILES = {
    "conversations/hot.py",
    "conversations/feed.py",
    "main/migrate.py",
    "sandbox/store.py",
}
# Those in knowledge commit to the search index, which is a folder of files.
COMMIT_FILES = {
    "main/migrate.py",
    "sandbox/store.py",
    "knowledge/engine.py",
    "knowledge/index.py",
}
UNFINISHED = re.compile(r"\b(TODO|FIXME)\b")


def _calls(source: Source, *names: str) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in names
        ):
            yield source.line(node.lineno)


def _holds_sql(path: str) -> bool:
    name = path.rpartition("/")[2]
    return (
        path.startswith("core/db/")
        or path in SQL_FILES
        or name == "models.py"
        or name.startswith("repository")
        or name.endswith("_repository.py")
    )


def test_only_repositories_talk_to_the_database(sources: list[Source]) -> None:
    loose = [
        place
        for source in sources
        if not _holds_sql(source.path)
        for place in _calls(source, "execute", "executemany", "exec_driver_sql")
    ]
    assert not loose


def test_only_the_unit_of_work_commits(sources: list[Source]) -> None:
    loose = [
        place
        for source in sources
        if not source.path.startswith("core/db/") and source.path not in COMMIT_FILES
        for place in _calls(source, "commit")
    ]
    assert not loose


def test_nobody_starts_a_task_that_nobody_awaits(sources: list[Source]) -> None:
    bare = [
        source.line(node.lineno)
        for source in sources
        if source.path != "core/tasks.py"
        for node in ast.walk(source.tree)
        if _spawns(node, "asyncio") or (isinstance(node, ast.Expr) and _spawns(node.value, "loop"))
    ]
    assert not bare


def _spawns(node: ast.AST, owner: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("create_task", "ensure_future")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == owner
    )


def test_nothing_is_left_for_later(sources: list[Source]) -> None:
    left = [
        source.line(number)
        for source in sources
        for number, line in enumerate(source.text.splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not left


def test_every_public_name_says_what_it_is_for(sources: list[Source]) -> None:
    silent = [
        f"{source.line(node.lineno)} {getattr(node, 'name', 'module')}"
        for source in sources
        if "/versions/" not in source.path
        for node in _public(source.tree)
        if not ast.get_docstring(node)
    ]
    assert not silent


def test_every_endpoint_says_what_it_is_for(sources: list[Source]) -> None:
    silent = [
        f"{source.line(node.lineno)} {node.name}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _is_endpoint(node)
        and not ast.get_docstring(node)
    ]
    assert not silent


def _is_endpoint(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr in ("get", "post", "put", "patch", "delete", "websocket", "page")
        for one in node.decorator_list
    )


Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(tree: ast.Module) -> Iterator[Documented]:
    if tree.body:
        yield tree
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("_"):
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public_methods(node)


def _public_methods(owner: ast.ClassDef) -> Iterator[Documented]:
    for node in owner.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not node.name.startswith("_") and not _is_override(node):
            yield node


def _is_override(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        (isinstance(one, ast.Name) and one.id in ("override", "overload"))
        or (isinstance(one, ast.Attribute) and one.attr in ("override", "setter", "overload"))
        for one in node.decorator_list
    )
