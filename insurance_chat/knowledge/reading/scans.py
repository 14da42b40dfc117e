"""Recognition of scans by the program tesseract."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import lru_cache

from insurance_chat.knowledge.reading.limits import Limits
from insurance_chat.knowledge.reading.refusals import Refused

PAGE_BREAK = "\f"
_LETTER = re.compile(r"[^\W\d_]")
_LEADING_MARK = re.compile(r"^(\s*)([#>|])", re.M)


@lru_cache(maxsize=4)
def languages(program: str) -> frozenset[str]:
    """Languages that the installed program knows; empty when it is not installed."""
    path = shutil.which(program)
    if path is None:
        return frozenset()
    try:
        done = subprocess.run(  # noqa: S603 - a program that the administrator names
            [path, "--list-langs"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(line.strip() for line in done.stdout.splitlines()[1:] if line.strip())


def usable(limits: Limits) -> bool:
    """True when the program is there with every language that is wanted."""
    return set(limits.ocr_languages.split("+")) <= languages(limits.tesseract)


def recognise(image: bytes, limits: Limits) -> list[str]:
    """Read a picture.

    Args:
        image: PNG, JPEG, TIFF, WEBP, BMP, GIF or PNM.

    Returns:
        Markdown of each page (a TIFF may have several).

    Raises:
        Refused: `ocr_missing`, `slow`, `damaged`.
    """
    if not usable(limits):
        raise Refused("ocr_missing")
    # Mode 1 also finds pages that lie on their side; it needs a model of its own.
    mode = "1" if "osd" in languages(limits.tesseract) else "3"
    command = [shutil.which(limits.tesseract) or limits.tesseract, "stdin", "stdout"]
    command += ["-l", limits.ocr_languages, "--psm", mode]
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments, the picture goes through a pipe
            command,
            input=image,
            capture_output=True,
            timeout=limits.ocr_page_seconds,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired as slow:
        raise Refused("slow") from slow
    if done.returncode != 0:
        raise Refused("damaged")
    text = done.stdout.decode("utf-8", errors="replace").rstrip(PAGE_BREAK + "\n ")
    return [_markdown(page) for page in text.split(PAGE_BREAK)]


def _markdown(text: str) -> str:
    if len(_LETTER.findall(text)) < 2:
        return ""
    return _LEADING_MARK.sub(r"\1\\\2", text).strip()
