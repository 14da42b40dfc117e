"""Every format keeps its headings, tables and pages; hostile files are refused and harm nothing."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.knowledge.ingest import Parsed, parse, read_with
from insurance_chat.knowledge.passages import Piece
from insurance_chat.knowledge.reading import scans
from insurance_chat.knowledge.reading.archives import members
from insurance_chat.knowledge.reading.kinds import read
from insurance_chat.knowledge.reading.limits import Limits
from insurance_chat.knowledge.reading.process import Cancelled, Reader, Watch
from insurance_chat.knowledge.reading.refusals import TEXTS, Refused
from tests.support.office_files import (
    changed,
    docx,
    pdf,
    picture,
    pptx,
    rtf,
    scan,
    xlsx,
    zip_of,
)

OCR = pytest.mark.skipif(
    not scans.usable(Limits()), reason="tesseract with Russian is not installed"
)
BREAK = b'</w:t><w:br w:type="page"/><w:t>'
RENDERED = b"</w:t><w:lastRenderedPageBreak/><w:t>"
LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY b "ha">'
    + b"".join(b'<!ENTITY b%d "%s">' % (n, b"&b;" * 10) for n in range(9))
    + b"]>"
)
EXTERNAL = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def read_here(data: bytes, name: str, limits: Limits | None = None) -> str:
    return read(data, name, limits or Limits(), lambda *_: None).markdown


def notes(data: bytes, name: str) -> str:
    return " ".join(read(data, name, Limits(), lambda *_: None).notes)


def places(pieces: tuple[Piece, ...]) -> list[tuple[int | None, str]]:
    return [(piece.page, piece.text) for piece in pieces]


async def refused(data: bytes, name: str) -> str:
    with pytest.raises(ServiceError) as caught:
        await parse(data, name)
    assert any("а" <= letter <= "я" for letter in caught.value.message)
    return caught.value.code


async def test_a_table_of_a_pdf_stays_a_table_over_two_pages() -> None:
    rows = "".join(f"[Риск {n}],[{n} 000 рублей],[{n} %]," for n in range(1, 70))
    head = "table.header([Риск],[Лимит],[Франшиза]),"
    data = pdf(f"= Лимиты\nЛимиты по рискам.\n#table(columns: 3, {head}{rows})\nКонец.")

    parsed = await parse(data, "limits.pdf")

    text = "\n".join(piece.text for piece in parsed.pieces)
    assert "• Риск: Риск 1; Лимит: 1 000 рублей; Франшиза: 1 %" in text
    assert "• Риск: Риск 69; Лимит: 69 000 рублей; Франшиза: 69 %" in text
    assert text.count("Риск: Риск;") == 0
    assert {piece.page for piece in parsed.pieces} == {1, 2}


async def test_a_table_goes_on_below_the_running_title_of_the_next_page() -> None:
    rows = "".join(f"[Риск {n}],[{n} 000 рублей]," for n in range(1, 12))
    page = "#set page(height: 8cm, header: [Правила КАСКО])"
    parsed = await parse(pdf(f"{page}\n#table(columns: 2, [Риск],[Лимит],{rows})"), "a.pdf")

    text = "\n".join(piece.text for piece in parsed.pieces)
    assert parsed.page_count == 2
    assert text == "\n".join(f"• Риск: Риск {n}; Лимит: {n} 000 рублей" for n in range(1, 12))


CITIES = "[Город],[КТ],[Цена],[Барнаул],[1,49],[7 535],[Москва],[1,8],[8 665]"


@pytest.mark.parametrize(
    "rules",
    [
        "stroke: (x, y) => (bottom: 1pt, top: 1pt)",
        "stroke: (x, y) => if y == 0 { (y: 1pt) } else if y == 2 { (bottom: 1pt) }",
        "stroke: (x, y) => (bottom: 1pt)",
    ],
    ids=["around-every-row", "around-the-header", "below-every-row"],
)
async def test_a_table_without_vertical_lines_is_a_table(rules: str) -> None:
    data = pdf(f"Цены по городам.\n#table(columns: (3cm, 3cm, 3cm), {rules}, {CITIES})\nКонец.")

    assert (await parse(data, "a.pdf")).pieces[0].text == (
        "Цены по городам.\n• Город: Барнаул; КТ: 1,49; Цена: 7 535\n"
        "• Город: Москва; КТ: 1,8; Цена: 8 665\nКонец."
    )


async def test_shading_and_boxes_lose_no_words() -> None:
    shaded = "stroke: none, fill: (_, y) => if calc.odd(y) { luma(230) }"
    table = f"#table(columns: (3cm, 3cm, 3cm), {shaded}, {CITIES})"
    parsed = await parse(pdf(f"{table}\n#table(columns: 2, [Важно],[Полис])"), "a.pdf")

    text = " ".join(piece.text for piece in parsed.pieces)
    words = ["Город", "Барнаул", "1,49", "7", "535", "Москва", "1,8", "8", "665", "Важно", "Полис"]
    assert [word for word in words if word not in text] == []


async def test_merged_cells_of_a_pdf_belong_to_every_row_that_they_span() -> None:
    data = pdf(
        "#table(columns: 3, [Город],[Срок],[Цена], table.cell(rowspan: 2)[Барнаул],"
        "[год],[100 рублей],[месяц],[20 рублей])"
    )

    assert (await parse(data, "a.pdf")).pieces[0].text == (
        "• Город: Барнаул; Срок: год; Цена: 100 рублей\n"
        "• Город: Барнаул; Срок: месяц; Цена: 20 рублей"
    )


async def test_running_titles_and_page_numbers_of_a_pdf_are_left_out() -> None:
    body = "#pagebreak()".join(f"Условие {word} действует.\n" for word in ("один", "два", "три"))
    data = pdf(
        '#set page(header: [ООО «Страх», правила], numbering: "1 из 1", height: 9cm)\n' + body
    )

    assert places((await parse(data, "a.pdf")).pieces) == [
        (1, "Условие один действует.\nУсловие два действует.\nУсловие три действует.")
    ]


async def test_bold_chapters_of_a_pdf_are_headings() -> None:
    data = pdf("*Глава 1. Термины*\n\nПервый текст.\n\n*Глава 2. Выплаты*\n\nВторой текст.")

    found = [(p.heading_path, p.text) for p in (await parse(data, "a.pdf")).pieces]
    assert found == [
        ("Глава 1. Термины", "Первый текст."),
        ("Глава 2. Выплаты", "Второй текст."),
    ]


@pytest.mark.parametrize(
    ("breaks", "page"),
    [([BREAK], 2), ([RENDERED], 2), ([BREAK, RENDERED], 2), ([], None)],
    ids=["hard", "rendered", "both-count-once", "none"],
)
async def test_a_word_file_knows_its_pages(breaks: list[bytes], page: int | None) -> None:
    plain = docx(("Heading1", "Правила"), ("Normal", "Начало ЗДЕСЬ"), ("Heading1", "Выплаты"),
                 ("Normal", "Двадцать дней"))  # fmt: skip
    data = changed(plain, "word/document.xml", "ЗДЕСЬ".encode(), b"".join(breaks) + b".")

    parsed = await parse(data, "a.docx")

    last = parsed.pieces[-1]
    assert (last.heading_path, last.page, last.text) == ("Выплаты", page, "Двадцать дней")
    assert parsed.page_count == (page or 1)


async def test_slides_have_numbers() -> None:
    parsed = await parse(pptx("Выплаты", "Документы"), "a.pptx")

    assert places(parsed.pieces) == [(1, "Выплаты"), (2, "Документы")]


@OCR
async def test_a_picture_and_a_scan_are_recognised_in_russian() -> None:
    photo = await parse(picture("Лимит по имуществу 400 000 рублей."), "photo.png")
    scanned = await parse(scan("Срок выплаты двадцать дней.", "Франшиза не применяется."), "s.pdf")

    assert photo.pieces[0].text == "Лимит по имуществу 400 000 рублей."
    assert "проверьте" in photo.notes[0]
    assert scanned.page_count == 2
    assert "Франшиза не применяется." in scanned.pieces[-1].text
    assert scanned.notes == ("Распознано сканов: 2 — проверьте текст этих страниц: 1–2.",)


def test_without_recognition_a_scan_is_refused_and_a_mixed_file_says_which_pages_are_missing() -> (
    None
):
    without = Limits(tesseract="no-such-program")

    with pytest.raises(Refused, match="ocr_missing"):
        read_here(scan("Текст"), "a.pdf", without)
    with pytest.raises(Refused, match="ocr_missing"):
        read_here(picture("Текст"), "a.png", without)
    assert "tesseract-ocr-rus" in TEXTS["ocr_missing"]


def test_macros_are_never_run_and_the_administrator_is_told() -> None:
    with zipfile.ZipFile(io.BytesIO(docx(("Normal", "Текст")))) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    data = zip_of({**parts, "word/vbaProject.bin": b"Sub AutoOpen()"})

    assert "Текст" in read_here(data, "a.docm")
    assert "макросы не запускались" in notes(data, "a.docm")


def test_a_wrong_extension_is_read_for_what_it_is_and_named() -> None:
    assert "внутри таблица Excel" in notes(xlsx("Лист", ("а", "б"), ("1", "2")), "a.pdf")
    assert notes(pdf("Текст"), "a.pdf") == ""


@pytest.mark.parametrize("attack", [LAUGHS, EXTERNAL, EXTERNAL.decode().encode("utf-16-le")])
@pytest.mark.parametrize(
    ("data", "part", "name"),
    [
        (docx(("Normal", "Текст")), "word/document.xml", "a.docx"),
        (xlsx("Лист", ("а", "б"), ("1", "2")), "xl/workbook.xml", "a.xlsx"),
        (pptx("Слайд"), "ppt/slides/slide0.xml", "a.pptx"),
    ],
    ids=["docx", "xlsx", "pptx"],
)
async def test_entities_of_xml_are_refused(
    data: bytes, part: str, name: str, attack: bytes
) -> None:
    assert await refused(changed(data, part, b"?>", b"?>" + attack), name) == "kb_file_hostile"


async def test_a_web_page_with_entities_shows_no_file_of_ours() -> None:
    page = b"<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><p>text &x;</p><p>end</p>"

    text = "".join(piece.text for piece in (await parse(page, "a.html")).pieces)
    assert "root:" not in text


async def test_an_archive_is_not_a_document_but_an_upload() -> None:
    assert await refused(zip_of({"a.txt": b"text"}), "a.zip") == "kb_file_unsupported"


def test_files_of_an_archive_lose_their_paths_and_archives_inside_are_refused() -> None:
    out = io.BytesIO(
        zip_of(
            {
                "../../../etc/cron.d/evil.txt": b"one",
                "/var/absolute.txt": b"two",
                "C:\\Windows\\три.txt": b"three",
                "inner.zip": zip_of({"a.txt": b"x"}),
                "word.docx": docx(("Normal", "x")),
                "__MACOSX/._a": b"junk",
                ".hidden": b"junk",
            }
        )
    )
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("AAAAAAA.txt", b"four")
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, b"/etc/passwd")

    packed = out.getvalue().replace(b"AAAAAAA.txt", "Правила.txt".encode("cp866"))
    found = {one.name: one.reason or "ok" for one in members(packed, Limits())}

    assert found == {
        "evil.txt": "ok",
        "absolute.txt": "ok",
        "три.txt": "ok",
        "inner.zip": "nested",
        "word.docx": "ok",
        "Правила.txt": "ok",
    }


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    packed = bytearray(zip_of({"word/document.xml": b"\x00" * 5_000_000}))
    directory = packed.rfind(b"PK\x01\x02")
    packed[directory + 24 : directory + 28] = (100).to_bytes(4, "little")

    with pytest.raises(Refused, match="damaged"):
        read_here(bytes(packed), "a.docx")


def test_an_archive_with_millions_of_entries_is_refused_before_it_is_opened() -> None:
    packed = bytearray(zip_of({"word/document.xml": b"x"}))
    end = packed.rfind(b"PK\x05\x06")
    packed[end + 12 : end + 16] = (2**31).to_bytes(4, "little")

    with pytest.raises(Refused, match="bomb"):
        list(members(bytes(packed), Limits()))


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(Refused, match="too_many_pages"):
        read_here(pdf("Один #pagebreak() Два"), "a.pdf", Limits(max_pages=1))


def test_a_reader_reads_file_after_file_and_tells_its_progress() -> None:
    watch = Watch()
    with Reader(Limits()) as reader:
        first = read_with(reader, pdf("Один #pagebreak() Два"), "a.pdf", watch)
        pid = reader.pid
        with pytest.raises(Refused, match="damaged"):
            read_with(reader, b"%PDF-1.7 garbage", "b.pdf")
        second = read_with(reader, rtf("Полис"), "c.rtf")
        assert reader.pid == pid is not None

    assert (first.page_count, second.pieces[0].text) == (2, "Полис")
    assert watch.step == "analysis"


def test_nobody_waits_for_a_file_that_is_not_wanted() -> None:
    watch = Watch()
    watch.cancelled.set()
    reader = Reader(Limits())
    with pytest.raises(Cancelled):
        read_with(reader, pdf("Текст"), "a.pdf", watch)
    assert reader.pid is None


def test_a_parser_that_wants_too_much_memory_is_stopped_and_the_next_file_is_read() -> None:
    large = "слово " * 8_000_000

    with Reader(Limits(memory_bytes=400 * 1024 * 1024)) as reader:
        with pytest.raises(Refused) as caught:
            read_with(reader, large.encode(), "a.txt")
        reader.close()
        assert read_with(reader, rtf("Полис"), "c.rtf").pieces[0].text == "Полис"
    assert caught.value.reason in ("memory", "too_much_text")


def test_the_parser_sees_no_secret_and_writes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    with Reader(Limits()) as reader:
        read_with(reader, rtf("Полис"), "c.rtf")
        process = Path(f"/proc/{reader.pid}")
        if not process.exists():
            pytest.skip("no /proc on this system")
        assert b"do-not-tell" not in (process / "environ").read_bytes()
        limits = (process / "limits").read_text()
    assert any(
        line.split()[:5] == ["Max", "file", "size", "0", "0"] for line in limits.splitlines()
    )


def test_the_parser_ends_when_the_service_dies() -> None:
    reader = Reader(Limits())
    read_with(reader, rtf("Полис"), "c.rtf")
    child = reader._child
    assert child is not None
    assert child.process.stdin is not None
    child.process.stdin.close()  # what the system does when the service is killed

    assert child.process.wait(timeout=20) == 0
    reader.close()


def test_strange_text_is_analysed_in_reasonable_time() -> None:
    texts = ("не более " * 40_000, "франшиза 1 " * 30_000, "с 1 1 1 " * 40_000, "а «" * 90_000)
    began = time.process_time()
    for text in texts:
        with Reader(Limits()) as reader:
            assert isinstance(read_with(reader, text.encode(), "a.txt"), Parsed)
    assert time.process_time() - began < 60
