"""Reads the HTML of a message as Telegram does: few tags, strict nesting, words and entities.

Source: https://core.telegram.org/bots/api#html-style.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from insurance_chat.sandbox.telegram.wire import bad, units

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "a": "text_link",
}
_TAG = re.compile(r'<(/?)([a-zA-Z-]*)((?:\s+[a-zA-Z-]+="[^"<>]*")*)\s*>')
_HREF = re.compile(r'href="([^"]*)"')
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


def read_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Plain words and their entities, in UTF-16 units.

    Raises:
        WireError: a tag that Telegram does not know, or one that is not closed.
    """
    out: list[str] = []
    found: list[dict[str, Any]] = []
    open_tags: list[tuple[str, int, str]] = []
    place = length = 0
    while place < len(text):
        if text[place] == "<":
            tag = _TAG.match(text, place)
            at = len(text[:place].encode())
            if tag is None or tag[2].lower() not in KINDS:
                name = tag[2] if tag else ""
                raise bad(
                    f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {at}'
                )
            _handle(tag, at, length, open_tags, found)
            place = tag.end()
            continue
        end = text.find("<", place)
        end = len(text) if end < 0 else end
        words = _ENTITY.sub(lambda one: unescape(one[0]), text[place:end])
        out.append(words)
        length += units(words)
        place = end
    if open_tags:
        name = open_tags[-1][0]
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{name}\"")
    return "".join(out), sorted(found, key=lambda one: one["offset"])


def _handle(
    tag: re.Match[str],
    at: int,
    length: int,
    open_tags: list[tuple[str, int, str]],
    found: list[dict[str, Any]],
) -> None:
    name = tag[2].lower()
    if not tag[1]:
        href = _HREF.search(tag[3])
        open_tags.append((name, length, unescape(href[1]) if href else ""))
        return
    if not open_tags or open_tags[-1][0] != name:
        raise bad(f"can't parse entities: Unexpected end tag at byte offset {at}")
    _, start, href_of = open_tags.pop()
    if length == start or (name == "a" and not href_of):
        return
    entity: dict[str, Any] = {"type": KINDS[name], "offset": start, "length": length - start}
    found.append(entity | ({"url": href_of} if name == "a" else {}))
