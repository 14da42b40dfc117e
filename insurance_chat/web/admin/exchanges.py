"""What was said to the insurer's system and what it answered; personal data are masked."""

from __future__ import annotations

import json

from insurance_chat.insurance.models import ProviderExchange
from insurance_chat.insurance.overview import service as overview
from insurance_chat.web import tables
from insurance_chat.web.markup import Markup, badge, tag
from insurance_chat.web.session import Visit
from insurance_chat.web.tables import Column
from insurance_chat.web.words import OPERATIONS, moment


async def build(visit: Visit) -> None:
    """Draw the filters and the list."""
    async with visit.unit() as (unit, principal):
        page = await overview.list_exchanges(
            unit,
            principal,
            operation=visit.query.get("operation", ""),
            failed=visit.query.get("result") == "failed",
            offset=tables.offset(visit),
            limit=tables.SIZE,
        )
    note = "Паспорта, телефоны, почта и токены в этих записях скрыты ещё до сохранения."
    tables.show_html(tag("p", note, class_="lead"))
    tables.filters(
        visit,
        tables.choice_field(
            visit,
            "operation",
            "Операция",
            [(name, OPERATIONS.get(name, name)) for name in page.operations],
        ),
        tables.choice_field(visit, "result", "Результат", [("failed", "Только неудачи")]),
    )
    if page.rows:
        tables.table(visit, "Обмен, последнее сверху", _columns(), page.rows, page.total)
    elif visit.query:
        tables.empty("Таких запросов нет", "Измените фильтр или сбросьте его.")
    else:
        tables.empty(
            "Запросов ещё не было",
            "Они появятся, когда клиент в чате попросит рассчитать ОСАГО.",
        )


def _columns() -> list[Column[ProviderExchange]]:
    return [
        Column("Когда", lambda row: moment(row.created_at)),
        Column("Запрос", _request, kind="wide"),
        Column("Ответ", _status),
        Column("Время", lambda row: f"{row.duration_ms} мс", kind="num"),
        Column("Попытка", lambda row: str(row.attempt), kind="num"),
    ]


def _request(row: ProviderExchange) -> Markup:
    return tag(
        "details",
        tag(
            "summary",
            tag("b", OPERATIONS.get(row.operation, row.operation)),
            " ",
            tag("small", f"{row.method} {row.path}"),
        ),
        tag("p", row.error, class_="refusal") if row.error else None,
        _body("Отправлено", row.request),
        _body("Получено", row.response),
    )


def _body(title: str, body: object) -> Markup | None:
    if body is None:
        return None
    shown = json.dumps(body, ensure_ascii=False, indent=2, default=str)
    return tag("div", tag("p", title, class_="side-title"), tag("pre", shown, tabindex="0"))


def _status(row: ProviderExchange) -> Markup:
    if row.status is None:
        return badge("нет ответа", "bad")
    return badge(str(row.status), "good" if row.status < 400 else "bad")
