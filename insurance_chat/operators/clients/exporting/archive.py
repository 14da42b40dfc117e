"""The archive itself: a page to read, the same for programs, policies and attachments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.operators.clients.exporting.gathering import File, Gathered

MOST_BYTES = 40_000_000  # of files: messengers take no more than 50 MB
_LEFT_OUT = "не вошёл в архив: файла уже нет или архив стал бы слишком большим"
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


async def pack(gathered: Gathered, store: FileStore) -> bytes:
    """A ZIP with everything; files that are gone or too large are named instead.

    Raises:
        ServiceError: `storage_unavailable`.
    """
    contents, left = await _read(gathered.files, store)
    data = dict(gathered.data)
    if left:
        data["Файлы, которых нет в архиве"] = [{"Файл": name, "Почему": _LEFT_OUT} for name in left]
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("index.html", _PAGES.get_template("page.html").render(data=data))
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2, default=str))
        for name, content in contents:
            archive.writestr(name, content)
    return out.getvalue()


async def _read(
    files: Sequence[File], store: FileStore
) -> tuple[list[tuple[str, bytes]], list[str]]:
    found: list[tuple[str, bytes]] = []
    left: list[str] = []
    names: set[str] = set()
    room = MOST_BYTES
    for file in files:
        if file.name in names:
            continue
        names.add(file.name)
        try:
            content = await store.get(file.key)
        except ServiceError as missing:
            if missing.code != "file_not_found":
                raise
            content = b""
        if not content or len(content) > room:
            left.append(file.name)
        else:
            room -= len(content)
            found.append((file.name, content))
    return found, left
