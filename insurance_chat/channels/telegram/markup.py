"""Our markup (`**bold**`, lists, links) as the HTML of Telegram, with everything else escaped.

Source: https://core.telegram.org/bots/api#html-style; a message holds 4096 UTF-16 units.
"""

from __future__ import annotations

import re
from html import escape

from insurance_chat.channels.splitting import split

MOST_UNITS = 4096
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)\)")
_BOLD = re.compile(r"\*\*(?=\S)([^\n]+?)(?<=\S)\*\*")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_BULLET = re.compile(r"^(\s*)[-*]\s+(?=\S)", re.MULTILINE)


def units(text: str) -> int:
    """Length as Telegram counts it: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def to_html(text: str) -> str:
    """HTML that Telegram accepts, whatever the text holds."""
    lines = _common(text)
    out, place = [], 0
    for found in _BOLD.finditer(lines):
        out += [_links(lines[place : found.start()]), "<b>", _links(found[1]), "</b>"]
        place = found.end()
    return "".join([*out, _links(lines[place:])])


def to_plain(text: str) -> str:
    """The same words without marks, for when Telegram does not like the HTML."""
    lines = _LINK.sub(lambda link: f"{link[1]}: {link[2]}", _common(text))
    return _BOLD.sub(lambda bold: bold[1], lines)


def pieces(text: str) -> list[str]:
    """The text in parts that fit into a message each, however many emoji it has."""
    if units(text) <= MOST_UNITS:
        return [text]
    return split(text, MOST_UNITS // 2)


def _common(text: str) -> str:
    lines = _LINK.sub(lambda link: f"[{link[1].replace('**', '')}]({link[2]})", text)
    lines = _HEADING.sub(lambda line: f"**{line[1].replace('**', '')}**", lines)
    return _BULLET.sub(lambda line: f"{line[1]}• ", lines)


def _links(text: str) -> str:
    out, place = [], 0
    for link in _LINK.finditer(text):
        out.append(escape(text[place : link.start()]))
        out.append(f'<a href="{escape(link[2])}">{escape(link[1])}</a>')
        place = link.end()
    return "".join([*out, escape(text[place:])])
