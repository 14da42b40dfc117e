"""What the pages of the knowledge base say in common: places, states, quotations."""

from __future__ import annotations

from datetime import date

from insurance_chat.core.clock import format_date
from insurance_chat.insurance.insurers import all_insurers
from insurance_chat.insurance.policies import company_name
from insurance_chat.knowledge.structure import KINDS, state_of
from insurance_chat.web.downloads import source_path
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX
from insurance_chat.web.words import PRODUCTS, product

TREE = f"{PREFIX}/admin/knowledge"
ADD, BIN, QUESTIONS = f"{TREE}/add", f"{TREE}/bin", f"{TREE}/questions"


def page_of(document_id: str) -> str:
    """Where one document is looked at."""
    return f"{TREE}/{document_id}"


def place_words(company: str | None, goods: str | None) -> str:
    """«РЕСО-Гарантия, ОСАГО»."""
    where = company_name(company) if company else "Для всех компаний"
    return f"{where}, {product(goods) if goods else 'для всех продуктов'}"


def kind_words(code: str) -> str:
    """Name of a kind of document; the code itself when there is none."""
    return KINDS.get(code, code)


def companies() -> dict[str, str]:
    """Choices of a company, all of them first."""
    return {"": "Для всех компаний", **{one.slug: one.short for one in all_insurers()}}


def products() -> dict[str, str]:
    """Choices of a product, all of them first."""
    return {"": "Для всех продуктов", **PRODUCTS}


def with_own(choices: dict[str, str], value: str | None) -> dict[str, str]:
    """Choices that also have the value that is stored, should it not be among the usual ones."""
    return choices if not value or value in choices else {**choices, value: value}


def validity(valid_from: date | None, valid_until: date | None) -> Markup | None:
    """A label that says when a document does not answer, or until when it does."""
    state = state_of(valid_from, valid_until)
    if state == "expired" and valid_until is not None:
        return badge(f"Не отвечает: закончился {format_date(valid_until)}", "bad")
    if state == "future" and valid_from is not None:
        return badge(f"Ответит с {format_date(valid_from)}", "warn")
    return badge(f"До {format_date(valid_until)}", "info") if valid_until is not None else None


def source_link(document_id: str, title: str, page: int | None = None) -> Markup:
    """A link to the original file, at a page when it is known."""
    words = "Открыть исходный файл" if page is None else f"стр. {page}"
    anchor = f"#page={page}" if page is not None else ""
    return link(
        words,
        source_path(document_id) + anchor,
        target="_blank",
        aria_label=f"{words}: {title}",
    )


def quoted(document_id: str, title: str, quote: str, page: int | None) -> Markup | None:
    """The words of a document with the page they stand on; None when there are none."""
    if not quote:
        return None
    where = source_link(document_id, title, page) if page is not None else None
    return tag("p", join("«", quote, "» ", where), class_="hint quoted")
