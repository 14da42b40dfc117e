"""The state of a running service in plain words, for the administrator's first page."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from insurance_chat.accounts.repository import fetch_first_tenant
from insurance_chat.core.clock import MOSCOW, utcnow
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.llm.failures import SHORT
from insurance_chat.llm.records import Counted
from insurance_chat.llm.repository import active_tokens_across_tenants
from insurance_chat.main.checks import (
    Check,
    check_provider,
    check_smtp,
    check_voice,
    health_checks,
)
from insurance_chat.main.storage_checks import check_last_backup
from insurance_chat.main.wiring import Services
from insurance_chat.operators.today import repository as today

REMEMBERED_SECONDS = 20.0
SLOW_SEARCH_SECONDS = 1.0
LATE_LETTERS = timedelta(minutes=10)


class ServiceState:
    """Looks at everything at once; several people who ask within seconds get one answer.

    Args:
        services: of the process that serves the pages.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._turn = asyncio.Lock()
        self._seen: list[Check] = []
        self._at = float("-inf")

    async def look(self) -> list[Check]:
        """Every check, the outside systems included; up to ten seconds when one is silent."""
        async with self._turn:
            if time.monotonic() - self._at > REMEMBERED_SECONDS:
                self._seen = await self._look()
                self._at = time.monotonic()
            return self._seen

    async def _look(self) -> list[Check]:
        services = self._services
        # What the pages set is in force, so it is what has to be looked at.
        settings = services.settings.model_copy(update={"mail": services.mail})
        here = await health_checks(settings)
        provider, backup, *rest = await asyncio.gather(
            check_provider(settings),
            check_last_backup(settings),
            check_search(services),
            check_model_keys(services),
            check_letters(services),
            check_sources(services),
            check_channels(services),
        )
        voice = await asyncio.to_thread(check_voice, settings)
        return [*here, provider, *rest, *voice, backup]


async def check_model_keys(services: Services) -> Check:
    """Whether a key of a model can be used now; without keys the rules answer, which is no fault."""
    title = "Языковая модель"
    now = utcnow()
    async with services.db.unit() as unit:
        keys = await active_tokens_across_tenants(unit, now.astimezone(MOSCOW).date())
    if not keys:
        return Check("model", title, True, False, "ключа нет, отвечают правила и база знаний")
    good = [one for one in keys if not _rests(one) and one.has_room]
    if good:
        first = good[0].token
        words = f"{first.model_access[0]}, ключ «{first.name}»"
        if len(good) < len(keys):
            words += f"; не работают ключей: {len(keys) - len(good)} из {len(keys)}"
        return Check("model", title, True, False, words)
    why = {SHORT.get(one.token.last_failure or "", "не отвечает") for one in keys if _rests(one)}
    found = ", ".join(sorted(why)) or "лимит запросов исчерпан"
    advice = "Нажмите «Проверить» у ключа или добавьте запасной. Пока отвечают правила."
    return Check("model", title, False, False, found, advice)


def _rests(one: Counted) -> bool:
    return one.token.cooldown_until is not None and one.token.cooldown_until > utcnow()


async def check_search(services: Services) -> Check:
    """A real search in the knowledge base of the first company."""
    title = "Поиск по базе знаний"
    async with services.db.unit() as unit:
        tenant_id = await fetch_first_tenant(unit)
    began = time.perf_counter()
    found = await services.knowledge.search(SearchQuery(tenant_id or 0, "полис ОСАГО"))
    took = time.perf_counter() - began
    if not found:
        advice = "Добавьте документы: без них ассистент не отвечает на вопросы о страховании."
        return Check("search", title, False, False, "об ОСАГО ничего не нашлось", advice)
    words = f"отвечает за {max(1, round(took * 1000))} мс"
    advice = "Поиск медленный: проверьте, хватает ли памяти и процессора."
    return Check("search", title, took < SLOW_SEARCH_SECONDS, False, words, advice)


async def check_letters(services: Services) -> Check:
    """The mail server greets us, and no letter waits for too long."""
    title, mail = "Почта", services.mail
    if mail.practice or not mail.smtp_url:
        where = (
            "учебная: письма видны на странице /sandbox/mail" if mail.practice else "не настроена"
        )
        advice = "Укажите почтовый сервер: без него клиенты не получают полисы письмом."
        return Check("smtp", title, mail.practice, False, where, advice)
    async with services.db.unit() as unit:
        late = await today.fetch_waiting_letters_across_tenants(unit, LATE_LETTERS)
    found = await check_smtp(services.settings.model_copy(update={"mail": mail}))
    if found.ok and late:
        advice = "Нажмите «Проверить» в разделе «Почта» настроек: там видно, что не так."
        return Check("smtp", title, False, False, f"не отправлено писем: {late}", advice)
    return found


async def check_sources(services: Services) -> Check:
    """Whether the watched sources open."""
    title = "Источники обновлений"
    async with services.db.unit() as unit:
        count, broken = await today.fetch_source_states_across_tenants(unit)
    if not count:
        return Check("sources", title, True, False, "не подключены")
    if not broken:
        return Check("sources", title, True, False, f"открываются, всего {count}")
    advice = "Откройте «Обновления»: у источника написано, что случилось."
    return Check("sources", title, False, False, f"не открываются: {broken} из {count}", advice)


async def check_channels(services: Services) -> Check:
    """Whether connected messengers work; without any there is nothing to mend."""
    title = "Мессенджеры"
    async with services.db.unit() as unit:
        count, broken, waiting = await today.fetch_channel_states_across_tenants(unit)
    if not count:
        return Check("channels", title, True, False, "не подключены")
    if broken:
        advice = "Откройте «Каналы»: там написано, что случилось. Ответы клиентам ждут."
        return Check("channels", title, False, False, f"не работают: {broken} из {count}", advice)
    if waiting:
        advice = "Откройте «Каналы» и закончите подключение."
        words = f"ждут окончания подключения: {waiting} из {count}"
        return Check("channels", title, False, False, words, advice)
    return Check("channels", title, True, False, f"работают, всего {count}")
