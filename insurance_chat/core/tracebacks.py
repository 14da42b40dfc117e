"""Tracebacks for logs: code lines and error types, never the values that the code worked on."""

from __future__ import annotations

import re
import traceback

LONGEST_MESSAGE = 500
LONGEST_CHAIN = 10
# What libraries quote from the data: pydantic's input, rows of PostgreSQL, parameters of a query.
_INPUT = re.compile(r"input_value=.*?, input_type=", re.S)
_DETAIL = re.compile(r"(DETAIL|CONTEXT|LINE \d+):.*", re.S)
_PARAMETERS = re.compile(r"\[parameters: .*", re.S)
_QUOTED = re.compile(r"'[^']*(?:\d|[^\x00-\x7f])[^']*'|\"[^\"]*(?:\d|[^\x00-\x7f])[^\"]*\"")


def plain_traceback(error: BaseException) -> str:
    """Tell where an error came from, cause first, without local variables and quoted values."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < LONGEST_CHAIN:
        chain.append(current)
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return "\n\n".join(_one(part) for part in reversed(chain))


def safe_message(error: BaseException) -> str:
    """The words of an error without the data that it quotes."""
    try:
        text = str(error)
    except Exception:  # an error that cannot be printed must not hide itself
        return "(no message)"
    for pattern, instead in (
        (_INPUT, "input_value=***, input_type="),
        (_DETAIL, r"\1: ***"),
        (_PARAMETERS, "[parameters: ***]"),
        (_QUOTED, "'***'"),
    ):
        text = pattern.sub(instead, text)
    return text[:LONGEST_MESSAGE]


def _one(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    text = f"Traceback (most recent call last):\n{frames}{kind}: {safe_message(error)}"
    if isinstance(error, BaseExceptionGroup):
        text += "".join(f"\n\nin the group: {plain_traceback(one)}" for one in error.exceptions)
    return text
