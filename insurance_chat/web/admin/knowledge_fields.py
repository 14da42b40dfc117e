"""The form of a document's fields, with the words of the file that each value came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nicegui import ui

from insurance_chat.core.clock import format_date
from insurance_chat.core.errors import invalid
from insurance_chat.knowledge.analysis.findings import Analysis, Found, as_date
from insurance_chat.knowledge.editing import AGENTS, Fields, Sheet, tags_from
from insurance_chat.knowledge.structure import KINDS
from insurance_chat.web import tables
from insurance_chat.web.admin.knowledge_words import companies, products, quoted, with_own
from insurance_chat.web.markup import tag

ONE = "one:"


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen: agents by public id, published documents by public id."""

    agents: dict[str, str]
    documents: dict[str, str]


class FieldsForm:
    """Inputs of all fields; `value` reads them.

    Args:
        sheet: the document as it is stored.
        choices: agents and documents to choose from.
    """

    def __init__(self, sheet: Sheet, choices: Choices) -> None:
        self._sheet = sheet
        fields, found = sheet.fields, sheet.analysis
        self._title = ui.input("Название", value=fields.title).props("outlined maxlength=300")
        self._kind = ui.select(with_own(dict(KINDS), fields.kind), value=fields.kind, label="Вид")
        self._quote(found.kind)
        code = fields.company_code or ""
        self._company = ui.select(with_own(companies(), code), value=code, label="Компания")
        self._quote(found.company)
        code = fields.product_code or ""
        self._goods = ui.select(with_own(products(), code), value=code, label="Продукт")
        self._quote(found.product)
        self._since = _day("Действует с", fields.valid_from)
        self._quote(found.valid_from)
        self._until = _day("Действует до (включительно)", fields.valid_until)
        self._quote(found.valid_until)
        if found.edition_date is not None:
            edition = as_date(found.edition_date)
            words = (
                f"Дата редакции: {format_date(edition) if edition else found.edition_date.value}"
            )
            tables.show_html(tag("p", words, class_="hint"))
            self._quote(found.edition_date)
        self._reader = _reader(fields, choices)
        self._tags = ui.input("Метки через запятую", value=", ".join(fields.tags))
        self._tags.props("outlined")
        self._parent: ui.select | None = None
        if sheet.status == "preview":
            self._parent = _parent(fields, choices)
        for field in (self._title, self._kind, self._company, self._goods, self._reader):
            field.props("outlined").classes("wide")
        for field in (self._since, self._until, self._tags):
            field.classes("wide")

    def value(self) -> Fields:
        """What the administrator has typed and chosen.

        Raises:
            ServiceError: `kb_dates` for a date that is none.
        """
        reader = str(self._reader.value or "public")
        agent = reader.removeprefix(ONE) if reader.startswith(ONE) else None
        return Fields(
            title=str(self._title.value or ""),
            kind=str(self._kind.value or "document"),
            company_code=self._company.value or None,
            product_code=self._goods.value or None,
            visibility=AGENTS if agent else reader,
            agent=agent,
            valid_from=_date(self._since),
            valid_until=_date(self._until),
            tags=tags_from(str(self._tags.value or "")),
            version_of=(self._parent.value or None) if self._parent is not None else None,
        )

    def _quote(self, found: Found | None) -> None:
        if found is None or self._sheet.analysis == Analysis():
            return
        words = quoted(self._sheet.id, self._sheet.fields.title, found.quote, found.page)
        if words is not None:
            tables.show_html(words)


def _reader(fields: Fields, choices: Choices) -> ui.select:
    readers = {"public": "Клиенты и агенты", AGENTS: "Все агенты, клиенты не видят"}
    readers |= {f"{ONE}{code}": f"Только агент {name}" for code, name in choices.agents.items()}
    value = f"{ONE}{fields.agent}" if fields.agent else fields.visibility
    return ui.select(with_own(readers, value), value=value, label="Кто видит ответы")


def _parent(fields: Fields, choices: Choices) -> ui.select:
    known = {"": "Определить по названию", **choices.documents}
    value = fields.version_of if fields.version_of in known else ""
    field = ui.select(known, value=value, label="Новая версия документа", with_input=True)
    field.props("outlined").classes("wide")
    return field


def _day(title: str, value: date | None) -> ui.input:
    field = ui.input(title, value=value.isoformat() if value else "")
    field.props("outlined type=date stack-label clearable")
    return field


def _date(field: ui.input) -> date | None:
    try:
        return date.fromisoformat(field.value) if field.value else None
    except ValueError as wrong:
        raise invalid("kb_dates", "Дата написана неверно.") from wrong
