"""`insurance-chat doctor`: says in plain words what works, what is missing and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict

from insurance_chat.core.errors import ServiceError
from insurance_chat.main.checks import (
    Check,
    all_checks,
    check_data_dir,
    check_disk,
    check_python,
)
from insurance_chat.main.loop import run_once
from insurance_chat.main.settings import Settings
from insurance_chat.main.startup import database
from insurance_chat.main.storage_checks import storage_checks

_WIDTH = 22


def examine(settings: Settings, as_json: bool = False) -> tuple[str, bool]:
    """Run every check; the embedded database is started for the moment when it is not running.

    Args:
        settings: as loaded.
        as_json: a list of checks for programs instead of a table.

    Returns:
        The text to print and whether everything that is needed works.
    """
    try:
        with database(settings) as ready:
            checks = run_once(_all(ready))
    except ServiceError as refusal:
        broken = Check("database", "База данных", False, True, refusal.message, "")
        checks = [check_python(), check_disk(settings), check_data_dir(settings), broken]
    healthy = all(check.ok for check in checks if check.required)
    if as_json:
        content = {"ok": healthy, "checks": [asdict(check) for check in checks]}
        return json.dumps(content, ensure_ascii=False, indent=2), healthy
    return _table(checks, healthy), healthy


async def _all(settings: Settings) -> list[Check]:
    return [*await all_checks(settings), *await storage_checks(settings)]


def _table(checks: list[Check], healthy: bool) -> str:
    lines = [""]
    for check in checks:
        mark = "да " if check.ok else ("НЕТ" if check.required else " — ")
        lines.append(f"  {mark}  {check.title:<{_WIDTH}}{check.message}")
        if check.advice and not check.ok:
            lines.append(f"       {'':<{_WIDTH}}→ {check.advice}")
    lines.append("")
    lines.append(
        "Всё нужное работает."
        if healthy
        else "Сервис работать не сможет: исправьте строки с пометкой НЕТ."
    )
    return "\n".join(lines)
