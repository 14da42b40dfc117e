"""Reads a file of any supported kind into passages, or says in Russian why it cannot."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

import yaml

from insurance_chat.core import sniff
from insurance_chat.core.errors import Kind, ServiceError, invalid
from insurance_chat.knowledge.extract import ExtractError, extract_in_process
from insurance_chat.knowledge.passages import PATH_SEPARATOR, Piece, split_markdown

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_PASSAGES = 5_000
SAMPLE = 20_000  # bytes by which an encoding is recognised
OFFICE = (sniff.PDF, sniff.DOCX, sniff.XLSX, sniff.PPTX, sniff.RTF, sniff.HTML)

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
_FIRST_TITLE = re.compile(r"^#\s+(.+)$", re.M)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w-]+)""", re.I)
_CHARSET_TEXT = re.compile(r"""(charset\s*=\s*["']?)[\w-]+""", re.I)
_COMMON_LETTERS = frozenset("оеаинтсрвлкмдпу")

_REFUSALS = {
    "encrypted": "Файл защищён паролем. Снимите защиту и загрузите его ещё раз.",
    "damaged": "Не удалось прочитать файл: похоже, он повреждён. Пересохраните его и попробуйте ещё раз.",
    "slow": "Файл обрабатывается слишком долго. Разделите его на части и загрузите по отдельности.",
    "empty": "В файле нет текста. Если это скан, загрузите вариант с распознанным текстом.",
    "unsupported": "Такие файлы база знаний не читает. Подойдут PDF, DOCX, XLSX, PPTX, RTF, HTML, "
    "Markdown и обычный текст.",
    "old_office": "Это файл старого формата Office. Сохраните его как DOCX, XLSX, PPTX или PDF.",
    "front_matter": "Не удалось прочитать заголовок файла между строками «---»: проверьте формат YAML.",
}


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
    """A file ready to be stored: what it is and its passages in order."""

    title: str
    mime: str
    page_count: int
    content_hash: str
    front: Front
    pieces: tuple[Piece, ...]


async def parse(data: bytes, filename: str) -> Parsed:
    """Read a file; office formats are parsed in a process of their own with a time limit.

    Args:
        data: the file, at most 20 MB.
        filename: its name; gives the title when the file has none.

    Raises:
        ServiceError: `kb_file_too_large`, `kb_file_empty`, `kb_file_encrypted`,
            `kb_file_damaged`, `kb_file_unsupported`, `kb_file_slow` with a Russian explanation.
    """
    return await asyncio.to_thread(_parse, data, filename)


def _parse(data: bytes, filename: str) -> Parsed:
    if len(data) > MAX_BYTES:
        raise _too_large("Файл больше 20 МБ. Разделите его на части и загрузите по отдельности.")
    if not data.strip():
        raise _refusal("empty")
    mime = sniff.sniff_mime(data, filename)
    front = Front()
    own_title, pages = "", 1
    if mime in (sniff.TEXT, sniff.MARKDOWN):
        front, markdown = _front_matter(decode_text(data), mime)
    elif mime in OFFICE:
        markdown, own_title, pages = _office(data, mime)
    else:
        raise _unreadable(data, mime)
    heading = _FIRST_TITLE.search(markdown)
    title = front.title or own_title or (heading.group(1) if heading else "") or _stem(filename)
    pieces = tuple(_without_title(piece, title) for piece in split_markdown(markdown))
    if not any(re.search(r"\w", piece.text) for piece in pieces):
        raise _refusal("empty")
    if len(pieces) > MAX_PASSAGES:
        raise _too_large("В файле слишком много текста. Разделите его на части.")
    digest = hashlib.sha256(data).hexdigest()
    return Parsed(title.strip()[:300], mime, pages, digest, front, pieces)


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


def _front_matter(text: str, mime: str) -> tuple[Front, str]:
    found = _FRONT_MATTER.match(text) if mime == sniff.MARKDOWN else None
    if found is None:
        return Front(), text
    try:
        values = yaml.safe_load(found.group(1)) or {}
        if not isinstance(values, Mapping):
            raise TypeError("front matter must be a mapping")
        return _front(values), text[found.end() :]
    except (yaml.YAMLError, TypeError, ValueError) as problem:
        raise invalid("kb_front_matter", _REFUSALS["front_matter"]) from problem


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


def _office(data: bytes, mime: str) -> tuple[str, str, int]:
    if mime in (sniff.DOCX, sniff.XLSX, sniff.PPTX):
        _check_unpacked_size(data)
    if mime == sniff.HTML:
        data = _utf8_html(data)
    try:
        found = extract_in_process(data, mime)
    except ExtractError as problem:
        raise _refusal(problem.reason) from problem
    return found.markdown, found.title, found.pages


def _check_unpacked_size(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError) as problem:
        raise _refusal("damaged") from problem
    if size > MAX_UNPACKED_BYTES:
        raise _too_large("Файл слишком велик после распаковки. Разделите его на части.")


def _utf8_html(data: bytes) -> bytes:
    declared = _CHARSET.search(data[:4000])
    try:
        text = data.decode(declared.group(1).decode()) if declared else decode_text(data)
    except (LookupError, UnicodeDecodeError):
        text = decode_text(data)
    return _CHARSET_TEXT.sub(r"\1utf-8", text, count=1).encode()


def _unreadable(data: bytes, mime: str) -> ServiceError:
    if mime == sniff.OLE:
        protected = "EncryptedPackage".encode("utf-16-le") in data
        return _refusal("encrypted") if protected else _refusal("old_office", "unsupported")
    return _refusal("damaged" if mime == sniff.ZIP and not _is_zip(data) else "unsupported")


def _is_zip(data: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(data))


def _stem(filename: str) -> str:
    name = PurePath(filename.replace("\\", "/")).stem
    return re.sub(r"[_\s]+", " ", name).strip() or "Документ"


def _without_title(piece: Piece, title: str) -> Piece:
    """Drop the document's own title from the heading path: readers see it anyway."""
    path = piece.heading_path
    if path == title:
        return Piece("", piece.page, piece.text)
    return Piece(path.removeprefix(title + PATH_SEPARATOR), piece.page, piece.text)


def _refusal(reason: str, code: str | None = None) -> ServiceError:
    return invalid(f"kb_file_{code or reason}", _REFUSALS[reason])


def _too_large(message: str) -> ServiceError:
    return ServiceError("kb_file_too_large", Kind.TOO_LARGE, message)
