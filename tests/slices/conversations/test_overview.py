"""Lists and files of chats: every filter finds its own, nobody finds what is not theirs."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pypdfium2
import pytest

from insurance_chat.accounts import audit
from insurance_chat.conversations import incidents
from insurance_chat.conversations.overview import exports, service
from insurance_chat.conversations.overview.filters import ChatFilter, Flag
from insurance_chat.conversations.types import Sender
from insurance_chat.core.clock import MOSCOW, moscow_today
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.core.sheets import csv_file
from insurance_chat.web.admin import chat_files
from tests.slices.conversations.office import Office, open_office


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db)


async def found(
    office: Office, wanted: ChatFilter, principal: Principal | None = None
) -> set[UUID]:
    async with office.db.unit() as unit:
        page = await service.list_chats(unit, principal or office.admin, wanted)
    assert page.total == len(page.rows)
    return {row.id for row in page.rows}


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


async def test_words_of_a_message(office: Office) -> None:
    chat = await office.chat("Хочу застраховать ТРАКТОР")
    await office.chat("Хочу застраховать машину")

    assert await found(office, ChatFilter("трактор")) == {chat}
    assert await found(office, ChatFilter(str(chat)[:8])) == {chat}


@pytest.mark.parametrize("words", ["петрова", "MARIA@", "maria@example.org", "tg-77", "other@"])
async def test_a_client_by_name_mail_and_messenger(office: Office, words: str) -> None:
    chat = await office.chat("да", channel="telegram", user="tg-7712", email="other@example.org")
    await office.named(chat, "Мария Петрова", "maria@example.org")
    await office.chat("нет", channel="telegram", user="tg-99", email="third@example.org")

    assert await found(office, ChatFilter(client=words)) == {chat}


async def test_a_telephone_number_is_looked_for_in_the_words(office: Office) -> None:
    chat = await office.chat("мой номер 79161234567")

    assert await found(office, ChatFilter("79161234567")) == {chat}


async def test_words_and_a_client_together(office: Office) -> None:
    chat = await office.chat("трактор", user="one", channel="telegram")
    await office.chat("машина", user="one", channel="telegram")
    await office.chat("трактор", user="two", channel="telegram")

    assert await found(office, ChatFilter("трактор", client="one")) == {chat}


async def test_an_agent_who_holds_or_held_it(office: Office) -> None:
    agent, other = await office.person("Анна"), await office.person("Борис")
    holds = await office.chat("раз", operator_id=agent.user_id, state="with_agent")
    held = await office.chat("два")
    await office.led(held, agent)
    await office.chat("три", operator_id=other.user_id, state="with_agent")

    assert await found(office, ChatFilter(agent=UUID(agent.user_public_id))) == {holds, held}


async def test_channel_state_and_tag(office: Office) -> None:
    one = await office.chat("раз", channel="telegram", tags=["важный"])
    two = await office.chat("два", state="quoting", tags=["важный", "спор"])

    assert await found(office, ChatFilter(channel="telegram")) == {one}
    assert await found(office, ChatFilter(state="quoting")) == {two}
    assert await found(office, ChatFilter(tag="спор")) == {two}
    async with office.db.unit() as unit:
        choices = await service.choices(unit, office.admin)
    assert choices.tags == ["важный", "спор"]


async def test_days_on_which_a_chat_went_on(office: Office) -> None:
    def moment(day: int, hour: int = 12) -> datetime:
        return datetime(2026, 3, day, hour, tzinfo=MOSCOW)

    early = await office.chat(created_at=moment(1), updated_at=moment(2))
    late = await office.chat(created_at=moment(2, 23), updated_at=moment(5))

    def days(first: int, last: int) -> ChatFilter:
        return ChatFilter(since=date(2026, 3, first), until=date(2026, 3, last))

    assert await found(office, days(1, 1)) == {early}
    assert await found(office, days(2, 2)) == {early, late}
    assert await found(office, days(3, 4)) == {late}
    assert await found(office, days(6, 9)) == set()


async def test_flags(office: Office) -> None:
    waiting = await office.chat("раз", state="handover_requested")
    led = await office.chat("два", state="with_agent")
    faulty, pulled, sold = [await office.chat(word) for word in ("три", "четыре", "пять")]
    async with office.db.unit() as unit:
        await incidents.report(unit, office.admin, faulty, "abuse", {})
        await incidents.report(unit, office.admin, pulled, "client_pull_away", {})
    await add_policy(office, sold)

    assert await found(office, ChatFilter(flag=Flag.WAITING)) == {waiting}
    assert await found(office, ChatFilter(flag=Flag.WITH_AGENT)) == {led}
    assert await found(office, ChatFilter(flag=Flag.INCIDENT)) == {faulty, pulled}
    assert await found(office, ChatFilter(flag=Flag.PULL_AWAY)) == {pulled}
    assert await found(office, ChatFilter(flag=Flag.POLICY)) == {sold}
    assert await found(office, ChatFilter(flag="nonsense")) == set()


async def add_policy(office: Office, chat: UUID) -> None:
    key = await office.key(chat)
    async with office.db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into sales (tenant_id, conversation_id, key, product, provider, company_code, "
            "offer_id, offer_price, payload) values (%s, %s, %s, 'osago', 'p', 'alfa', '1', 1, 'x')"
            " returning id",
            (office.tenant_id, key, uuid4().hex),
        )
        row = await cursor.fetchone()
        assert row is not None
        await connection.execute(
            "insert into policies (tenant_id, sale_id, conversation_id, product, company_code, "
            "number, price, start_date, expire_at, file_key, subject) values "
            "(%s, %s, %s, 'osago', 'alfa', %s, 1, now(), now(), 'x', 'x')",
            (office.tenant_id, row[0], key, uuid4().hex),
        )


async def test_pages_and_orders(office: Office) -> None:
    chats = [await office.chat(f"номер {number}") for number in range(5)]
    async with office.db.unit() as unit:
        second = await service.list_chats(unit, office.admin, offset=2, limit=2)
        oldest = await service.list_chats(unit, office.admin, order="-created", limit=1)

    assert (second.total, [row.id for row in second.rows]) == (5, [chats[2], chats[1]])
    assert [row.id for row in oldest.rows] == [chats[0]]


async def test_an_agent_lists_only_what_they_may_see(office: Office) -> None:
    agent = await office.person("Анна")
    mine = await office.chat("трактор мой")
    await office.led(mine, agent)
    waiting = await office.chat("трактор ждёт", state="handover_requested")
    await office.chat("трактор чужой")

    assert await found(office, ChatFilter(), agent) == {mine, waiting}
    assert await found(office, ChatFilter("трактор"), agent) == {mine, waiting}


@pytest.mark.parametrize("words", ["79161234567", "maria@"])
async def test_an_agent_cannot_guess_what_is_masked(office: Office, words: str) -> None:
    agent = await office.person("Анна")
    chat = await office.chat(f"пишите на {words}")
    await office.led(chat, agent)

    with pytest.raises(ServiceError, match="search_words"):
        await found(office, ChatFilter(words), agent)
    with pytest.raises(ServiceError, match="forbidden"):
        await found(office, ChatFilter(client=words), agent)


async def test_another_company_finds_nothing(office: Office, db: Database) -> None:
    chat = await office.chat("трактор", channel="telegram", user="tg-7712")
    other = await open_office(db)

    for wanted in (
        ChatFilter(),
        ChatFilter("трактор"),
        ChatFilter(str(chat)),
        ChatFilter(client="tg-77"),
    ):
        assert await found(other, wanted) == set()
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="session_not_found"):
            await exports.read_chat(unit, other.admin, chat, "pdf")


async def test_a_transcript_as_pdf_has_every_word(office: Office) -> None:
    chat = await office.chat("Сколько стоит ОСАГО?\n#set page(fill: red) *жирно* 😀")
    card = {"title": "Правила ОСАГО", "documentId": "1"}
    await office.say(chat, "Цену считает страховая.", Sender.AI, metadata={"citations": [card]})
    async with office.db.unit() as unit:
        export = await exports.read_chat(unit, office.admin, chat, "pdf")

    data = chat_files.chat_pdf(export)

    document = pypdfium2.PdfDocument(data)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    for words in (
        str(chat),
        "Клиент",
        "Сколько стоит ОСАГО?",
        "#set page(fill: red) *жирно*",
        "Ассистент",
        "Цену считает страховая.",
        "Источники: Правила ОСАГО",
    ):
        assert words in text


async def test_a_transcript_as_csv_never_runs_as_a_formula(office: Office) -> None:
    evil = '=HYPERLINK("http://evil.example";"ОК")'
    chat = await office.chat(evil, "+7 и дальше", " @SUM(1)", "обычные слова; с точкой")
    async with office.db.unit() as unit:
        export = await exports.read_chat(unit, office.admin, chat, "csv")

    rows = rows_of(chat_files.chat_csv(export))

    assert rows[0] == ["Время (Москва)", "Кто", "Текст", "Источники", "Файлы"]
    assert [row[2] for row in rows[1:]] == [
        f"'{evil}",
        "'+7 и дальше",
        "' @SUM(1)",
        "обычные слова; с точкой",
    ]


async def test_a_filtered_list_as_csv(office: Office) -> None:
    chat = await office.chat("трактор", tags=["=1+1"])
    await office.chat("машина")
    async with office.db.unit() as unit:
        page = await exports.read_list(unit, office.admin, ChatFilter("трактор"))

    rows = rows_of(chat_files.list_csv(page.rows))

    assert len(rows) == 2
    assert (rows[1][0], rows[1][4], rows[1][7]) == (str(chat), "'=1+1", "трактор")


def test_numbers_stay_numbers_and_marks_of_wide_keyboards_are_caught() -> None:
    rows = rows_of(csv_file(["a", "b", "c", "d"], [(-5, None, "＝1+1", "\t=1")]))

    assert rows[1] == ["-5", "", "'＝1+1", "'\t=1"]


async def test_who_took_chats_out_is_in_the_audit_log(office: Office) -> None:
    chat = await office.chat("раз")
    async with office.db.unit() as unit:
        await exports.read_chat(unit, office.admin, chat, "pdf")
        await exports.read_list(unit, office.admin, ChatFilter())
    async with office.db.unit() as unit:
        log = await audit.list_entries(unit, office.admin)

    assert [(row.action, row.target) for row in log.rows] == [
        ("chat.list_exported", "chats:"),
        ("chat.exported", f"chat:{chat}"),
    ]
    assert log.rows[1].details == {"format": "pdf", "lines": 1}


async def test_an_agent_takes_nothing_out(office: Office) -> None:
    agent = await office.person("Анна")
    chat = await office.chat("раз")
    await office.led(chat, agent)
    async with office.db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await exports.read_chat(unit, agent, chat, "pdf")
        with pytest.raises(ServiceError, match="forbidden"):
            await exports.read_list(unit, agent, ChatFilter())


async def test_figures_of_the_day_still_count(office: Office) -> None:
    await office.chat("раз", state="handover_requested")
    midnight = datetime.combine(moscow_today(), datetime.min.time(), MOSCOW)
    async with office.db.unit() as unit:
        now = await service.figures(unit, office.admin, midnight - timedelta(hours=1))

    assert (now.conversations, now.messages, now.waiting) == (1, 1, 1)
