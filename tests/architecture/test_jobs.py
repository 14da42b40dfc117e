"""Every job that somebody sends is done by exactly one handler."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Source


def _base_names(node: ast.ClassDef) -> set[str]:
    return {base.id for base in node.bases if isinstance(base, ast.Name)} | {
        base.attr for base in node.bases if isinstance(base, ast.Attribute)
    }


def _contracts(sources: list[Source]) -> list[ast.ClassDef]:
    return [
        node
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and "Job" in _base_names(node)
    ]


def _handled(sources: list[Source]) -> Counter[str]:
    found: Counter[str] = Counter()
    for source in sources:
        for node in ast.walk(source.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name | ast.Attribute)
                and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr)
                == "handles"
                and node.args
            ):
                job = node.args[0]
                found[job.attr if isinstance(job, ast.Attribute) else getattr(job, "id", "?")] += 1
    return found


def test_every_job_has_exactly_one_handler(sources: list[Source]) -> None:
    handled = _handled(sources)
    wrong = {job.name: handled[job.name] for job in _contracts(sources) if handled[job.name] != 1}
    assert not wrong


def test_names_of_jobs_in_the_database_are_unique(sources: list[Source]) -> None:
    names = Counter(
        value.value.value
        for job in _contracts(sources)
        for value in job.body
        if isinstance(value, ast.Assign | ast.AnnAssign)
        and isinstance(value.value, ast.Constant)
        and _target(value) == "name"
    )
    assert not [name for name, count in names.items() if count > 1]


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) else ""
