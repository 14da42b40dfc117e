"""Forms of the page «Языковая модель»: one key, the profile of the assistant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from insurance_chat.core.errors import invalid
from insurance_chat.llm import profile, tokens
from insurance_chat.llm.profile import Profile
from insurance_chat.llm.tokens import DEFAULT_MODELS, TokenView, default_address
from insurance_chat.web import tables
from insurance_chat.web.admin.agent_forms import dialog_buttons
from insurance_chat.web.confirm import answer_of
from insurance_chat.web.markup import tag
from insurance_chat.web.session import Visit

Refresh = Callable[[], Awaitable[None]]
PROVIDERS = {"openai": "OpenAI или совместимый", "gigachat": "GigaChat"}
LARGEST = 2_000_000_000


async def key_form(visit: Visit, refresh: Refresh, row: TokenView | None) -> None:
    """Add a key, or change one; the key itself is never shown again."""
    title = "Новый ключ" if row is None else "Ключ"
    with ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = title
        ui.label(title).classes("ask-title")
        read = _key_fields(row)

        async def save() -> None:
            values = read()
            async with visit.unit() as (unit, principal):
                if row is None:
                    await tokens.add(unit, principal, values)
                else:
                    await tokens.change(unit, principal, row.id, values)
            dialog.submit(True)

        dialog_buttons(dialog, "Сохранить", visit.action(save))
    if await answer_of(dialog):
        ui.notify("Ключ сохранён. Нажмите «Проверить».", type="positive")
        await refresh()


def _key_fields(row: TokenView | None) -> Callable[[], dict[str, Any]]:
    name = ui.input("Название", value=row.name if row else "")
    name.props("outlined autofocus maxlength=120")
    provider = ui.select(PROVIDERS, value=row.provider if row else "openai", label="Поставщик")
    provider.props("outlined")
    token = ui.input("Ключ" if row is None else f"Новый ключ вместо {row.hint}")
    token.props("outlined type=password autocomplete=off")
    url = ui.input("Адрес", value=row.base_url if row else default_address("openai"))
    url.props("outlined type=url")
    models = ui.input(
        "Модели через запятую, первая — основная",
        value=", ".join(row.model_access) if row else DEFAULT_MODELS["openai"],
    ).props("outlined")
    daily = _limit("Запросов в день, пусто — без предела", row.daily_limit if row else None)
    monthly = _limit("Запросов в месяц, пусто — без предела", row.monthly_limit if row else None)
    priority = _limit("Очередь: 1 — первый", row.priority if row else 1)
    domestic = ui.checkbox(
        "Модель в России, личные данные можно не скрывать", value=bool(row and row.domestic)
    )
    notes = ui.input("Заметка", value=row.notes if row else "").props("outlined maxlength=500")

    def follow() -> None:
        url.value = default_address(str(provider.value))
        models.value = DEFAULT_MODELS[str(provider.value)]
        domestic.value = provider.value == "gigachat"

    provider.on_value_change(follow)

    def read() -> dict[str, Any]:
        values = {
            "name": name.value or "",
            "provider": provider.value,
            "base_url": url.value or "",
            "model_access": (models.value or "").split(","),
            "daily_limit": _number(daily.value),
            "monthly_limit": _number(monthly.value),
            "priority": _number(priority.value) or 1,
            "domestic": bool(domestic.value),
            "notes": notes.value or "",
        }
        # An empty field of an existing key keeps the key.
        return values if row is not None and not token.value else {**values, "token": token.value}

    return read


async def profile_form(visit: Visit) -> None:
    """How the assistant speaks."""
    async with visit.unit() as (unit, principal):
        now = await profile.load(unit, principal.tenant_id, visit.services.models.settings)
    tables.show_html(tag("span", "Ассистент"), "h2", "apart")
    with ui.element("div").classes("form"):
        model = ui.input("Модель, пусто — основная модель ключа", value=now.model)
        warm = ui.input("Температура от 0 до 2", value=str(now.temperature).replace(".", ","))
        tone = ui.input("Тон", value=now.tone)
        language = ui.input("Язык", value=now.language)
        topics = ui.input("О чём ещё говорить, через запятую", value=", ".join(now.allowed_topics))
        prompt = ui.textarea("Дополнительные указания", value=now.system_prompt)
        for one in (model, warm, tone, language, topics, prompt):
            one.props("outlined")

        async def save() -> None:
            wanted = Profile(
                model=(model.value or "").strip(),
                temperature=_temperature(warm.value),
                system_prompt=(prompt.value or "").strip(),
                tone=(tone.value or "").strip(),
                allowed_topics=tuple(
                    part.strip() for part in (topics.value or "").split(",") if part.strip()
                ),
                language=(language.value or "").strip(),
            )
            async with visit.unit() as (unit, principal):
                await profile.save(unit, principal, wanted)
            ui.notify("Настройки ассистента сохранены", type="positive")

        ui.button("Сохранить", on_click=visit.action(save)).props("no-caps unelevated")


def _limit(label: str, value: int | None) -> ui.input:
    shown = ui.input(label, value="" if value is None else str(value))
    return shown.props("outlined inputmode=numeric")


def _number(text: str | None) -> int | None:
    plain = (text or "").replace(" ", "")
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit()) or int(plain) > LARGEST:
        raise invalid("ai_token_invalid", "Лимиты и очередь — целые числа.", field="limit")
    return int(plain)


def _temperature(text: str | None) -> float:
    try:
        return float((text or "").replace(",", "."))
    except ValueError:
        raise invalid(
            "profile_invalid", "Температура — число от 0 до 2.", field="temperature"
        ) from None
