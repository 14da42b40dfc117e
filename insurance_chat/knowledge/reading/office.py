"""Office files, web pages and rich text as Markdown with page marks."""

from __future__ import annotations

import re
from typing import Any

import kreuzberg

from insurance_chat.core import sniff
from insurance_chat.knowledge.reading.limits import Read
from insurance_chat.knowledge.reading.page_marks import lift_marks, mark_breaks, mark_slides
from insurance_chat.knowledge.reading.refusals import Refused

_HTML_META = re.compile(r"\A---\s*\n(?:.{0,500}\n){0,40}?## .*\n")


def read_office(data: bytes, mime: str) -> Read:
    """Read a DOCX, XLSX, PPTX, RTF or HTML file.

    Raises:
        Refused: `encrypted`, `damaged`.
    """
    if mime == sniff.DOCX:
        data = mark_breaks(data)
    elif mime == sniff.PPTX:
        data = mark_slides(data)
    result = _extract(data, mime)
    markdown = str(result.content)
    title = str(result.metadata.get("title") or "").strip()
    if mime == sniff.HTML:
        markdown = _HTML_META.sub("", markdown)
    markdown, pages = lift_marks(markdown)
    return Read(mime, markdown, title, pages)


def _extract(data: bytes, mime: str) -> Any:
    config = kreuzberg.ExtractionConfig(
        use_cache=False,  # the cache keeps extracted text on disk in clear
        output_format="markdown",
        disable_ocr=True,  # type: ignore[call-arg]  # the stub lags behind the library
    )
    try:
        return kreuzberg.extract_bytes_sync(data, mime, config=config)
    except kreuzberg.KreuzbergError as problem:
        protected = "password" in str(problem).lower() or "encrypt" in str(problem).lower()
        raise Refused("encrypted" if protected else "damaged") from problem
