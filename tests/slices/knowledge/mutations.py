"""Broken files, the same in every run: a seed decides what is broken and how."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

from tests.support.office_files import docx, pdf, picture, pptx, rtf, scan, xlsx, zip_of

SOURCES: dict[str, Callable[[], bytes]] = {
    "pdf": lambda: pdf(
        "= Правила\nЛимит 400 000 рублей.\n#table(columns: 2, [а],[б],[1],[2])\n#pagebreak()\nЕщё."
    ),
    "scan": lambda: scan("#set page(width: 5cm, height: 3cm, margin: 5mm)\nСкан"),
    "docx": lambda: docx(("Heading1", "Правила"), ("Normal", "Полис действует год.")),
    "xlsx": lambda: xlsx("Тарифы", ("Город", "КТ"), ("Барнаул", "1,49"), ("Москва", "2")),
    "pptx": lambda: pptx("Выплаты", "Документы"),
    "html": (
        "<!doctype html><html><head><meta charset=utf-8><title>Условия</title></head><body>"
        "<h1>Условия</h1><table><tr><th>а</th></tr><tr><td>1</td></tr></table><p>Текст</p></body>"
    ).encode,
    "rtf": lambda: rtf("Полис действует год"),
    "md": (
        "---\ntitle: Правила\nvalid_from: 2026-01-01\n---\n# Правила\n## Срок?\n\n| а | б |\n|---|---|\n"
        "| 1 | 2 |\n\n- Лимит 400 000 рублей\n"
    ).encode,
    "txt": lambda: "Страховая выплачивает деньги, франшиза 10 %.".encode("cp1251"),
    "png": lambda: picture("Лимит"),
    "zip": lambda: zip_of({"правила.txt": b"text", "b/c.rtf": rtf("Полис")}),
}
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
MAGIC = (
    b"PK\x03\x04",
    b"%PDF-1.7\n",
    b"{\\rtf1",
    b"endobj",
    b"<!ENTITY",
    b"../../../",
    b"\x00" * 64,
)


def mutated(kind: str, source: bytes, number: int) -> bytes:
    """One broken file.

    Args:
        kind: a key of `SOURCES`.
        source: the sound file.
        number: which of its mutations.
    """
    chance = random.Random(f"{kind}:{number}")
    data = source
    if kind in ("docx", "xlsx", "pptx", "zip") and number % 2:
        data = _inside(source, chance)
    else:
        for _ in range(chance.choice((1, 1, 2, 5, 30))):
            data = chance.choice(_WAYS)(data, chance)
    return data


def _inside(source: bytes, chance: random.Random) -> bytes:
    """Break a part of an archive and pack it again, so that the breakage gets past the packing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(out, "w") as new:
        victim = chance.choice(old.namelist())
        for name in old.namelist():
            body = old.read(name)
            if name == victim:
                for _ in range(chance.choice((1, 3, 10))):
                    body = chance.choice(_WAYS)(body, chance)
            new.writestr(name, body)
    return out.getvalue()


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) or 1)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(1, 200) :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    piece = data[at : at + chance.randrange(1, 300)]
    return data[:at] + piece * chance.choice((2, 10, 200)) + data[at:]


def _number(data: bytes, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(data) + 1), chance.choice((1, 2, 4))
    value = chance.choice(NUMBERS) % 256**size
    return data[:at] + value.to_bytes(size, chance.choice(("little", "big"))) + data[at + size :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(MAGIC) + data[at:]


def _digits(data: bytes, chance: random.Random) -> bytes:
    places = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    if not places:
        return _flip(data, chance)
    at = chance.choice(places)
    return data[:at] + chance.choice((b"-1", b"99999999999", b"0", b"1e308")) + data[at + 1 :]


_WAYS = (_flip, _flip, _cut, _drop, _repeat, _number, _insert, _digits)
