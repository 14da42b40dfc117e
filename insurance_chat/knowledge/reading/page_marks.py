"""Page numbers of Word files and slides: written into the text before it is read, lifted out after.

Word leaves a mark at every page that it laid out; a presentation has a part for each slide.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping

from insurance_chat.knowledge.passages import PAGE_MARK

BODY = "word/document.xml"
SLIDES = "ppt/presentation.xml"
SLIDE_LINKS = "ppt/_rels/presentation.xml.rels"
_RENDERED = re.compile(rb"<w:lastRenderedPageBreak\s*/>")
_HARD = re.compile(rb"<w:br\b[^>]{0,200}\bw:type=\"page\"[^>]{0,200}/>")
_INLINE = re.compile(rf"{PAGE_MARK}(\d+){PAGE_MARK}")
_SLIDE_ID = re.compile(rb"<p:sldId\b[^>]{0,300}\br:id=\"([^\"]{1,60})\"")
_LINK = re.compile(rb"<Relationship\b[^>]{0,1000}>")
_LINK_ID = re.compile(rb"\bId=\"([^\"]{1,60})\"")
_LINK_TARGET = re.compile(rb"\bTarget=\"/?(?:ppt/)?([^\"]{1,300})\"")
_TEXT = re.compile(rb"<a:t>")

Change = Callable[[bytes], bytes]


def mark_breaks(data: bytes) -> bytes:
    """Write the number of the page into a Word file at every break.

    Word's own marks are exact; without them (other editors) the breaks set by hand are counted.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if BODY not in archive.namelist():
            return data
        body = archive.read(BODY)
        pattern = _RENDERED if _RENDERED.search(body) else _HARD
        if not pattern.search(body):
            return data
        return _rewritten(archive, {BODY: lambda part: _numbered(part, pattern)})


def _numbered(body: bytes, pattern: re.Pattern[bytes]) -> bytes:
    page = 1

    def text(_: re.Match[bytes]) -> bytes:
        nonlocal page
        page += 1
        return f"<w:t>{_line(page)}</w:t>".encode()

    return pattern.sub(text, body)


def mark_slides(data: bytes) -> bytes:
    """Write the number of the slide before every text of a presentation."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if not {SLIDES, SLIDE_LINKS} <= names:
            return data
        order = _slide_order(archive.read(SLIDES), archive.read(SLIDE_LINKS))
        changes = {name: _on_slide(n) for n, name in enumerate(order, 1) if name in names}
        return _rewritten(archive, changes)


def _slide_order(slides: bytes, links: bytes) -> list[str]:
    targets: dict[bytes, bytes] = {}
    for link in _LINK.findall(links):
        one, target = _LINK_ID.search(link), _LINK_TARGET.search(link)
        if one and target:
            targets[one.group(1)] = target.group(1)
    found = [targets.get(one, b"") for one in _SLIDE_ID.findall(slides)]
    return [f"ppt/{target.decode('utf-8', errors='replace')}" for target in found]


def _on_slide(number: int) -> Change:
    return lambda part: _TEXT.sub(b"<a:t>" + _line(number).encode(), part)


def _rewritten(archive: zipfile.ZipFile, changes: Mapping[str, Change]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in dict.fromkeys(archive.namelist()):
            part = archive.read(name)
            target.writestr(name, changes[name](part) if name in changes else part)
    return out.getvalue()


def lift_marks(markdown: str) -> tuple[str, int]:
    """Move the numbers from the text to lines of their own.

    Returns:
        The Markdown and how many pages there are. A mark inside a block stands after it, because a
        passage has the page on which it begins.
    """
    out: list[str] = []
    last = shown = 1
    for block in markdown.split("\n\n"):
        found = _INLINE.search(block)
        if found is None:
            out.append(block)
            continue
        marks = [int(one) for one in _INLINE.findall(block)]
        last = max(last, *marks)
        text = _INLINE.sub("", block).strip("\n")
        if not block[: found.start()].strip(" #*_|-\n\t") and marks[0] != shown:
            shown = marks[0]
            out.append(_line(shown))
        if text.strip(" #*_\n\t"):
            out.append(text)
        if marks[-1] != shown:
            shown = marks[-1]
            out.append(_line(shown))
    marked = "\n\n".join(out)
    return (f"{_line(1)}\n\n{marked}" if last > 1 else marked), last


def _line(page: int) -> str:
    return f"{PAGE_MARK}{page}{PAGE_MARK}"
