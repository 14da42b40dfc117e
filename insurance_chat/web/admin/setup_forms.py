"""Forms of the installation: company, password, model key. Mail and Telegram have files of their own."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from insurance_chat.accounts import profile
from insurance_chat.accounts.installation import service as installation
from insurance_chat.core.errors import ServiceError, invalid
from insurance_chat.llm import tokens
from insurance_chat.llm.tokens import DEFAULT_MODELS, default_address
from insurance_chat.web.admin.model_forms import PROVIDERS
from insurance_chat.web.admin.setup_parts import Place, buttons, hint, note, secret
from insurance_chat.web.markup import join, link, tag
from insurance_chat.web.session import PREFIX, Visit


async def company_form(visit: Visit, place: Place) -> None:
    """Name of the company."""
    async with visit.unit() as (unit, principal):
        name = await installation.company_name(unit, principal)
    field = ui.input("Название компании", value=name).props(
        "outlined maxlength=120 autocomplete=organization"
    )
    hint("Его видят сотрудники в меню. Оно же предлагается как имя отправителя писем.")

    async def save() -> str:
        async with visit.unit() as (unit, principal):
            await installation.rename_company(unit, principal, field.value or "")
        return "Название сохранено"

    buttons(visit, place, save)


async def password_form(visit: Visit, place: Place, after: str, step: str = "") -> None:
    """The caller's own password; changing it ends every log-in, this one too.

    Args:
        after: page below `/staff` to open after the next log-in.
        step: of the first start, to remember as done together with the change.
    """
    old = secret("Нынешний пароль", "current-password")
    new = secret("Новый пароль, не короче 10 символов", "new-password")
    again = secret("Новый пароль ещё раз", "new-password")
    hint(
        "После смены пароля нужно войти ещё раз, здесь и на других устройствах. Пароль первого "
        "запуска из файла first-start.json перестанет действовать."
    )

    async def save() -> str:
        if new.value != again.value:
            raise invalid("password_differs", "Новые пароли не совпадают.")
        async with visit.unit() as (unit, principal):
            await profile.change_password(
                unit, principal, old.value or "", new.value or "", visit.desk.limiter
            )
            if step:
                await installation.note_progress(unit, principal, **{step: "done"})
        ui.navigate.to(f"/login?next={PREFIX}{after}")
        return ""

    buttons(visit, Place(place.save, _nothing), save)


async def _nothing(_words: str) -> None:
    """The page is being left."""


async def model_form(visit: Visit, place: Place) -> None:
    """A first key of a language model, tried before it is kept."""
    async with visit.unit() as (unit, principal):
        known = await tokens.list_tokens(unit, principal)
    if known:
        names = ", ".join(f"{one.name} ({one.hint})" for one in known)
        page = link("Языковая модель", f"{PREFIX}/admin/models")
        note(
            join(
                tag("span", f"Ключи уже есть: {names}. Управление ими — на странице «"), page, "»."
            )
        )
    provider = ui.select(PROVIDERS, value="openai", label="Поставщик").props("outlined")
    key = secret("Ключ")
    url = ui.input("Адрес", value=default_address("openai")).props("outlined type=url")
    models = ui.input("Модели через запятую, первая — основная", value=DEFAULT_MODELS["openai"])
    models.props("outlined")
    hint(
        "Подойдёт OpenAI и всё совместимое с ним (DeepSeek, YandexGPT, vLLM, Ollama), а также GigaChat. "
        "Без ключа сервис тоже работает: отвечают правила и база знаний."
    )

    def follow() -> None:
        url.value = default_address(str(provider.value))
        models.value = DEFAULT_MODELS[str(provider.value)]

    provider.on_value_change(follow)

    def values() -> dict[str, Any]:
        return {
            "name": PROVIDERS[str(provider.value)],
            "provider": provider.value,
            "token": key.value or "",
            "base_url": url.value or "",
            "model_access": (models.value or "").split(","),
        }

    async def save() -> str:
        async with visit.unit() as (unit, principal):
            await tokens.add(unit, principal, values())
        key.value = ""
        return "Ключ сохранён"

    async def trial() -> tuple[bool, str]:
        try:
            verdict = await visit.services.models.tester.try_values(visit.principal, values())
        except ServiceError as refusal:
            return False, _of_field(refusal)
        return verdict.ok, verdict.words

    buttons(visit, place, save, trial)


_FIELDS = {"token": "Ключ", "base_url": "Адрес", "model_access": "Модели", "provider": "Поставщик"}


def _of_field(refusal: ServiceError) -> str:
    title = _FIELDS.get(str(refusal.data.get("field")))
    return f"{title}: {refusal.data['issue']}." if title else refusal.message
