"""Drafts: grounded, cited, within what the client may read and the agent may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typing_extensions import override

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.copilot.companies import Companies
from insurance_chat.operators.copilot.facts import lost
from insurance_chat.operators.copilot.ports import Brief, Style
from insurance_chat.operators.copilot.rules import RulesWriter
from insurance_chat.operators.copilot.service import (
    EARLIER,
    NOT_FOR_CLIENTS,
    NOTHING_ASKED,
    NOTHING_FOUND,
    ONLY_OWN,
)
from tests.slices.operators.copilot.conftest import Office, open_office

HOW = "Как вернуть деньги за полис?"


async def test_an_empty_wish_answers_what_the_client_has_asked_last(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat(
        "Сколько стоит?", "ии: Назовите госномер.", HOW, agent=agent, name="Петров Иван Сергеевич"
    )
    draft = await office.copilot().draft(agent, session=session)

    assert draft.text.startswith("Здравствуйте, Иван Сергеевич!")
    assert "в течение 14 дней" in draft.text
    (citation,) = draft.citations
    assert (citation.n, citation.title) == (1, "Возврат денег за полис")
    assert citation.quote in draft.text
    assert draft.warning is None


async def test_the_agent_who_has_spoken_does_not_greet_again(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat("агент: Добрый день!", HOW, agent=agent)
    draft = await office.copilot().draft(agent, session=session)
    assert draft.text.startswith("Деньги за неиспользованный срок")


async def test_words_that_called_the_agent_do_not_hide_the_question(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat(
        HOW, "ии: Не нашёл ответа.", "Позовите человека", "ии: Зову.", agent=agent
    )
    draft = await office.copilot().draft(agent, session=session)
    assert "14 дней" in draft.text
    assert draft.warning == EARLIER


async def test_nothing_is_made_up_when_the_documents_are_silent(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat("Можно ли застраховать кота?", agent=agent)
    draft = await office.copilot().draft(agent, session=session, style="официальнее")
    assert (draft.text, draft.citations, draft.variants) == ("", (), 0)
    assert draft.warning == NOTHING_FOUND
    silent = await office.chat(agent=agent)
    assert (await office.copilot().draft(agent, session=silent)).warning == NOTHING_ASKED


async def test_what_only_agents_may_read_stays_out_of_the_draft(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat("Какая предельная скидка для постоянного клиента?", agent=agent)
    draft = await office.copilot().draft(agent, session=session)
    assert (draft.text, draft.citations) == ("", ())
    (hidden,) = draft.only_for_agent
    assert "700 руб." in hidden.quote
    longer = await office.copilot().draft(
        agent, session=session, wish="подробнее", current="Уточню и вернусь."
    )
    assert "700" not in longer.text


async def test_words_of_such_a_document_in_the_box_are_pointed_out(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat("А скидка?", agent=agent)
    copilot = office.copilot()
    (hidden,) = (
        await copilot.draft(agent, session=session, wish="предельная скидка постоянного клиента")
    ).only_for_agent
    draft = await copilot.draft(
        agent, session=session, wish="короче", current=f"Добрый день! {hidden.quote}"
    )
    assert draft.warning is not None
    assert f"{NOT_FOR_CLIENTS} «{hidden.title}»." in draft.warning
    fine = await copilot.draft(agent, session=session, wish="короче", current="Скидки нет.")
    assert NOT_FOR_CLIENTS not in (fine.warning or "")


async def test_three_variants_say_the_same_in_different_words(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat(HOW, agent=agent)
    drafts = [await office.copilot().draft(agent, session=session, variant=n) for n in range(4)]
    texts = [draft.text for draft in drafts]
    assert len(set(texts[:3])) == 3
    assert texts[3] == texts[0]
    assert [draft.variants_left for draft in drafts] == [2, 1, 0, 2]
    for text in texts:
        assert not lost(drafts[0].citations[0].quote, text)


async def test_a_change_is_made_to_the_text_in_the_box(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat(HOW, agent=agent)
    copilot = office.copilot()
    first = await copilot.draft(agent, session=session)
    edited = first.text.replace("Деньги", "Мария, деньги")

    shorter = await copilot.draft(agent, session=session, wish="короче", current=edited)
    assert "Мария, деньги" in shorter.text
    assert len(shorter.text) < len(edited)
    assert not lost(edited, shorter.text)
    assert shorter.citations == first.citations

    formal = await copilot.draft(agent, session=session, wish="официальнее", current=edited)
    assert formal.text.endswith("С уважением,\nАнна Иванова")
    warm = await copilot.draft(agent, session=session, wish="теплее", current=formal.text)
    assert "С уважением" not in warm.text
    assert "Мария, деньги" in warm.text


async def test_more_is_added_from_the_documents_only(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat(HOW, agent=agent)
    draft = await office.copilot().draft(
        agent, session=session, wish="подробнее", current="Деньги вернуть можно."
    )
    assert draft.text.startswith("Деньги вернуть можно.")
    assert "приложить паспорт" in draft.text
    assert draft.citations


async def test_dictated_words_become_a_message(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat("Алло", agent=agent, name="Мария")
    draft = await office.copilot().draft(
        agent, session=session, wish="напиши ответ так: полис пришлю завтра ,ждите"
    )
    assert draft.text == "Здравствуйте, Мария! Полис пришлю завтра, ждите."
    assert draft.citations == ()


async def test_a_sum_of_the_agent_without_a_source_is_pointed_out(office: Office) -> None:
    agent = await office.staff()
    offers = {"slots": {"offers": [{"price": "7200.00"}]}}
    session = await office.chat("Сколько?", agent=agent, dialogue=offers)
    copilot = office.copilot()
    wrong = await copilot.draft(agent, session=session, wish="скажи, что полис стоит 5000 рублей")
    assert wrong.warning is not None
    assert "5\u00a0000\u00a0₽" in wrong.warning
    right = await copilot.draft(agent, session=session, wish="скажи, что полис стоит 7200 рублей")
    assert right.warning is None


async def test_a_sale_under_way_says_what_is_missing(office: Office) -> None:
    agent = await office.staff()
    dialogue = {
        "runs": [{"run_id": "r", "flow": "osago"}],
        "expects": ["plate", "consent", "start_date"],
    }
    session = await office.chat(HOW, agent=agent, dialogue=dialogue)
    draft = await office.copilot().draft(agent, session=session)
    assert draft.text.endswith("осталось указать: госномер, дата начала полиса.")


async def test_own_companies_leave_out_the_documents_of_others(office: Office) -> None:
    question = "Нужен ли осмотр автомобиля перед полисом?"
    alfa = await office.staff(companies=["alfa"])
    beta = await office.staff(companies=["beta"], only_own_companies=True)
    copilot = office.copilot()

    async def asked(agent: Principal, companies: Companies | None) -> tuple[bool, str | None]:
        session = await office.chat(question, agent=agent)
        draft = await copilot.draft(agent, session=session, companies=companies)
        return "улице Мира, 5" in draft.text, draft.warning

    assert await asked(alfa, "own") == (True, None)
    assert await asked(beta, "all") == (True, None)
    assert await asked(beta, None) == (False, f"{NOTHING_FOUND} {ONLY_OWN}")
    session = await office.chat(HOW, agent=beta)
    assert "14 дней" in (await copilot.draft(beta, session=session)).text


async def test_the_agent_is_asked_once_whose_companies_count_for_an_own_client(
    office: Office,
) -> None:
    agent = await office.staff(companies=["alfa"])
    chosen = await office.staff(companies=["alfa"], only_own_companies=False)
    copilot = office.copilot()
    own = await office.chat(HOW, agent=agent, brought_by=agent)
    assert (await copilot.draft(agent, session=own)).ask_companies
    assert not (await copilot.draft(agent, session=own, companies="all")).ask_companies
    assert not (
        await copilot.draft(agent, session=await office.chat(HOW, agent=agent))
    ).ask_companies
    other = await office.chat(HOW, agent=chosen, brought_by=chosen)
    assert not (await copilot.draft(chosen, session=other)).ask_companies


async def test_chats_that_the_agent_may_not_see_do_not_exist(
    office: Office, db: Database, cipher: Cipher, tmp_path: Path
) -> None:
    agent = await office.staff()
    stranger = await (await open_office(db, tmp_path, cipher)).staff(Role.ADMIN)
    session = await office.chat(HOW)
    for caller, chat in ((agent, session), (stranger, session), (agent, uuid4())):
        with pytest.raises(ServiceError, match="session_not_found"):
            await office.copilot().draft(caller, session=chat)
    client = Principal(office.tenant_id, Role.USER, conversation_id=1)
    with pytest.raises(ServiceError, match="forbidden"):
        await office.copilot().draft(client, session=session)


async def test_an_agent_cannot_ask_in_the_name_of_another(office: Office) -> None:
    agent, colleague = await office.staff(), await office.staff()
    admin = await office.staff(Role.ADMIN)
    session = await office.chat("Напишите мне", agent=agent)
    other = await office.copilot().begin(
        admin, session=session, wish="ответь официально: жду", agent=_id(agent)
    )
    assert [part async for part in other.sentences()]
    with pytest.raises(ServiceError, match="forbidden"):
        await office.copilot().draft(colleague, session=session, agent=_id(agent))


def _id(principal: Principal) -> UUID:
    return UUID(str(principal.user_public_id))


async def test_the_stream_is_the_draft_in_sentences(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat(HOW, agent=agent)
    drafting = await office.copilot().begin(agent, session=session, style="теплее")
    parts = [part async for part in drafting.sentences()]
    whole = await office.copilot().draft(agent, session=session, style="теплее")
    assert len(parts) > 3
    assert "".join(parts) == drafting.result().text == whole.text


class Curious(RulesWriter):
    """A writer that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Brief] = []

    @override
    def variants(self, brief: Brief) -> int:
        self.told.append(brief)
        return super().variants(brief)


async def test_a_writer_is_not_told_the_contacts_of_the_client(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat(HOW, "Мой номер 8 916 123-45-67, паспорт 4510 123456", agent=agent)
    writer = Curious()
    draft = await office.copilot(writer).draft(agent, session=session)
    (brief,) = writer.told
    assert HOW in brief.words
    assert "123-45" not in brief.words
    assert "1234" not in brief.words
    assert "14 дней" in draft.text


class Inventive:
    """A writer like a model: a few letters at a time, with a price of its own in the middle."""

    def variants(self, brief: Brief) -> int:
        return 1

    async def write(self, brief: Brief, variant: int) -> AsyncIterator[str]:
        text = "Удержат 23 %. Вам вернут 9 тыс. руб. уже завтра. Деньги придут за 14 дней."
        for start in range(0, len(text), 3):
            yield text[start : start + 3]


async def test_a_sum_that_a_writer_has_invented_never_comes_out(office: Office) -> None:
    agent = await office.staff()
    session = await office.chat(HOW, agent=agent)
    drafting = await office.copilot(Inventive()).begin(agent, session=session)
    parts = [part async for part in drafting.sentences()]
    assert parts == ["Удержат 23 %.", " Деньги придут за 14 дней."]
    draft = drafting.result()
    assert draft.warning == "Убраны суммы без источника: 9\u00a0000\u00a0₽."
    assert Style.WARM not in draft.style
