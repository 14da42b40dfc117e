"""Parts of the sale's form that only show: the state, the client's word, drivers, offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from insurance_chat.operators.sales.views import (
    Decision,
    DriverLine,
    OfferLine,
    SaleForm,
    Stage,
    Word,
)
from insurance_chat.web.downloads import policy_path
from insurance_chat.web.markup import badge, join, link, tag
from insurance_chat.web.tables import show_html
from insurance_chat.web.words import money
from insurance_chat.web.workspace import sale_words as words

_LONGEST = 400  # characters of what the assistant has said
Press = Callable[[], Awaitable[None]]


def draw_state(form: SaleForm) -> None:
    """Where the sale stands and what comes next."""
    title, tone, advice = words.STAGES[form.stage]
    if form.stage is Stage.NOT_STARTED and form.agreed:
        advice = "Клиент уже дал согласие. Можно начинать."
    show_html(tag("p", badge(title, tone), class_="sale-stage"))
    if advice:
        show_html(tag("p", advice))
    if form.needed:
        show_html(tag("p", f"Осталось: {', '.join(form.needed)}.", class_="hint"))
    if form.drivers_open:
        show_html(tag("p", "Ответьте, есть ли ещё водители.", class_="hint"))
    if form.price is not None:
        show_html(tag("p", "Цена страховой: ", tag("b", money(form.price))))
    if form.policy is not None:
        name = f"{form.policy.company}, {form.policy.number}"
        opened = link("Открыть PDF", policy_path(form.policy.id), target="_blank")
        show_html(join(tag("p", tag("b", name)), tag("p", opened)))


def draw_decisions(decisions: tuple[Decision, ...], ask: Press) -> None:
    """What only the client may say."""
    for one in decisions:
        title, tone = words.WORDS[one.word]
        name = one.title[:1].upper() + one.title[1:]
        with ui.element("div").classes(f"sale-word {one.word.value}"):
            show_html(join(tag("span", name), badge(title, tone)))
            if one.word is Word.DUE:
                button = ui.button("Спросить клиента", on_click=ask, color=None)
                button.props("outline dense no-caps").classes("quiet-button")


def draw_said(said: str) -> None:
    """What the client has read last from the assistant."""
    if said:
        short = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
        show_html(join(tag("summary", "Последнее от ассистента"), tag("p", short)), "details")


def draw_drivers(drivers: tuple[DriverLine, ...]) -> None:
    """Drivers on the list."""
    if not drivers:
        return
    lines = [
        tag(
            "li",
            tag("b", one.name),
            tag("span", f"{one.born} г. р."),
            tag("span", f"права {one.license}"),
            tag("span", f"стаж с {one.since}"),
        )
        for one in drivers
    ]
    show_html(join(*lines), "ol", "sale-drivers")


def draw_offers(form: SaleForm, choose: Callable[[OfferLine], Awaitable[None]]) -> None:
    """Offers of all insurers, with the choice for the client."""
    note = words.OFFERS.get(form.flow)
    if note:
        show_html(tag("p", note, class_="hint"))
    with ui.element("div").classes("table-box"), ui.element("table").classes("table"):
        show_html(tag("span", "Предложения страховых"), "caption", "hidden-text")
        heads = (
            tag("th", "Страховая", scope="col"),
            tag("th", "Цена", scope="col", class_="num"),
            tag("th", tag("span", "Выбор", class_="hidden-text"), scope="col"),
        )
        with ui.element("thead"):
            show_html(join(*heads), "tr")
        with ui.element("tbody"):
            for offer in form.offers:
                _offer(offer, form, choose)


def _offer(
    offer: OfferLine, form: SaleForm, choose: Callable[[OfferLine], Awaitable[None]]
) -> None:
    async def press() -> None:
        await choose(offer)

    with ui.element("tr"):
        _cell("Страховая", tag("b", offer.company), "sale-offer", offer.details or offer.note)
        _cell("Цена", money(offer.price), "num")
        with ui.element("td").classes("act"):
            if offer.chosen:
                show_html(badge("Предложено клиенту", "good"), "span")
            elif offer.price is not None and form.open and form.started:
                button = ui.button("Предложить", on_click=press, color=None)
                button.props("outline no-caps").classes("quiet-button")
                button.props["aria-label"] = f"Предложить клиенту: {offer.company}"


def _cell(title: str, value: str, kind: str, note: str = "") -> None:
    with ui.element("td").classes(kind) as cell:
        cell.props["data-label"] = title
        show_html(join(value, tag("small", note) if note else None), "span")
