"""Files that a chat accepts: what they are is told by their content, never by their name."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from insurance_chat.core import sniff
from insurance_chat.core.errors import Kind, ServiceError, invalid
from insurance_chat.core.files import FileStore

_ACCEPTED = {
    sniff.PDF: ".pdf",
    sniff.DOCX: ".docx",
    sniff.XLSX: ".xlsx",
    sniff.PPTX: ".pptx",
    sniff.RTF: ".rtf",
    sniff.OLE: ".doc",
    sniff.TEXT: ".txt",
    sniff.MARKDOWN: ".md",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/webm": ".webm",
    "audio/mp4": ".m4a",
    "video/webm": ".webm",
}
_VOICE = frozenset({"audio/webm", "audio/ogg", "audio/mp4"})  # what browsers record


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file; `size` in bytes."""

    key: str
    name: str
    mime: str
    size: int

    def card(self) -> dict[str, Any]:
        """The file as `Message.metadata.files` keeps it; the door makes the link."""
        return {
            "key": self.key,
            "name": self.name,
            "mime": self.mime,
            "size": self.size,
            "kind": "attachment",
        }


async def keep(files: FileStore, data: bytes, filename: str, megabytes: int) -> Attachment:
    """Store a file of a chat, sealed.

    Args:
        filename: as the sender calls it; cleaned, and given a suffix that is true.
        megabytes: largest size.

    Raises:
        ServiceError: `file_too_large`, `file_empty`, `file_type_refused`.
    """
    if len(data) > megabytes * 1024 * 1024:
        raise ServiceError("file_too_large", Kind.TOO_LARGE, f"Файл больше {megabytes} МБ.")
    if not data:
        raise invalid("file_empty", "Файл пустой.")
    mime = sniff.sniff_mime(data, filename)
    if mime not in _ACCEPTED:
        raise invalid(
            "file_type_refused", "Такие файлы не принимаем. Подойдут фото, PDF, документы и текст."
        )
    key = await files.put(data, sealed=True)
    return Attachment(key, safe_name(filename, _ACCEPTED[mime]), mime, len(data))


async def keep_voice(files: FileStore, data: bytes, megabytes: int) -> Attachment:
    """Store what a browser recorded, sealed.

    Args:
        megabytes: largest size.

    Raises:
        ServiceError: `voice_refused` for anything but sound; and those of `keep`.
    """
    if data and sniff.sniff_mime(data) not in _VOICE:
        raise invalid("voice_refused", "Это не похоже на запись голоса. Запишите ещё раз.")
    return await keep(files, data, "voice", megabytes)


def safe_name(given: str, suffix: str) -> str:
    """A clean file name with a suffix that is true."""
    name = clean_name(given)
    known = mimetypes.guess_type(name)[0] == mimetypes.guess_type(f"x{suffix}")[0]
    return name if known and "." in name else f"{name}{suffix}"


def clean_name(given: str) -> str:
    """A file name without folders and control characters."""
    name = PurePath(given.replace("\\", "/")).name
    name = "".join(letter for letter in name if letter.isprintable() and letter not in '"<>|:*?')
    return name.encode("utf-8", "ignore").decode().strip(" .")[-120:] or "file"
