"""The golden dialogues of this folder; the package reads and plays them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from insurance_chat.main.evaluation import scripts
from insurance_chat.main.evaluation.player import Player as Player

HERE = Path(__file__).parent


def script_files() -> list[Path]:
    """Every script; its file name is its sentence."""
    return scripts.script_files(HERE)


def load(path: Path) -> dict[str, Any]:
    """A script with its shared beginning and with real dates."""
    return scripts.load(path, HERE)
