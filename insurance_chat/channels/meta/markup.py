"""Our small markup in the dress of WhatsApp, and without any for Instagram.

Source: https://faq.whatsapp.com/539178204879377 (how to format messages).
"""

from __future__ import annotations

import re

_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^\s)]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+)$", re.MULTILINE)
_BULLET = re.compile(r"^(\s*)[-*]\s+", re.MULTILINE)


def for_whatsapp(text: str) -> str:
    """`**bold**` becomes `*bold*`, links are written out, headings are bold."""
    text = _plain_links(_HEADING.sub(r"**\1**", text))
    return _BOLD.sub(r"*\1*", _BULLET.sub(r"\1• ", text)).strip()


def for_instagram(text: str) -> str:
    """Instagram shows letters only."""
    text = _plain_links(_HEADING.sub(r"\1", text))
    return _BOLD.sub(r"\1", _BULLET.sub(r"\1• ", text)).strip()


def _plain_links(text: str) -> str:
    return _LINK.sub(lambda found: _written(found[1], found[2]), text)


def _written(title: str, url: str) -> str:
    return url if title == url else f"{title}: {url}"


def cut(text: str, length: int) -> str:
    """At most `length` letters, the last one an ellipsis when something was left out."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def utf8_pieces(text: str, size: int) -> list[str]:
    """The text in pieces of at most `size` bytes of UTF-8, cut between words where it can be."""
    pieces: list[str] = []
    while len(text.encode()) > size:
        head = text.encode()[:size].decode(errors="ignore")
        place = max(head.rfind("\n"), head.rfind(" "))
        head = head[:place] if place > len(head) // 2 else head
        pieces.append(head.rstrip())
        text = text[len(head) :].lstrip()
    return [*pieces, text] if text else pieces
