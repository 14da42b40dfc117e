"""Prompts: instructions are versioned files, everything that people or pages wrote is delimited data."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path


@cache
def instructions(folder: Path, name: str) -> str:
    """The text of `prompts/{name}_{version}.md`; its first line names the prompt.

    Args:
        folder: the folder in which `prompts` is.
        name: «draft v1».
    """
    title, version = name.split()
    text = (folder / "prompts" / f"{title}_{version}.md").read_text(encoding="utf-8").strip()
    if not text.startswith(f"# prompt: {name}\n"):
        raise ValueError(f"the prompt {name} does not begin with its name")
    return text


def data(text: str) -> str:
    """Foreign text that can neither close a block nor open one."""
    return text.replace("<", "‹").replace(">", "›").strip()


def block(name: str, texts: Iterable[str]) -> str:
    """Foreign texts in one named block; empty when there is nothing."""
    lines = [clean for text in texts if (clean := data(text))]
    return "\n".join((f"<{name}>", *lines, f"</{name}>")) if lines else ""
