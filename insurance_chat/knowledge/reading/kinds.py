"""Reads a file of any supported kind. Runs in the parser's process only."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from insurance_chat.core import sniff
from insurance_chat.knowledge.passages import PAGE_MARK
from insurance_chat.knowledge.reading import archives, scans
from insurance_chat.knowledge.reading.limits import Limits, Read
from insurance_chat.knowledge.reading.office import read_office
from insurance_chat.knowledge.reading.pdf import Progress, read_pdf
from insurance_chat.knowledge.reading.refusals import Refused
from insurance_chat.knowledge.reading.texts import decode_text, utf8_html

MAX_TEXT = 30_000_000  # characters; a page has about 3,000
PLAIN = frozenset({sniff.TEXT, sniff.MARKDOWN})
_ZIPPED = frozenset({sniff.DOCX, sniff.XLSX, sniff.PPTX})
_EXTENSIONS = {
    "pdf": {sniff.PDF},
    "docx": {sniff.DOCX},
    "docm": {sniff.DOCX},
    "xlsx": {sniff.XLSX},
    "xlsm": {sniff.XLSX},
    "pptx": {sniff.PPTX},
    "pptm": {sniff.PPTX},
    "rtf": {sniff.RTF},
}
_NAMES = {
    sniff.PDF: "PDF",
    sniff.DOCX: "документ Word",
    sniff.XLSX: "таблица Excel",
    sniff.PPTX: "презентация PowerPoint",
    sniff.RTF: "RTF",
    sniff.HTML: "страница HTML",
    sniff.TEXT: "обычный текст",
    sniff.MARKDOWN: "обычный текст",
}
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_MACROS = "В файле есть макросы: прочитан только текст, макросы не запускались."


def read(data: bytes, name: str, limits: Limits, progress: Progress) -> Read:
    """Text of a file with its headings, tables and pages.

    Raises:
        Refused: with a key of `refusals.TEXTS`.
    """
    if not data.strip():
        raise Refused("empty")
    mime = sniff.sniff_mime(data, name)
    found = _read(data, mime, limits, progress)
    if len(found.markdown) > MAX_TEXT:
        raise Refused("too_much_text")
    if found.pages > limits.max_pages:
        raise Refused("too_many_pages")
    notes = (*found.notes, *_wrong_name(name, mime))
    return Read(found.mime, found.markdown, found.title, found.pages, notes)


def _read(data: bytes, mime: str, limits: Limits, progress: Progress) -> Read:
    if mime in PLAIN:
        return Read(mime, decode_text(data), "", 1)
    if mime == sniff.PDF:
        return read_pdf(data, limits, progress)
    if mime in _ZIPPED:
        macros = archives.check_office(data, limits)
        found = read_office(data, mime)
        notes = (*found.notes, _MACROS) if macros else found.notes
        return Read(mime, found.markdown, found.title, found.pages, notes)
    if mime == sniff.RTF:
        return read_office(data, mime)
    if mime == sniff.HTML:
        return read_office(utf8_html(data), mime)
    if mime in sniff.PICTURES:
        return _picture(data, mime, limits, progress)
    raise Refused(_unreadable(data, mime))


def _picture(data: bytes, mime: str, limits: Limits, progress: Progress) -> Read:
    progress("ocr", 0, 1)
    pages = scans.recognise(data, limits)
    progress("ocr", 1, 1)
    if not any(pages):
        raise Refused("ocr_empty")
    marked = [f"{PAGE_MARK}{n}{PAGE_MARK}\n\n{text}" for n, text in enumerate(pages, 1)]
    note = "Текст распознан с картинки: проверьте его перед публикацией."
    return Read(mime, "\n\n".join(marked), "", len(pages), (note,))


def _unreadable(data: bytes, mime: str) -> str:
    if mime == sniff.OLE:
        return "encrypted" if _PROTECTED in data else "old_office"
    if mime == sniff.ZIP:
        return "archive" if zipfile.is_zipfile(BytesIO(data)) else "damaged"
    return "unsupported"


def _wrong_name(name: str, mime: str) -> tuple[str, ...]:
    found = re.search(r"\.(\w{1,5})$", name.lower())
    expected = _EXTENSIONS.get(found.group(1)) if found else None
    if expected is None or mime in expected:
        return ()
    really = _NAMES.get(mime, "картинка")
    return (f"Файл назван «.{found.group(1) if found else ''}», но внутри {really}.",)
