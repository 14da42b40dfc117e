"""What the pages of updates say in common: addresses, states, places."""

from __future__ import annotations

import re

from insurance_chat.insurance.policies import company_name
from insurance_chat.web.markup import Markup, badge, join, link, tag
from insurance_chat.web.session import PREFIX
from insurance_chat.web.words import product

_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}\b)")
UPDATES = f"{PREFIX}/admin/updates"
SOURCES, ADD = f"{UPDATES}/sources", f"{UPDATES}/add"
KINDS = {
    "new": ("Новый документ", "info"),
    "changed": ("Изменился", "warn"),
    "gone": ("Исчез", "bad"),
}
STATES = {
    "new": ("Ждёт решения", "warn"),
    "approved": ("Вносится", "info"),
    "imported": ("Внесено", "good"),
    "rejected": ("Отклонено", ""),
    "outdated": ("Устарело", ""),
    "failed": ("Не получилось", "bad"),
}
DECISIONS = {
    "add": "Добавить",
    "change": "Внести изменения",
    "remove": "Убрать из базы",
    "reject": "Отклонить",
}


def address(url: str) -> Markup:
    """Where it was found; a page of the site opens beside ours."""
    if url.startswith("folder:"):
        return tag("span", f"Папка {url.removeprefix('folder:') or '/'}")
    return link(url, url, target="_blank", rel="noopener noreferrer")


def where(company: str | None, goods: str | None) -> str:
    """«Югория, ОСАГО»; what is not known is left to the document."""
    known = [company_name(company)] if company else []
    known += [product(goods)] if goods else []
    return ", ".join(known) or "Определяется по документу"


def tabs(waiting: int, sources: int) -> Markup:
    """Links between the pages of updates."""
    decide = f"Ждут решения ({waiting})" if waiting else "Ждут решения"
    return join(
        link(decide, UPDATES),
        " ",
        link(f"Источники ({sources})", SOURCES),
        " ",
        link("Добавить источник", ADD, class_="plain"),
    )


def amounts(text: str) -> str:
    """The same words with sums that are not torn apart at the end of a line."""
    return _THOUSANDS.sub("\u00a0", text)


def state(status: str) -> Markup:
    """A label for the state of an update."""
    return badge(*STATES.get(status, (status, "")))
