"""A Markdown document as people see it when they open the source of an answer."""

from __future__ import annotations

from insurance_chat.api.reading import reading_page

DOCUMENT = """---
title: Вопросы
valid_from: 2026-11-20
source: "Указание <7204-У>"
---

# Вопросы и ответы

## Что такое КБМ?
Это **коэффициент**.

| класс | КБМ |
|---|---|
| 13 | 0,46 |
"""


def test_headings_tables_and_bold_words_are_shown_and_the_heading_of_the_file_is_not() -> None:
    page = reading_page(DOCUMENT, "faq.md")
    assert "<title>Вопросы и ответы</title>" in page
    assert "<h2>Что такое КБМ?</h2>" in page
    assert "<strong>коэффициент</strong>" in page
    assert "<td>0,46</td>" in page
    assert "valid_from" not in page


def test_the_date_and_the_origin_stand_below() -> None:
    page = reading_page(DOCUMENT, "faq.md")
    assert "Действует с 20.11.2026" in page
    assert "Источник: Указание &lt;7204-У&gt;" in page


def test_a_document_without_a_heading_is_called_by_its_file() -> None:
    page = reading_page("Просто текст", "правила.md")
    assert "<h1>правила.md</h1>" in page


def test_markup_in_a_document_is_shown_as_text_and_leads_nowhere() -> None:
    page = reading_page(
        "# <b>Имя</b>\n<script>alert(1)</script>\n\n[нажми](javascript:alert(1)) ![x](http://a/b.png)",
        "x.md",
    )
    for danger in ("<script", "<b>", 'href="javascript', "<img"):
        assert danger not in page


def test_a_broken_heading_of_a_file_stays_a_part_of_the_text() -> None:
    assert "a: [" in reading_page("---\na: [\n---\nТекст", "x.md")
