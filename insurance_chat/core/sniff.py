"""What a file really is, by its first bytes; names and declared types are never trusted."""

from __future__ import annotations

import io
import re
import zipfile

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
RTF = "application/rtf"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
OLE = "application/x-ole-storage"  # Word 97 and other old Office files, and protected new ones
ZIP = "application/zip"
BINARY = "application/octet-stream"
SOUNDS = frozenset({"audio/ogg", "audio/webm", "audio/mp4", "audio/mpeg", "audio/wav"})

PICTURES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff", "image/bmp"}
)

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", PDF),
    (0, b"{\\rtf", RTF),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
)
# Containers of pictures and sound alike: marks of a track of each kind stand at their beginning.
_SOUND_ONLY = {"video/webm": "audio/webm", "video/mp4": "audio/mp4"}
_SOUND_MARKS = (b"A_OPUS", b"A_VORBIS", b"soun")
_PICTURE_MARKS = (b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG", b"vide")
_TRACKS = 16_384  # bytes at the beginning of a file that name its tracks
_OFFICE = (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX))
_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff_mime(data: bytes, filename: str = "") -> str:
    """Name the content's type.

    Args:
        data: the whole file.
        filename: only tells Markdown from other plain text, which bytes cannot.

    Returns:
        A MIME type; `application/octet-stream` when nothing is recognised.
    """
    for offset, magic, mime in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return _SOUND_ONLY[mime] if _is_only_sound(data[:_TRACKS], mime) else mime
    if data[:2] == b"BM" and data[6:10] == bytes(4):  # two letters alone may begin a text
        return "image/bmp"
    if data[:4] == b"PK\x03\x04":
        return _zip_mime(data)
    if _HTML.match(data[:2000].removeprefix(b"\xef\xbb\xbf")):
        return HTML
    if not _is_text(data[:8000]):
        return BINARY
    return MARKDOWN if filename.lower().endswith((".md", ".markdown")) else TEXT


def _is_only_sound(head: bytes, mime: str) -> bool:
    return (
        mime in _SOUND_ONLY
        and any(mark in head for mark in _SOUND_MARKS)
        and not any(mark in head for mark in _PICTURE_MARKS)
    )


def _zip_mime(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return ZIP
    for folder, mime in _OFFICE:
        if any(name.startswith(folder) for name in names):
            return mime
    return ZIP


def _is_text(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return _CONTROL.search(head) is None
