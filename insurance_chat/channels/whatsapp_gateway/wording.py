"""Our markup as WhatsApp shows it."""

from __future__ import annotations

import re

from insurance_chat.channels.ports import TextPart

_BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*", re.S)
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^\s)]+)\)")


def plain_words(part: TextPart) -> str:
    """`**bold**` becomes `*bold*`, a link its title and address; this gateway has no buttons."""
    words = _LINK.sub(_link, _BOLD.sub(r"*\1*", part.text))
    pages = [f"{one.title}: {one.url}" for one in part.links]
    return "\n".join([words, *pages]).strip()


def _link(found: re.Match[str]) -> str:
    title, url = found.groups()
    return url if title == url else f"{title}: {url}"
