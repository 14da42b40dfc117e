"""Reads the scripts of dialogues; docs/contributor/dialogues.md describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from insurance_chat.core.clock import MONTHS, format_date, moscow_today
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.yaml_files import parse_yaml, read_yaml

PROLOGUES = "prologues.yml"
_DAY = re.compile(r"\{date([+-]\d+)(?:\|(iso|words))?\}")


def script_files(folder: Path) -> list[Path]:
    """Every script of a folder and its groups; the file name is the script's sentence."""
    return sorted(path for path in folder.glob("**/*.yml") if path.name != PROLOGUES)


def title(path: Path) -> str:
    """«handover: by words» of `handover/by-words.yml`."""
    return f"{path.parent.name}: {path.stem.replace('-', ' ')}"


def load(path: Path, folder: Path) -> dict[str, Any]:
    """A script with its shared beginning and with real dates.

    Args:
        folder: where `prologues.yml` lies, if the script names one.

    Raises:
        ServiceError: `script_invalid`.
    """
    script = parse_yaml(_DAY.sub(_dated, path.read_text(encoding="utf-8")))
    if not isinstance(script, dict) or not isinstance(script.get("steps"), list):
        raise ServiceError(
            "script_invalid", Kind.INVALID, f"Файл {path} — не сценарий: в нём нет steps."
        )
    if not script.get("given"):
        return script
    return script | {"steps": [*prologue(script["given"], folder), *script["steps"]]}


def prologue(name: str, folder: Path) -> list[Any]:
    """Steps of a shared beginning of the scripts of a folder, with real dates.

    Raises:
        KeyError: there is no such beginning.
    """
    shared = read_yaml(folder / PROLOGUES)
    return list(_prologue(shared, name))


def _prologue(shared: dict[str, Any], name: str | None) -> Iterator[Any]:
    if name is None:
        return
    yield from _prologue(shared, shared[name].get("after"))
    text = yaml.safe_dump(shared[name]["steps"], allow_unicode=True, width=1000)
    yield from parse_yaml(_DAY.sub(_dated, text))


def _dated(found: re.Match[str]) -> str:
    day = moscow_today() + timedelta(days=int(found[1]))
    if found[2] == "iso":
        return day.isoformat()
    return f"{day.day} {MONTHS[day.month - 1]}" if found[2] == "words" else format_date(day)
