"""Messages of agents: sent once, hidden in part, or stopped with an incident that stays."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from insurance_chat.conversations.types import InboundMessage, Sender
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.inbox.speaking import Said, Speaking
from insurance_chat.operators.pull_away import appeals
from insurance_chat.operators.pull_away.hits import State
from insurance_chat.operators.pull_away.ports import Question, RulesAreEnough
from insurance_chat.operators.pull_away.types import Allowed, Level
from tests.slices.operators.inbox.conftest import Desk

AWAY = "Пишите мне в вотсап +7 916 123-45-67, оформим дешевле мимо сервиса"


async def say(
    desk: Desk,
    who: Principal,
    session: UUID,
    text: str,
    key: str | None = None,
    *,
    opinion: object = None,
    file: str | None = None,
) -> Said:
    """Say something as this member of staff."""
    cards = [{"key": "sealed/00/" + "0" * 40, "name": file}] if file else []
    message = InboundMessage(
        Sender.AGENT, text, client_key=key, metadata={"files": cards} if cards else {}
    )
    speaking = Speaking(desk.db, Allowed.make(), opinion or RulesAreEnough())  # type: ignore[arg-type]
    return await speaking.say(who, session, message)


async def test_the_same_key_sends_once(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    first = await say(desk, anna, session, "Здравствуйте!", "k1")
    again = await say(desk, anna, session, "Здравствуйте!", "k1")
    assert (first.sent.fresh, again.sent.fresh) == (True, False)
    assert await desk.said(session, Sender.AGENT) == ["Здравствуйте!"]


async def test_a_message_shows_who_wrote_it(desk: Desk) -> None:
    anna = await desk.staff("Анна Иванова")
    session = await desk.held(anna)
    said = await say(desk, anna, session, "Здравствуйте!")
    metadata = said.sent.entry.body["metadata"]
    assert metadata["agentName"] == "Анна Иванова"
    assert metadata["agentId"] == anna.user_public_id


async def test_a_stopped_message_is_not_stored_but_the_incident_is(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    with pytest.raises(ServiceError, match="pull_away_blocked") as refusal:
        await say(desk, anna, session, AWAY, uuid4().hex)
    assert await desk.said(session, Sender.AGENT) == []
    incident = UUID(refusal.value.data["incidentId"])
    async with desk.db.unit() as unit:
        hit = await appeals.get_hit(unit, anna, incident)
    assert (hit.text, hit.level, hit.may_appeal) == (AWAY, Level.BLOCK, True)


async def test_the_agent_may_object_and_try_again_in_other_words(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    key = uuid4().hex
    with pytest.raises(ServiceError) as refusal:
        await say(desk, anna, session, AWAY, key)
    async with desk.db.unit() as unit:
        await appeals.appeal(unit, anna, UUID(refusal.value.data["incidentId"]), "Это шутка")
    async with desk.db.unit() as unit:
        (hit,) = await appeals.list_own(unit, anna)
    assert hit.state is State.APPEALED
    said = await say(desk, anna, session, "Оформим прямо здесь, в чате", key)
    assert said.sent.fresh


async def test_a_doubtful_message_is_sent_with_contacts_hidden(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    said = await say(desk, anna, session, "Телефон сервиса на дороге: +7 916 123-45-67")
    (sent,) = await desk.said(session, Sender.AGENT)
    assert "123-45" not in sent
    assert "сервиса на дороге" in sent
    assert said.warning
    async with desk.db.unit() as unit:
        (hit,) = await appeals.list_own(unit, anna)
    assert hit.level is Level.WARN


async def test_an_administrator_is_not_checked(desk: Desk) -> None:
    anna = await desk.staff()
    admin = await desk.staff("Ольга Админ", Role.ADMIN)
    session = await desk.held(anna)
    said = await say(desk, admin, session, AWAY)
    assert said.sent.fresh
    assert said.warning is None


async def test_the_name_of_a_file_leads_nobody_away(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    with pytest.raises(ServiceError, match="pull_away_blocked"):
        await say(desk, anna, session, "Вот файл", file="звоните +79161234567.txt")
    said = await say(desk, anna, session, "Вот файл", file="полис.pdf")
    assert said.sent.fresh


async def test_a_recording_of_ours_is_sent_and_an_address_elsewhere_is_not(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    speaking = Speaking(desk.db, Allowed.make(), RulesAreEnough())
    away = InboundMessage(Sender.AGENT, voice_url="https://t.me/anna_polis")
    with pytest.raises(ServiceError, match="pull_away_blocked"):
        await speaking.say(anna, session, away)
    key = "sealed/00/" + "0" * 40
    ours = InboundMessage(Sender.AGENT, voice_url="https://chat.polis.example/v", voice_key=key)
    said = await speaking.say(anna, session, ours)
    assert said.sent.entry.body["voiceKey"] == key


class _Strict:
    """A second opinion that stops everything it is asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def look(self, question: Question) -> Level:
        """Stop it."""
        self.asked.append(question.text)
        return Level.BLOCK


async def test_a_second_opinion_is_asked_only_when_the_rules_doubt(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    strict = _Strict()
    await say(desk, anna, session, "Здравствуйте! Чем помочь?", opinion=strict)
    assert strict.asked == []
