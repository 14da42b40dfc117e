"""A draft for an agent: words of the knowledge base, shortened or made formal by simple rules."""

from __future__ import annotations

import re

SHORT = re.compile(r"короч|кратк|сжат", re.IGNORECASE)
FORMAL = re.compile(r"официальн|формальн|делов", re.IGNORECASE)
SHORT_SENTENCES = 2
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[«\"(]?[А-ЯЁA-Z0-9])")


def write_draft(text: str, style: str | None) -> str:
    """Shape a found answer for the client.

    Args:
        text: what the knowledge base says; empty gives an empty draft.
        style: the agent's wish; «короче» keeps the beginning, «официальнее» adds a formal frame.
            Other wishes change nothing, because only a person can judge them.
    """
    if not text.strip():
        return ""
    wish = style or ""
    draft = _short(text) if SHORT.search(wish) else text.strip()
    if FORMAL.search(wish):
        draft = f"Здравствуйте!\n\n{draft}\n\nС уважением, служба поддержки."
    return draft


def _short(text: str) -> str:
    first = text.strip().split("\n\n")[0]
    return " ".join(_SENTENCE.split(first)[:SHORT_SENTENCES])
