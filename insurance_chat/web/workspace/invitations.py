"""Links and QR codes by which an agent brings own clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from nicegui import ui

from insurance_chat.core.clock import utcnow
from insurance_chat.operators.invitations import service
from insurance_chat.operators.invitations.qr import qr_png, qr_svg
from insurance_chat.operators.invitations.service import InvitationView, NewInvitation
from insurance_chat.web import tables
from insurance_chat.web.confirm import answer_of, confirm
from insurance_chat.web.markup import Markup, join, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import INVITATION_STATES, moment, named, plural

Refresh = Callable[[], Awaitable[None]]
NOTE = (
    "Клиент открывает ссылку или наводит камеру на QR-код и попадает в чат, который закреплён за "
    "вами. Отвечает ассистент, вы видите чат в разделе «Мои клиенты» и можете вступить в него "
    "в любой момент. Ссылка не открывает чужую переписку, даже если её переслали."
)
KINDS = {False: "Личная: для одного клиента", True: "Общая: для визитки, объявления, группы"}
TERMS = {7: "7 дней", 30: "30 дней", 90: "90 дней", 0: "Без срока"}
COMPANIES = {True: "Только по моим компаниям", False: "По всем компаниям"}


async def build(visit: Visit) -> None:
    """Draw the list and the button of a new invitation."""
    tables.show_html(tag("p", NOTE, class_="note"))
    new = ui.button("Новое приглашение", icon="qr_code_2").props("no-caps unelevated")
    box = ui.element("div")

    async def refresh() -> None:
        await _draw(visit, box, refresh)

    new.classes("add").on_click(visit.action(lambda: _new(visit, refresh)))
    await refresh()


def _me(visit: Visit) -> UUID:
    return UUID(visit.principal.user_public_id)


async def _draw(visit: Visit, box: ui.element, refresh: Refresh) -> None:
    async with visit.unit() as (unit, principal):
        page = await service.list_invitations(
            unit, principal, _me(visit), offset=tables.offset(visit), limit=tables.SIZE
        )
    box.clear()
    with box:
        if page.rows:
            tables.table(visit, "Приглашения", _columns(visit, refresh), page.rows, page.total)
        else:
            tables.empty(
                "Приглашений пока нет",
                "Сделайте первое кнопкой «Новое приглашение» и отправьте ссылку клиенту.",
            )


def _columns(visit: Visit, refresh: Refresh) -> list[Column[InvitationView]]:
    def stop(row: InvitationView) -> None:
        if row.state == "active":
            button = ui.button("Отозвать", on_click=lambda: _ask(visit, refresh, row), color=None)
            button.props("flat dense no-caps").classes("danger")
            button.props["aria-label"] = f"Отозвать приглашение: {_title(row)}"

    return [
        Column("Для кого", _name, kind="wide"),
        Column("Состояние", lambda row: named(INVITATION_STATES, row.state)),
        Column("Пришли", _used),
        Column(
            "Действует до", lambda row: moment(row.expires_at) if row.expires_at else "без срока"
        ),
        Column("Создано", lambda row: moment(row.created_at)),
        Column("Действия", stop, kind="act"),
    ]


def _title(row: InvitationView) -> str:
    return row.label or "без пометки"


def _name(row: InvitationView) -> Markup:
    kind = "общая" if row.reusable else "личная"
    answers = "только мои компании" if row.only_own_companies else "все компании"
    return join(tag("b", _title(row)), " ", tag("small", f"{kind} · {answers}"))


def _used(row: InvitationView) -> str:
    if not row.used_count:
        return "ещё никто"
    count = plural(row.used_count, "клиент", "клиента", "клиентов")
    return f"{count}, последний {moment(row.last_used_at)}"


async def _new(visit: Visit, refresh: Refresh) -> None:
    async with visit.unit() as (unit, principal):
        asked = await service.needs_companies_choice(unit, principal, _me(visit))
    made = await answer_of(_form(visit, ask_companies=asked))
    if made is not None:
        await refresh()
        await _show(visit, made)


def _form(visit: Visit, *, ask_companies: bool) -> ui.dialog:
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Новое приглашение"
        ui.label("Новое приглашение").classes("ask-title")
        label = ui.input("Пометка для себя").props(
            f"outlined autofocus maxlength={service.LONGEST_LABEL}"
        )
        ui.label("Клиент её не увидит. Телефон и другие данные клиента сюда не пишите.")
        kind = ui.select(KINDS, value=False, label="Ссылка").props("outlined")
        term = ui.select(TERMS, value=30, label="Срок").props("outlined")
        companies = None
        if ask_companies:
            ui.label("По каким компаниям ассистенту отвечать вашим клиентам?")
            companies = ui.radio(COMPANIES)
            companies.props["aria-label"] = "Компании для ответов"

        async def make() -> None:
            days = int(term.value)
            async with visit.unit() as (unit, principal):
                made = await service.create(
                    unit,
                    principal,
                    _me(visit),
                    label=label.value or "",
                    reusable=bool(kind.value),
                    expires_at=utcnow() + timedelta(days=days) if days else None,
                    only_own_companies=companies.value if companies is not None else None,
                )
            dialog.submit(made)

        with ui.row().classes("ask-buttons"):
            ui.button("Отмена", on_click=dialog.close, color=None).props("flat no-caps").classes(
                "quiet-button"
            )
            ui.button("Сделать ссылку", on_click=visit.action(make)).props("no-caps unelevated")
    return dialog


async def _show(visit: Visit, made: NewInvitation) -> None:
    link = visit.services.settings.core.base_url + made.path
    svg, png = qr_svg(link), qr_png(link)

    async def copy() -> None:
        ui.clipboard.write(link)
        ui.notify("Ссылка скопирована", type="positive")

    with ui.dialog().props("persistent") as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = "Ссылка готова"
        ui.label("Ссылка готова").classes("ask-title")
        ui.label("Скопируйте её или скачайте QR-код сейчас: потом мы её показать не сможем.")
        ui.input("Ссылка", value=link).props("outlined readonly")
        picture = svg.decode().partition("?>")[2] or svg.decode()
        tables.show_html(Markup(picture), "div", "qr").props('role=img aria-label="QR-код ссылки"')
        with ui.row().classes("ask-buttons"):
            ui.button("Скопировать", icon="content_copy", on_click=copy).props("no-caps unelevated")
            for title, data, name in (
                ("SVG", svg, "priglashenie.svg"),
                ("PNG", png, "priglashenie.png"),
            ):
                save = ui.button(
                    f"QR {title}",
                    on_click=lambda d=data, n=name: ui.download.content(d, n),
                    color=None,
                )
                save.props("flat no-caps").classes("quiet-button")
                save.props["aria-label"] = f"Скачать QR-код, {title}"
            ui.button("Готово", on_click=dialog.close, color=None).props("flat no-caps").classes(
                "quiet-button"
            )
    await answer_of(dialog)


async def _ask(visit: Visit, refresh: Refresh, row: InvitationView) -> None:
    question = f"Отозвать приглашение «{_title(row)}»?"
    detail = "По ссылке и QR-коду больше никто не придёт. Клиенты, которые уже пришли, останутся."
    if not await confirm(question, detail, "Отозвать", refuse="Оставить"):
        return

    async def revoke() -> None:
        async with visit.unit() as (unit, principal):
            await service.revoke(unit, principal, _me(visit), row.id)
        ui.notify("Приглашение отозвано", type="positive")
        await refresh()

    await visit.action(revoke)()
