"""Puts together what is kept of a client: plain values with Russian names, in the order of reading."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from insurance_chat.conversations.erasure.repository import ErasureRepository
from insurance_chat.conversations.models import Conversation, LogEntry
from insurance_chat.conversations.sounds.merging import body_of
from insurance_chat.core.clock import MOSCOW
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Unit
from insurance_chat.insurance import policies
from insurance_chat.insurance.kept.service import PURPOSES, kept_by_law
from insurance_chat.insurance.policies import PolicyView, company_name
from insurance_chat.insurance.products import get_product, load_catalog, memory_topics
from insurance_chat.operators.clients.exporting.repository import ExportRepository

CHANNELS = {
    "web": "Чат на сайте",
    "telegram": "Telegram",
    "whatsapp": "WhatsApp",
    "instagram": "Instagram",
    "api": "Чат по API",
    "phone": "Телефон, подтверждённый мессенджером",
}
WHO = {"user": "Клиент", "ai": "ИИ-помощник", "agent": "Агент", "system": "Сервис"}
CARD = {
    "name": "Имя",
    "email": "Почта",
    "phone": "Телефон",
    "language": "Язык",
}
_HASHED = {"whatsapp", "phone"}  # only keyed hashes of these numbers are kept
_UNSAFE = re.compile(r"[^\w. -]|\.\.+")  # a name of a file must not lead out of its folder
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the archive: where it is stored and its name inside."""

    key: str
    name: str


@dataclass
class Gathered:
    """Everything of a client; `files` are read after the transaction."""

    data: Shown
    files: list[File] = field(default_factory=list)


async def gather(unit: Unit, tenant_id: int, contacts: Collection[int]) -> Gathered:
    """Read everything that is kept of a client.

    Args:
        contacts: inner keys, the one that is left first.
    """
    repository = ExportRepository(unit, tenant_id, contacts)
    chats = await repository.chats()
    ids = [chat.id for chat in chats]
    found = Gathered({})
    owned = [one for key in contacts for one in await policies.of_contact(unit, tenant_id, key)]
    data: Shown = {
        "Составлено": _time(datetime.now(MOSCOW)),
        "Клиент": await _card(repository, unit.cipher),
        "Где вы писали": [
            {
                "Канал": CHANNELS.get(one.channel, one.channel),
                "Идентификатор": "хранится только отпечаток номера"
                if one.channel in _HASHED
                else one.external_id,
                "С": _time(one.created_at),
            }
            for one in await repository.identities()
        ],
        "Что помнит ассистент": await _memory(repository, unit.cipher),
        "Согласия": await _consents(unit, tenant_id, contacts),
        "Полисы": [await _policy(repository, one, found) for one in owned],
        "Оформления": [_sale(one) for one in await repository.sales()],
        "Расчёты": [_quote(one, unit.cipher) for one in await repository.quotes(ids)],
        "Сведения о здоровье": [
            _pairs(unit.cipher.open_json(one.answers)) for one in await repository.health()
        ],
        "Ваши обращения о неточностях": [
            {"Когда": _time(one.created_at), **_pairs(unit.cipher.open_json(one.details))}
            for one in await repository.reports(ids)
        ],
        "Переписка": [await _chat(repository, chat, unit.cipher, found) for chat in chats],
        "Что останется после удаления данных": [
            {"Что": one.title, "Основание": one.reason}
            for one in await kept_by_law(unit, tenant_id, contacts)
        ],
    }
    found.data = data
    return found


async def _card(repository: ExportRepository, cipher: Cipher) -> Shown:
    rows = await repository.contacts()
    kept: Shown = {}
    for row in reversed(rows):
        kept |= cipher.open_json(row.profile) if row.profile is not None else {}
    agent = await repository.agent(rows[0].operator_id) if rows else None
    shown = {CARD.get(name, name): value for name, value in kept.items()}
    if rows:
        shown["Номер в сервисе"] = str(rows[0].public_id)
        shown["Впервые"] = _time(rows[0].created_at)
    if agent is not None:
        shown["Пригласил агент"] = agent.name
    return shown


async def _memory(repository: ExportRepository, cipher: Cipher) -> list[Shown]:
    topics = memory_topics()
    found = []
    for row in await repository.memories():
        for name, kept in cipher.open_json(row.body).items():
            title = topics[name].title if name in topics else name
            values = ", ".join(str(value) for value in kept.get("values", {}).values())
            channel = CHANNELS.get(kept.get("channel") or "", "")
            found.append(
                {"Что": title, "Значение": values, "Откуда": channel, "Когда": kept.get("on")}
            )
    return found


async def _consents(unit: Unit, tenant_id: int, contacts: Collection[int]) -> list[Shown]:
    return [
        {
            "Цель": PURPOSES.get(one.purpose, one.purpose),
            "Редакция": one.version,
            "Канал": CHANNELS.get(one.channel, one.channel),
            "Дано": _time(one.given_at),
            "Отозвано": _time(one.withdrawn_at) if one.withdrawn_at else "",
            "Текст": one.text or f"Отпечаток текста (SHA-256): {one.text_hash}",
        }
        for one in await ErasureRepository(unit, tenant_id).consents(contacts)
    ]


async def _policy(repository: ExportRepository, policy: PolicyView, found: Gathered) -> Shown:
    name = f"policies/{policy.file_name}"
    found.files.append(File(policy.file_key, name))
    reminders = await repository.reminders([policy.policy_id])
    return {
        "Полис": f"{policy.product_title} {policy.number}",
        "Компания": policy.company,
        "Что застраховано": policy.title,
        "Срок": f"{policy.start_date:%d.%m.%Y} – {policy.expire_at:%d.%m.%Y}",
        "Цена": f"{policy.price} ₽",
        "Почта": policy.email or "",
        "Файл": name,
        "Напоминания": ", ".join(f"{_time(one.remind_at)} ({one.status})" for one in reminders),
    }


def _sale(sale: Any) -> Shown:
    return {
        "Когда": _time(sale.created_at),
        "Продукт": get_product(sale.product).wording.title,
        "Компания": company_name(sale.company_code),
        "Цена": f"{sale.price or sale.offer_price} ₽",
        "Состояние": sale.state,
        "Оплачено": _time(sale.paid_at) if sale.paid_at else "",
    }


def _quote(quote: Any, cipher: Cipher) -> Shown:
    asked = cipher.open_json(quote.request)
    return {"Когда": _time(quote.created_at), "Продукт": quote.product, **_pairs(asked)}


async def _chat(
    repository: ExportRepository, chat: Conversation, cipher: Cipher, found: Gathered
) -> Shown:
    titles = _titles()
    state = cipher.open_json(chat.dialogue) if chat.dialogue is not None else {}
    slots = state.get("slots") or {}
    summary = await repository.summary(chat.id)
    return {
        "Канал": CHANNELS.get(chat.channel, chat.channel),
        "Начат": _time(chat.created_at),
        "Почта": cipher.open(chat.email) if chat.email is not None else "",
        "Сведения для оформления": {
            titles[name]: _plain(value) for name, value in slots.items() if name in titles
        },
        "Краткое содержание": cipher.open(summary.body) if summary is not None else "",
        "Сообщения": [_message(one, cipher, found) for one in await repository.messages(chat.id)],
    }


@cache
def _titles() -> dict[str, str]:
    """Russian names of the facts that sales ask for."""
    return {name: slot.title for name, slot in load_catalog().slots.items()}


def _message(entry: LogEntry, cipher: Cipher, found: Gathered) -> Shown:
    body = body_of(cipher, entry.body, entry.sound)
    named = []
    for card in (body.get("metadata") or {}).get("files") or ():
        name = f"files/{entry.id}-{_UNSAFE.sub('_', str(card.get('name') or 'file'))}"
        if card.get("kind") == "attachment" and card.get("key"):
            found.files.append(File(str(card["key"]), name))
        named.append(name if card.get("kind") == "attachment" else str(card.get("name") or "файл"))
    if body.get("voiceKey") and entry.sender == "user":
        found.files.append(File(str(body["voiceKey"]), f"files/{entry.id}-voice.ogg"))
        named.append(f"files/{entry.id}-voice.ogg")
    return {
        "Когда": _time(entry.created_at),
        "Кто": WHO.get(entry.sender, entry.sender),
        "Текст": str(body.get("text") or ""),
        "Файлы": named,
    }


def _pairs(values: Mapping[str, Any]) -> Shown:
    return {str(name): _plain(value) for name, value in values.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "да" if value else "нет"
    return value


def _time(value: datetime) -> str:
    return value.astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M")
