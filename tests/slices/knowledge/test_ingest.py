"""Files become passages, or a refusal in Russian."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from pypdf import PdfWriter

from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.knowledge.ingest import MAX_BYTES, parse
from insurance_chat.knowledge.passages import LARGE, split_markdown
from insurance_chat.knowledge.reading.limits import Limits
from insurance_chat.knowledge.reading.process import Reader
from insurance_chat.knowledge.reading.refusals import Refused
from tests.support.office_files import docx, pdf, pptx, xlsx


async def refusal(data: bytes, name: str) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        await parse(data, name)
    return caught.value


async def test_front_matter_describes_the_document() -> None:
    text = (
        "---\ntitle: Правила\ncompany: reso\nproduct: osago\nkind: rules\nvisibility: agents\n"
        "valid_from: 2026-01-01\nvalid_until: 2026-12-31\nurl: https://example.ru/r\n---\n"
        "# Правила\n## Можно ли?\nДа.\n"
    )

    parsed = await parse(text.encode(), "r.md")

    assert (parsed.title, parsed.front.company, parsed.front.product) == (
        "Правила",
        "reso",
        "osago",
    )
    assert parsed.front.visibility == "agents"
    assert str(parsed.front.valid_until) == "2026-12-31"
    assert parsed.front.source_url == "https://example.ru/r"
    assert [(p.heading_path, p.text) for p in parsed.pieces] == [("Можно ли?", "Да.")]


async def test_a_pdf_keeps_headings_and_page_numbers() -> None:
    data = pdf(
        '#set document(title: "Правила страхования")\n= Общие положения\nТекст первой страницы.\n'
        "#pagebreak()\n== Выплаты\nВыплата производится за двадцать дней.\n"
    )

    parsed = await parse(data, "rules.pdf")

    assert (parsed.title, parsed.page_count) == ("Правила страхования", 2)
    assert [(p.heading_path, p.page, p.text) for p in parsed.pieces] == [
        ("Общие положения", 1, "Текст первой страницы."),
        ("Общие положения › Выплаты", 2, "Выплата производится за двадцать дней."),
    ]


async def test_a_word_file_keeps_its_text() -> None:
    data = docx(("Heading1", "Правила"), ("Normal", "Полис действует один год."))

    parsed = await parse(data, "Правила_2026.docx")

    assert "Полис действует один год." in "\n".join(piece.text for piece in parsed.pieces)
    assert parsed.mime.endswith("wordprocessingml.document")


async def test_a_table_file_becomes_rows_with_column_names() -> None:
    parsed = await parse(xlsx("Тарифы", ("Город", "КТ"), ("Барнаул", "1,49")), "kt.xlsx")

    assert [(p.heading_path, p.text) for p in parsed.pieces] == [
        ("Тарифы", "• Город: Барнаул; КТ: 1,49")
    ]


async def test_slides_of_a_presentation_are_read() -> None:
    parsed = await parse(pptx("Выплаты за двадцать дней", "Документы для выплаты"), "p.pptx")

    assert [piece.text for piece in parsed.pieces] == [
        "Выплаты за двадцать дней",
        "Документы для выплаты",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r", "cp866"])
async def test_plain_text_is_read_in_any_russian_encoding(encoding: str) -> None:
    parsed = await parse("Страховая выплачивает деньги".encode(encoding), "Памятка.txt")

    assert parsed.pieces[0].text == "Страховая выплачивает деньги"
    assert parsed.title == "Памятка"


async def test_an_old_web_page_in_cp1251_is_read() -> None:
    page = (
        '<html><head><meta charset="windows-1251"><title>Условия</title></head><body>'
        "<h1>Условия</h1><p>Полис приходит на почту.</p></body></html>"
    )

    parsed = await parse(page.encode("cp1251"), "page.html")

    assert parsed.title == "Условия"
    assert parsed.pieces[0].text == "Полис приходит на почту."


async def test_rich_text_is_read() -> None:
    parsed = await parse(rb"{\rtf1\ansi\ansicpg1251 \'cf\'ee\'eb\'e8\'f1}", "a.rtf")

    assert parsed.pieces[0].text == "Полис"


async def test_a_protected_pdf_is_refused_with_advice() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pdf("Текст")))
    writer.encrypt("x", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)

    error = await refusal(out.getvalue(), "a.pdf")

    assert error.code == "kb_file_encrypted"
    assert "паролем" in error.message


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.txt", "kb_file_empty"),
        (b"  \n", "a.md", "kb_file_empty"),
        (b"---\ntitle: x\n---\n", "a.md", "kb_file_empty"),
        (b"%PDF-1.7 garbage", "a.pdf", "kb_file_damaged"),
        (b"PK\x03\x04 garbage", "a.docx", "kb_file_damaged"),
        (b"\x89PNG\r\n\x1a\n....", "a.pdf", "kb_file_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.doc", "kb_file_unsupported"),
        (b"\x00\x01\x02", "a.bin", "kb_file_unsupported"),
        (b"---\ntitle: [a, b]\n---\ntext", "a.md", "kb_front_matter"),
        ("---\nvisibility: all\n---\nтекст".encode(), "a.md", "kb_front_matter"),
        (b"x" * (MAX_BYTES + 1), "a.txt", "kb_file_too_large"),
    ],
)
async def test_a_file_that_gives_no_text_is_refused_in_russian(
    data: bytes, name: str, code: str
) -> None:
    error = await refusal(data, name)

    assert error.code == code
    assert any("а" <= letter <= "я" for letter in error.message)


async def test_an_archive_that_unpacks_to_gigabytes_is_refused() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
        target.open("word/document.xml", "w") as part,
    ):
        for _ in range(310):
            part.write(b"\x00" * 1024 * 1024)

    error = await refusal(out.getvalue(), "bomb.docx")

    assert (error.code, error.kind) == ("kb_file_too_large", Kind.TOO_LARGE)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "<!--" * 100_000, "**a `" * 50_000, "# a" + " " * 100_000 + "b", "а" * 10**6],
)
def test_strange_markup_is_cut_in_reasonable_time(text: str) -> None:
    began = time.process_time()
    split_markdown(text)

    assert time.process_time() - began < 30


def test_a_parser_that_hangs_is_stopped() -> None:
    with Reader(Limits(total_seconds=0.001)) as reader, pytest.raises(Refused, match="slow"):
        reader.read(pdf("Текст"), "a.pdf", "")


def test_a_question_section_stays_whole_while_plain_text_is_cut_at_sentences() -> None:
    sentence = "Страховая проверяет данные и называет точную цену. "
    question, plain = split_markdown(f"## Можно?\n{sentence * 30}"), split_markdown(sentence * 60)

    assert len(question) == 1
    assert len(plain) > 2
    assert all(len(piece.text) <= LARGE for piece in plain)
    assert all(piece.text.endswith(".") for piece in plain)


def test_table_rows_carry_the_names_of_their_columns() -> None:
    pieces = split_markdown(
        "Значения:\n\n| Срок | КС |\n|---|---|\n| 3 месяца | 0,5 |\n| год | 1 |\n"
    )

    assert pieces[0].text == "Значения:\n• Срок: 3 месяца; КС: 0,5\n• Срок: год; КС: 1"
