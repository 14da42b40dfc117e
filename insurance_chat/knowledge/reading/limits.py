"""What a parser may use, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading.

    Args:
        max_pages: pages of a document, files of an archive.
        silence_seconds: the parser is killed when nothing moves for this time.
        total_seconds: the parser is killed after this time in any case.
        memory_bytes: address space of the parser's process.
        unpacked_bytes: of an archive or an office file, all parts together.
        tesseract: program that recognises scans.
        ocr_languages: in its own words, `rus+eng`.
        ocr_page_seconds: one page may take this long.
    """

    max_pages: int = 2000
    silence_seconds: float = 120.0
    total_seconds: float = 4 * 3600.0
    memory_bytes: int = 3 * 1024 * MEGABYTE
    unpacked_bytes: int = 300 * MEGABYTE
    tesseract: str = "tesseract"
    ocr_languages: str = "rus+eng"
    ocr_page_seconds: float = 90.0


@dataclass(frozen=True, slots=True)
class Read:
    """Text of a file.

    Args:
        mime: what the file really is.
        markdown: headings, tables, and page marks (`passages.PAGE_MARK`) on lines of their own.
        title: the file's own, empty when it has none.
        pages: how many; 1 where the format has none.
        notes: Russian sentences for the administrator: what was left out and why.
    """

    mime: str
    markdown: str
    title: str
    pages: int
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Member:
    """A file out of an archive.

    Args:
        name: cleaned of folders; never used as a path.
        data: None when it is refused.
        reason: why it is refused, a key of `refusals.TEXTS`.
    """

    name: str
    data: bytes | None
    reason: str = ""
