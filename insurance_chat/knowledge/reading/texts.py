"""Plain text and web pages of unknown encoding."""

from __future__ import annotations

import re

SAMPLE = 20_000  # bytes by which an encoding is recognised
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]+)""", re.I)
_CHARSET_TEXT = re.compile(r"""(charset\s*=\s*["']?)[\w-]+""", re.I)
_COMMON_LETTERS = frozenset("оеаинтсрвлкмдпу")


def decode_text(data: bytes) -> str:
    """Decode text of unknown encoding: UTF with or without a mark, else the likeliest Cyrillic one."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        guesses = [(_likeness(data[:SAMPLE], name), name) for name in ("cp1251", "cp866", "koi8-r")]
    return data.decode(max(guesses, key=lambda guess: guess[0])[1], errors="replace")


def _likeness(sample: bytes, encoding: str) -> int:
    text = sample.decode(encoding, errors="replace")
    return sum(letter in _COMMON_LETTERS for letter in text)


def utf8_html(data: bytes) -> bytes:
    """A web page re-coded to UTF-8, with its declaration changed to say so."""
    declared = _CHARSET.search(data[:4000])
    try:
        text = data.decode(declared.group(1).decode()) if declared else decode_text(data)
    except (LookupError, ValueError):
        text = decode_text(data)
    return _CHARSET_TEXT.sub(r"\1utf-8", text, count=1).encode("utf-8", errors="replace")
