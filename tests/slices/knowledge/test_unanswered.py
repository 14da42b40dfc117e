"""Questions without answers: kept without personal data, grouped, answered, asked for, dismissed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge.unanswered import service as unanswered

from .conftest import Library


@dataclass(frozen=True)
class Chat:
    """Where something was asked."""

    tenant_id: int
    conversation_id: int


async def _chat(db: Database, admin: Principal) -> Chat:
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "with one as (insert into contacts (tenant_id) values (%s) returning id)"
            " insert into conversations (tenant_id, contact_id, channel, channel_user_id)"
            " select %s, id, 'web', gen_random_uuid()::text from one returning id",
            (admin.tenant_id, admin.tenant_id),
        )
        row = await cursor.fetchone()
    assert row is not None
    return Chat(admin.tenant_id, int(row[0]))


async def _ask(db: Database, chat: Chat, *questions: str, known: tuple[str, ...] = ()) -> None:
    async with db.unit() as unit:
        await unanswered.record(unit, chat, questions, known)


async def test_questions_of_one_meaning_are_one_group_with_a_count(
    db: Database, admin: Principal
) -> None:
    chat = await _chat(db, admin)
    await _ask(
        db,
        chat,
        "можно застраховать кота?",
        "Нужен ли техосмотр на мотоцикл",
        "страховка для кота",
        "Полис для кота можно?",
    )

    found = await unanswered.groups(db, admin)

    assert [(one.question, one.count) for one in found] == [
        ("Полис для кота можно?", 3),
        ("Нужен ли техосмотр на мотоцикл", 1),
    ]
    assert found[0].ways == ("страховка для кота", "можно застраховать кота?")
    async with db.unit() as unit:
        assert await unanswered.count_open(unit, admin) == 4


async def test_personal_data_are_masked_and_the_words_sealed(
    db: Database, admin: Principal
) -> None:
    chat = await _chat(db, admin)
    words = "Я Иван Кузнецов, +7 916 123-45-67, А123ВС77. Страхуете яхты?"
    await _ask(db, chat, words, "•••", known=("Иван Кузнецов",))

    [found] = await unanswered.groups(db, admin)
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "select question from kb_unanswered where tenant_id = %s", (admin.tenant_id,)
        )
        [row] = await cursor.fetchall()

    assert found.question == "Я •••, •••, •••. Страхуете яхты?"
    assert "яхты".encode() not in bytes(row[0])


async def test_a_group_is_answered_asked_for_or_dismissed_once(
    db: Database, library: Library, admin: Principal
) -> None:
    chat = await _chat(db, admin)
    await _ask(db, chat, "страхуете яхты?", "есть ли рассрочка", "который час в Москве")
    document = await library.publish("# Яхты\nЯхты не страхуем.")
    by_words = {one.question: one.ids for one in await unanswered.groups(db, admin)}

    async with db.unit() as unit:
        await unanswered.mark_answered(unit, admin, by_words["страхуете яхты?"], document)
        note = "Правила рассрочки"
        await unanswered.ask_for_document(unit, admin, by_words["есть ли рассрочка"], note)
        await unanswered.dismiss(unit, admin, by_words["который час в Москве"])
        with pytest.raises(ServiceError, match="kb_question_not_found"):
            await unanswered.dismiss(unit, admin, by_words["страхуете яхты?"])

    assert await unanswered.groups(db, admin) == []
    [wanted] = await unanswered.groups(db, admin, "wanted")
    assert (wanted.question, wanted.note) == ("есть ли рассрочка", note)
    async with db.unit() as unit:
        await unanswered.dismiss(unit, admin, wanted.ids)
    assert await unanswered.groups(db, admin, "wanted") == []


async def test_questions_are_the_tenants_own_and_go_with_their_chat(
    db: Database, admin: Principal
) -> None:
    chat = await _chat(db, admin)
    await _ask(db, chat, "страхуете яхты?")
    [group] = await unanswered.groups(db, admin)
    stranger = replace(admin, tenant_id=admin.tenant_id + 1_000_000)
    agent = replace(admin, role=Role.AGENT)

    assert await unanswered.groups(db, stranger) == []
    async with db.unit() as unit:
        for wrong in (group.ids, ("no uuid",), (str(uuid4()),)):
            with pytest.raises(ServiceError, match="kb_question_not_found"):
                await unanswered.dismiss(unit, stranger, wrong)
        for attempt in (
            unanswered.groups(db, agent),
            unanswered.count_open(unit, agent),
            unanswered.dismiss(unit, agent, group.ids),
            unanswered.ask_for_document(unit, agent, group.ids, "note"),
            unanswered.mark_answered(unit, agent, group.ids, str(uuid4())),
        ):
            with pytest.raises(ServiceError) as refusal:
                await attempt
            assert refusal.value.kind is Kind.FORBIDDEN

    async with db.pool.connection() as connection:
        await connection.execute("delete from conversations where id = %s", (chat.conversation_id,))
    assert await unanswered.groups(db, admin) == []


async def test_questions_are_forgotten_after_half_a_year(db: Database, admin: Principal) -> None:
    chat = await _chat(db, admin)
    await _ask(db, chat, "страхуете яхты?", "есть ли рассрочка")
    async with db.pool.connection() as connection:
        await connection.execute(
            "update kb_unanswered set created_at = now() - interval '181 days' where id ="
            " (select min(id) from kb_unanswered where tenant_id = %s)",
            (admin.tenant_id,),
        )

    assert await unanswered.forget_old(db) >= 1
    assert [one.question for one in await unanswered.groups(db, admin)] == ["есть ли рассрочка"]
