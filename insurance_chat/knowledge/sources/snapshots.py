"""What a document of a source says now: read as every file of the knowledge base is read."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath

from pydantic import TypeAdapter

from insurance_chat.core import sniff
from insurance_chat.core.antivirus import check_file
from insurance_chat.knowledge.analysis.findings import ANALYSIS, Analysis
from insurance_chat.knowledge.ingest import Parsed, read_plain, read_with
from insurance_chat.knowledge.passages import Piece
from insurance_chat.knowledge.reading.process import Reader
from insurance_chat.knowledge.reading.refusals import Refused, refusal
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.sources.main_part import MainPart, main_part
from insurance_chat.knowledge.sources.sameness import text_hash
from insurance_chat.knowledge.uploads.reading import limits_of

_PIECES = TypeAdapter(tuple[Piece, ...])
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|main|article|div|p|h1)\b", re.I)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document as it is today.

    Args:
        data: what becomes the original in the knowledge base; of a page its main part.
        page: set when it was a web page.
    """

    name: str
    data: bytes
    parsed: Parsed
    text_hash: str
    page: MainPart | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a document with what was understood of it."""

    pieces: tuple[Piece, ...]
    analysis: Analysis


class SnapshotReader:
    """Reads documents of sources in the killable process, after the antivirus.

    Args:
        settings: limits, antivirus, recognition of scans.
    """

    def __init__(self, settings: KnowledgeSettings) -> None:
        self._settings = settings
        self._limits = limits_of(settings)

    async def read(self, data: bytes, name: str, day: date, url: str = "") -> Snapshot:
        """Read a document.

        Args:
            name: of the file.
            day: when it was fetched; a line that only tells this date does not count.
            url: address of a page.

        Raises:
            ServiceError: `kb_file_…` when it gives no text, `file_infected`,
                `antivirus_unavailable`.
        """
        if self._settings.clamd:
            await check_file(self._settings.clamd, data)
        page = await asyncio.to_thread(main_part, data, url) if is_page(data, name) else None
        if page is not None:
            name, data = page_name(name), page.html
        try:
            parsed = await asyncio.to_thread(self._read, data, name)
        except Refused as refused:
            raise refusal(refused.reason) from refused
        if page is not None and page.title:
            parsed = replace(parsed, title=page.title)
        return Snapshot(name, data, parsed, text_hash(parsed.pieces, day), page)

    def _read(self, data: bytes, name: str) -> Parsed:
        if (plain := read_plain(data, name)) is not None:
            return plain
        with Reader(self._limits) as reader:
            return read_with(reader, data, name)


def is_page(data: bytes, name: str) -> bool:
    """A web page; some begin with a declaration of XML or with a comment."""
    mime = sniff.sniff_mime(data, name)
    return mime == sniff.HTML or (mime == sniff.TEXT and bool(_PAGE.search(data[:3000])))


def page_name(name: str) -> str:
    """A file name for the main part of a page."""
    stem = PurePosixPath(name).stem[:200] or "page"
    return f"{stem}.html"


def pack(pieces: Sequence[Piece], analysis: Analysis) -> bytes:
    """The text of a document for a row of the database."""
    kept = {
        "pieces": _PIECES.dump_python(tuple(pieces), mode="json"),
        "analysis": ANALYSIS.dump_python(analysis, mode="json"),
    }
    return zlib.compress(json.dumps(kept, ensure_ascii=False).encode())


def unpack(packed: bytes) -> Text:
    """What `pack` has kept."""
    kept = json.loads(zlib.decompress(packed))
    return Text(_PIECES.validate_python(kept["pieces"]), ANALYSIS.validate_python(kept["analysis"]))
