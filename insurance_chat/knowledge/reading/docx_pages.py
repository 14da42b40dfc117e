"""Page numbers of a Word file: its last editor left a mark at every page that it laid out."""

from __future__ import annotations

import io
import re
import zipfile

from insurance_chat.knowledge.passages import PAGE_MARK

BODY = "word/document.xml"
_RENDERED = re.compile(rb"<w:lastRenderedPageBreak\s*/>")
_HARD = re.compile(rb"<w:br\b[^>]{0,200}\bw:type=\"page\"[^>]{0,200}/>")
_INLINE = re.compile(rf"{PAGE_MARK}(\d+){PAGE_MARK}")


def mark_breaks(data: bytes) -> bytes:
    """Write the number of the page into the text at every break.

    Word's own marks are exact; without them (other editors) the breaks set by hand are counted.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if BODY not in archive.namelist():
            return data
        body = archive.read(BODY)
        pattern = _RENDERED if _RENDERED.search(body) else _HARD
        if not pattern.search(body):
            return data
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
            for name in dict.fromkeys(archive.namelist()):
                part = _numbered(body, pattern) if name == BODY else archive.read(name)
                target.writestr(name, part)
    return out.getvalue()


def _numbered(body: bytes, pattern: re.Pattern[bytes]) -> bytes:
    page = 1

    def text(_: re.Match[bytes]) -> bytes:
        nonlocal page
        page += 1
        return f"<w:t>{PAGE_MARK}{page}{PAGE_MARK}</w:t>".encode()

    return pattern.sub(text, body)


def lift_marks(markdown: str) -> tuple[str, int]:
    """Move the numbers from the text to lines of their own.

    Returns:
        The Markdown and how many pages there are. A mark inside a block stands after it, because a
        passage has the page on which it begins.
    """
    out: list[str] = []
    last = 1
    for block in markdown.split("\n\n"):
        found = _INLINE.search(block)
        if found is None:
            out.append(block)
            continue
        marks = [int(one) for one in _INLINE.findall(block)]
        last = max(last, *marks)
        text = _INLINE.sub("", block)
        opens = not block[: found.start()].strip(" #*_|-\n\t")
        if opens:
            out.append(_line(marks[0]))
            marks = marks[1:]
        if text.strip(" #*_\n\t"):
            out.append(text.strip("\n"))
        if marks:
            out.append(_line(marks[-1]))
    marked = "\n\n".join(out)
    return (f"{_line(1)}\n\n{marked}" if last > 1 else marked), last


def _line(page: int) -> str:
    return f"{PAGE_MARK}{page}{PAGE_MARK}"
