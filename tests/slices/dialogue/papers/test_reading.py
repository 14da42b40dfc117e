"""Files of clients are read in a locked-up process, once; what cannot be read has a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import LocalStore

from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.files import FileStore
from insurance_chat.dialogue.papers.desk import FileRead
from insurance_chat.dialogue.papers.extraction import recognise, take
from insurance_chat.dialogue.papers.kinds import load_papers
from insurance_chat.dialogue.papers.page import Page
from insurance_chat.dialogue.papers.reading import MOST_FILES, PaperReader, for_chats
from insurance_chat.insurance.products import load_catalog, paper_files, slot_readers
from insurance_chat.knowledge.reading import scans
from insurance_chat.knowledge.reading.limits import Limits
from tests.support import papers as samples
from tests.support.office_files import pdf, picture
from tests.support.papers import lines

OCR = pytest.mark.skipif(
    not scans.usable(Limits()), reason="tesseract with Russian is not installed"
)
SLOTS = load_catalog().slots
PAPERS = [paper for shelf in load_papers(paper_files()) for paper in shelf.papers]


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(LocalStore(tmp_path), Cipher([b"k" * 32]))


@pytest.fixture
def reader(files: FileStore) -> PaperReader:
    return PaperReader(files, for_chats(Limits()))


async def message(files: FileStore, *contents: bytes, mime: str = "application/pdf") -> Entry:
    cards = [
        {"key": await files.put(one, sealed=True), "name": "file", "mime": mime} for one in contents
    ]
    body = {"text": None, "metadata": {"files": cards}}
    return Entry(uuid4(), 1, EntryKind.MESSAGE, Sender.USER, body, utcnow())


def values(read: FileRead) -> dict[str, object]:
    page = Page(read.text)
    paper = recognise(page, PAPERS)
    assert paper is not None, read
    return dict(take(page, paper, SLOTS, date(2026, 11, 21), slot_readers()).values)


async def test_a_pdf_of_a_bank_is_read(files: FileStore, reader: PaperReader) -> None:
    statement = pdf(
        "= Справка об остатке задолженности\n"
        "Кредитор: Банк ВТБ (ПАО)\n\n#table(columns: 2,"
        "[Номер кредитного договора],[623/1234-0005678],[Дата кредитного договора],[14.03.2022],"
        "[Остаток основного долга],[2 345 678,90 руб.],[Процентная ставка],[8,5 %])"
    )
    (read,) = await reader.read_all([await message(files, statement)])
    assert values(read) == {
        "mortgage_bank": "ВТБ",
        "agreement_number": "623/1234-0005678",
        "agreement_date": "2022-03-14",
        "mortgage_balance": "2345678",
    }


@OCR
async def test_a_photo_of_a_certificate_is_recognised(
    files: FileStore, reader: PaperReader
) -> None:
    photo = picture(lines(samples.STS))
    entry = await message(files, photo, mime="image/png")
    (read,) = await reader.read_all([entry])
    found = values(read)
    assert found["plate"] == "А123ВС196"
    assert found["vin"] == "XTA219010J0123456"
    assert (found["year"], found["power_hp"]) == (2018, 87)
    assert found["owner_full_name"] == "Иванов Иван Петрович"

    assert await reader.read_all([entry]) == (read,)
    assert reader.read == 1, "a file is read once"


@OCR
async def test_a_photo_without_words_has_a_reason(files: FileStore, reader: PaperReader) -> None:
    empty = picture("#circle(radius: 2cm, fill: gray)")
    (read,) = await reader.read_all([await message(files, empty, mime="image/png")])
    assert (read.text, read.why) == ("", "ocr_empty")


async def test_what_cannot_be_opened_has_a_reason(files: FileStore, reader: PaperReader) -> None:
    long = pdf("#pagebreak()".join("страница" for _ in range(21)))
    broken = pdf("Слова")[:300]
    gone = await message(files, b"x")
    gone.body["metadata"]["files"][0]["key"] = "sealed/00/" + "0" * 40
    entries = [await message(files, long, broken, b"  \n "), gone]
    reads = await reader.read_all(entries)
    assert [one.text for one in reads] == [""] * 4
    assert [one.why for one in reads] == ["too_many_pages", "damaged", "empty", "file_not_found"]


async def test_sound_is_not_read_and_a_heap_of_files_is_bounded(
    files: FileStore, reader: PaperReader
) -> None:
    sound = await message(files, b"OggS", mime="audio/ogg")
    assert not reader.has_files([sound])
    heap = await message(files, *[f"Файл {n}".encode() for n in range(MOST_FILES + 2)])
    reads = await reader.read_all([sound, heap])
    assert [one.why for one in reads] == [""] * MOST_FILES + ["many", "many"]
    assert reader.read == MOST_FILES
