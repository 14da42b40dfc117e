"""Reads a file of any supported kind into passages, or says in Russian why it cannot."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

import yaml
from pydantic import TypeAdapter

from insurance_chat.core import sniff
from insurance_chat.core.yaml_files import parse_yaml
from insurance_chat.knowledge.analysis.findings import Analysis
from insurance_chat.knowledge.analysis.rules import analyse
from insurance_chat.knowledge.passages import PATH_SEPARATOR, Piece, split_markdown
from insurance_chat.knowledge.reading.limits import Limits, Read
from insurance_chat.knowledge.reading.process import Reader, Watch
from insurance_chat.knowledge.reading.refusals import Refused, refusal
from insurance_chat.knowledge.reading.texts import decode_text

MAX_BYTES = 20 * 1024 * 1024  # of a file that is read while its sender waits; `uploads` take more
WAITING = Limits(silence_seconds=60.0, total_seconds=120.0)
MAX_PASSAGES = 30_000
SMALL_TEXT = 1024 * 1024  # bytes of plain text that need no process of their own

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
_FIRST_TITLE = re.compile(r"^#\s+(.+)$", re.M)


@dataclass(frozen=True, slots=True)
class Front:
    """What a Markdown file says about itself before the text."""

    title: str = ""
    company: str | None = None
    product: str | None = None
    kind: str = "document"
    visibility: str = "public"
    valid_from: date | None = None
    valid_until: date | None = None
    source_url: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file ready to be stored: what it is, its passages in order, what was understood of it.

    Args:
        notes: Russian sentences for the administrator: what was left out, what to check.
    """

    title: str
    mime: str
    page_count: int
    content_hash: str
    front: Front
    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = ()
    analysis: Analysis = field(default_factory=Analysis)


PARSED = TypeAdapter(Parsed)


async def parse(data: bytes, filename: str) -> Parsed:
    """Read a file while its sender waits; all but short plain text in a process of its own.

    Args:
        data: the file, at most 20 MB.
        filename: its name; gives the title when the file has none.

    Raises:
        ServiceError: `kb_file_<reason>` or `kb_front_matter` with a Russian explanation, see
            `reading.refusals`.
    """
    return await asyncio.to_thread(_parse, data, filename)


def _parse(data: bytes, filename: str) -> Parsed:
    if len(data) > MAX_BYTES:
        raise refusal("too_large")
    try:
        if (plain := read_plain(data, filename)) is not None:
            return plain
        with Reader(WAITING) as reader:
            return read_with(reader, data, filename)
    except Refused as refused:
        raise refusal(refused.reason) from refused


def content_hash_of(data: bytes) -> str:
    """By which the same file is recognised."""
    return hashlib.sha256(data).hexdigest()


def read_plain(data: bytes, filename: str) -> Parsed | None:
    """Short plain text is read here and now; None for everything else.

    Raises:
        Refused: `empty`, `front_matter`.
    """
    if len(data) > SMALL_TEXT or data[:2] == b"PK":
        return None
    if not data.strip():
        raise Refused("empty")
    mime = sniff.sniff_mime(data, filename)
    if mime not in (sniff.TEXT, sniff.MARKDOWN):
        return None
    return compose(Read(mime, decode_text(data), "", 1), filename, content_hash_of(data))


def read_with(reader: Reader, data: bytes, filename: str, watch: Watch | None = None) -> Parsed:
    """Read a file in the parser's process. Blocks.

    Raises:
        Refused: the file gives no text.
        Cancelled: see `Reader.read`.
    """
    return PARSED.validate_json(reader.read(data, filename, content_hash_of(data), watch))


def compose(read: Read, filename: str, content_hash: str) -> Parsed:
    """Passages, title and facts from the text of a file.

    Raises:
        Refused: `empty`, `front_matter`, `too_much_text`.
    """
    front, markdown = _front_matter(read.markdown, read.mime)
    heading = _FIRST_TITLE.search(markdown)
    title = front.title or read.title or (heading.group(1) if heading else "") or _stem(filename)
    title = title.strip()[:300]
    pieces = tuple(_without_title(piece, title) for piece in split_markdown(markdown))
    if not any(re.search(r"\w", piece.text) for piece in pieces):
        raise Refused("empty")
    if len(pieces) > MAX_PASSAGES:
        raise Refused("too_much_text")
    analysis = analyse(title, filename, pieces)
    return Parsed(title, read.mime, read.pages, content_hash, front, pieces, read.notes, analysis)


def _front_matter(text: str, mime: str) -> tuple[Front, str]:
    found = _FRONT_MATTER.match(text) if mime == sniff.MARKDOWN else None
    if found is None:
        return Front(), text
    try:
        values = parse_yaml(found.group(1)) or {}
        if not isinstance(values, Mapping):
            raise TypeError("front matter must be a mapping")
        return _front(values), text[found.end() :]
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as problem:
        raise Refused("front_matter") from problem


def _front(values: Mapping[str, Any]) -> Front:
    visibility = _text(values.get("visibility")) or "public"
    if visibility not in ("public", "agents"):
        raise ValueError(visibility)
    return Front(
        title=_text(values.get("title")) or "",
        company=_text(values.get("company")),
        product=_text(values.get("product")),
        kind=(_text(values.get("kind")) or "document")[:30],
        visibility=visibility,
        valid_from=_date(values.get("valid_from")),
        valid_until=_date(values.get("valid_until")),
        source_url=_text(values.get("url")) or _url(values.get("source")),
    )


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list | dict):  # nested aliases may unfold to gigabytes
        raise TypeError("a value of the front matter must be a single one")
    return str(value).strip() or None


def _url(value: Any) -> str | None:
    text = _text(value)
    return text if text and text.startswith(("http://", "https://")) else None


def _date(value: Any) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(_text(value) or "")


def _stem(filename: str) -> str:
    name = PurePath(filename.replace("\\", "/")).stem
    return re.sub(r"[_\s]+", " ", name).strip() or "Документ"


def _without_title(piece: Piece, title: str) -> Piece:
    """Drop the document's own title from the heading path: readers see it anyway."""
    path = piece.heading_path
    if path == title:
        return Piece("", piece.page, piece.text)
    return Piece(path.removeprefix(title + PATH_SEPARATOR), piece.page, piece.text)
