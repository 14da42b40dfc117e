"""Office files, web pages and rich text as Markdown with page marks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import kreuzberg

from insurance_chat.core import sniff
from insurance_chat.knowledge.passages import PAGE_MARK
from insurance_chat.knowledge.reading.docx_pages import lift_marks, mark_breaks
from insurance_chat.knowledge.reading.limits import Read
from insurance_chat.knowledge.reading.refusals import Refused

_PROBE = 48  # letters of a block by which its page is found
_AHEAD = 12  # pages in which the next block is looked for
_LETTERS = re.compile(r"\W+")
_HTML_META = re.compile(r"\A---\s*\n(?:.{0,500}\n){0,40}?## .*\n")


def read_office(data: bytes, mime: str) -> Read:
    """Read a DOCX, XLSX, PPTX, RTF or HTML file.

    Raises:
        Refused: `encrypted`, `damaged`.
    """
    if mime == sniff.DOCX:
        data = mark_breaks(data)
    result = _extract(data, mime)
    markdown = str(result.content)
    title = str(result.metadata.get("title") or "").strip()
    if mime == sniff.HTML:
        markdown = _HTML_META.sub("", markdown)
    if mime == sniff.DOCX:
        markdown, pages = lift_marks(markdown)
        return Read(mime, markdown, title, pages)
    parts: Sequence[Mapping[str, Any]] = result.pages or []
    if len(parts) > 1:
        markdown = _mark_pages(markdown, parts)
    return Read(mime, markdown, title, max(1, len(parts)))


def _extract(data: bytes, mime: str) -> Any:
    config = kreuzberg.ExtractionConfig(
        use_cache=False,  # the cache keeps extracted text on disk in clear
        output_format="markdown",
        pages=kreuzberg.PageConfig(extract_pages=True),
        disable_ocr=True,  # type: ignore[call-arg]  # the stub lags behind the library
    )
    try:
        return kreuzberg.extract_bytes_sync(data, mime, config=config)
    except kreuzberg.KreuzbergError as problem:
        protected = "password" in str(problem).lower() or "encrypt" in str(problem).lower()
        raise Refused("encrypted" if protected else "damaged") from problem


def _mark_pages(markdown: str, pages: Sequence[Mapping[str, Any]]) -> str:
    """Put page marks between blocks: the layout with headings comes without page borders."""
    texts = [_LETTERS.sub("", page["content"]).lower() for page in pages]
    numbers = [int(page["page_number"]) for page in pages]
    out: list[str] = []
    at = -1
    for block in markdown.split("\n\n"):
        probe = _LETTERS.sub("", block).lower()[:_PROBE]
        found = _page_of(probe, texts, max(at, 0))
        if found is not None and found != at:
            at = found
            out.append(f"{PAGE_MARK}{numbers[at]}{PAGE_MARK}")
        out.append(block)
    return "\n\n".join(out)


def _page_of(probe: str, texts: list[str], start: int) -> int | None:
    if len(probe) < 4:
        return None
    for number in range(start, min(start + _AHEAD, len(texts))):
        if probe in texts[number]:
            return number
    return None
