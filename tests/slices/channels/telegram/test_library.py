"""The library of Telegram is paid for only where messages are answered."""

from __future__ import annotations

import subprocess
import sys

from insurance_chat.channels.telegram.library import Library

QUIET = """
import sys
import insurance_chat.channels.telegram.adapter
assert "aiogram" not in sys.modules
"""


def test_a_process_that_answers_nobody_does_not_load_it() -> None:
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


async def test_it_is_loaded_once_whoever_asks_first() -> None:
    library = Library()
    library.begin()
    library.begin()
    assert await library.load() is await library.load() is library.now()
