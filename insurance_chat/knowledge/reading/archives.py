"""ZIP files, and the office files that are ZIP inside: checked before anything else opens them."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from insurance_chat.core import sniff
from insurance_chat.knowledge.reading.limits import MEGABYTE, Limits, Member
from insurance_chat.knowledge.reading.refusals import Refused

MAX_PARTS = 20_000
MAX_MEMBER_BYTES = 100 * MEGABYTE
MAX_DIRECTORY_BYTES = 16 * MEGABYTE
_CHUNK = 256 * 1024
_PROLOG = 64 * 1024  # a document type must stand before the first element
_ENTITY = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)
_MACROS = ("vbaproject.bin", "vbadata.xml")
_END = b"PK\x05\x06"
_OFFICE_MIMES = frozenset({sniff.DOCX, sniff.XLSX, sniff.PPTX})
_JUNK = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


@contextmanager
def opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose directory is of a sane size.

    Raises:
        Refused: `damaged`, `bomb`.
    """
    end = data.rfind(_END)
    if end < 0 or end + 22 > len(data):
        raise Refused("damaged")
    # Read before the library builds an object for each of what may be millions of entries.
    if int.from_bytes(data[end + 12 : end + 16], "little") > MAX_DIRECTORY_BYTES:
        raise Refused("bomb")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as problem:
        raise Refused("damaged") from problem
    except (ValueError, OSError, UnicodeDecodeError, OverflowError) as problem:
        raise Refused("damaged") from problem


def check_office(data: bytes, limits: Limits) -> bool:
    """Unpack every part of an office file to nowhere and look at its beginning.

    Returns:
        True when the file carries macros; they are never run, only the text is read.

    Raises:
        Refused: `encrypted`, `bomb`, `hostile` (XML entities), `damaged`.
    """
    macros = False
    with opened(data) as archive:
        entries = archive.infolist()
        _check_directory(entries, limits)
        for entry in entries:
            head = _drain(archive, entry)
            name = entry.filename.lower()
            macros = macros or name.endswith(_MACROS)
            if name.endswith((".xml", ".rels", ".vml")) and _has_entities(head):
                raise Refused("hostile")
    return macros


def _has_entities(head: bytes) -> bool:
    return bool(_ENTITY.search(head) or _ENTITY.search(head.replace(b"\x00", b"")))


def _check_directory(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > MAX_PARTS:
        raise Refused("bomb")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refused("encrypted")
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise Refused("bomb")


def _drain(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The first bytes of a part; the whole is unpacked so that a false size or sum is noticed."""
    head = b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            head = head or chunk[:_PROLOG]
    return head


def members(data: bytes, limits: Limits) -> Iterator[Member]:
    """The files of an archive, one at a time; names never lead anywhere.

    Raises:
        Refused: `damaged`, `encrypted`, `bomb`, `too_many_files`, `no_files`.
    """
    with opened(data) as archive:
        entries = [entry for entry in archive.infolist() if not _is_junk(entry)]
        if len(entries) > limits.max_pages:
            raise Refused("too_many_files")
        if not entries:
            raise Refused("no_files")
        _check_directory(archive.infolist(), limits)
        for entry in entries:
            yield _member(archive, entry)


def _is_junk(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.replace("\\", "/").lower()
    last = name.rsplit("/", 1)[-1]
    link = stat.S_ISLNK(entry.external_attr >> 16)
    return entry.is_dir() or link or last.startswith(".") or any(one in name for one in _JUNK)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Member:
    name = _clean_name(entry)
    if entry.file_size > MAX_MEMBER_BYTES:
        return Member(name, None, "too_large")
    try:
        data = archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return Member(name, None, "damaged")
    if data[:4] == b"PK\x03\x04" and sniff.sniff_mime(data) not in _OFFICE_MIMES:
        return Member(name, None, "nested")
    return Member(name, data)


def _clean_name(entry: zipfile.ZipInfo) -> str:
    """The last part of the path; Russian names of old archivers are told from their bytes."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("cp866")
        except UnicodeError:
            name = entry.filename
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[\x00-\x1f<>:\"|?*]", "_", last)[:200] or "document"
