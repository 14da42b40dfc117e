"""One Russian sentence about an update, and names of companies and products in it."""

from __future__ import annotations

from insurance_chat.knowledge.analysis.dictionary import company_title
from insurance_chat.knowledge.sources.comparing import Change, Differences

LONGEST = 600
KINDS = {"new": "Новый документ", "changed": "Изменился", "gone": "Исчез"}
PRODUCTS = {
    "osago": "ОСАГО",
    "kasko": "КАСКО",
    "mortgage": "ипотека",
    "travel": "путешествия",
    "property": "имущество",
    "accident": "несчастные случаи",
    "dms": "ДМС",
    "life": "страхование жизни",
}
# The verb agrees with the name of the condition.
_CHANGED = {
    "лимит": "изменился",
    "тариф": "изменился",
    "срок": "изменился",
    "франшиза": "изменилась",
}


def place(company: str | None, product: str | None) -> str:
    """«У компании РЕСО-Гарантия по продукту ОСАГО»; empty when neither is known."""
    parts = []
    if company:
        parts.append(f"у компании {company_title(company)}")
    if product:
        parts.append(f"по продукту {PRODUCTS.get(product, product)}")
    return " ".join(parts)


def summary(
    kind: str, title: str, company: str | None, product: str | None, found: Differences
) -> str:
    """What a person reads first: «У компании … по продукту … изменился лимит: было …, стало …»."""
    where = place(company, product)
    if kind == "new":
        words = f"{where} новый документ «{title}»"
    elif kind == "gone":
        words = f"{where} исчез документ «{title}»: по прежнему адресу его больше нет"
    elif found.changes:
        words = f"{where} {_condition(found.changes[0])}{_others(len(found.changes) - 1)}"
    else:
        words = f"{where} изменился документ «{title}»: {_count(len(found.edits) + found.more)}"
    words = words.strip()
    return (words[:1].upper() + words[1:])[:LONGEST]


def _condition(change: Change) -> str:
    kind, _, name = change.field.partition(": ")
    verb = _CHANGED.get(kind.lower())
    what = f"{verb} {kind.lower()}" if verb else f"изменилось «{kind}»"
    named = f" «{name}»" if name else ""
    page = f", найдено на странице {change.page}" if change.page else ""
    return f"{what}{named}: было {change.old}, стало {change.new}{page}"


def _others(count: int) -> str:
    return f" и ещё изменений: {count}" if count > 0 else ""


def _count(edits: int) -> str:
    return f"изменённых мест: {edits}"
