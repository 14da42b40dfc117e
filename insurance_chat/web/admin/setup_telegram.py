"""The form of the company's bot: a token is tried, and the bot begins to answer."""

from __future__ import annotations

from insurance_chat.accounts.installation import service as installation
from insurance_chat.accounts.installation.service import Item
from insurance_chat.channels.types import State
from insurance_chat.channels.views import ConnectionView
from insurance_chat.core.errors import invalid
from insurance_chat.web.admin import channels_words
from insurance_chat.web.admin.setup_parts import Place, buttons, hint, note, secret
from insurance_chat.web.markup import Markup, badge, join, link
from insurance_chat.web.session import Visit

KIND = "telegram"


async def bots(visit: Visit) -> list[ConnectionView]:
    """Connected bots of the company."""
    async with visit.unit() as (_, principal):
        pass
    found = await visit.services.messengers.desk.accounts(principal)
    return [one for one in found if one.kind == KIND]


async def telegram_state(visit: Visit) -> Markup:
    """In two words, for the list of settings."""
    connected = await bots(visit)
    if any(one.state is State.ACTIVE for one in connected):
        return badge("Бот отвечает", "good")
    if connected:
        return badge("Не отвечает", "warn")
    if visit.services.installation.values.get(Item.TELEGRAM_TOKEN):
        return badge("Не подключён", "warn")
    return badge("Не задан")


async def telegram_form(visit: Visit, place: Place) -> None:
    """Connect a bot by its token; one that an earlier version has kept needs no pasting."""
    connected = await bots(visit)
    kept = visit.services.installation.values.get(Item.TELEGRAM_TOKEN, "")
    if connected:
        names = ", ".join(one.title for one in connected)
        page = link("Каналы", channels_words.CHANNELS)
        note(join(f"Подключено: {names}. Всё о ботах — на странице ", page, "."))
    elif kept:
        note("Токен сохранён прежней версией. Нажмите кнопку ниже, и бот начнёт отвечать.")
    token = secret("Токен ещё одного бота" if connected else "Токен бота")
    hint(
        "В Telegram откройте @BotFather, отправьте /newbot и скопируйте токен сюда. Сразу после этого бот "
        "отвечает клиентам. Открытый адрес в интернете не нужен; токен хранится зашифрованным."
    )

    def given() -> str:
        return (token.value or "").strip() or ("" if connected else kept)

    async def trial() -> tuple[bool, str]:
        verdict = await visit.services.telegram.try_token(given())
        return verdict.ok, verdict.words

    async def save() -> str:
        if not given():
            raise invalid("token_empty", "Вставьте токен или пропустите этот шаг.")
        async with visit.unit() as (_, principal):
            pass
        desk = visit.services.messengers.desk
        made = await desk.connect(principal, KIND, {"token": given()})
        # The account keeps the token now; a second copy would only grow old.
        async with visit.unit() as (unit, principal):
            await installation.save(unit, principal, {Item.TELEGRAM_TOKEN: ""})
        await visit.services.installation.refresh()
        token.value = ""
        return f"Бот {made.title} подключён. Напишите ему в Telegram"

    buttons(visit, place, save, trial)
