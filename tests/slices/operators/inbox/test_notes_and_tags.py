"""Notes are for staff only; tags are tidy."""

from __future__ import annotations

import pytest

from insurance_chat.conversations import sessions
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.inbox import notes, tags
from tests.slices.operators.inbox.conftest import Desk


async def test_a_note_is_read_by_colleagues_and_never_by_the_client(desk: Desk) -> None:
    anna = await desk.staff()
    admin = await desk.staff("Ольга Админ", Role.ADMIN)
    session = await desk.held(anna, "Здравствуйте")
    async with desk.db.unit() as unit:
        await notes.add(unit, anna, session, "  Просил скидку  ")
    async with desk.db.unit() as unit:
        (seen,) = await notes.list_notes(unit, admin, session)
        (own,) = await notes.list_notes(unit, anna, session)
        view = await sessions.get_session(unit, anna, session)
        client = Principal(desk.tenant_id, Role.USER, conversation_id=view.conversation_id)
        page = await sessions.list_messages(unit, client, session)
        with pytest.raises(ServiceError, match="forbidden"):
            await notes.list_notes(unit, client, session)
    assert (seen.text, seen.author, seen.own, own.own) == (
        "Просил скидку",
        "Анна Иванова",
        False,
        True,
    )
    assert not [one for one in page.items if "скидку" in str(one.body)]
    assert await desk.audited("note.added") == 1


async def test_the_text_of_a_note_is_sealed(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    async with desk.db.unit() as unit:
        await notes.add(unit, anna, session, "секретное слово")
    async with desk.db.pool.connection() as connection:
        cursor = await connection.execute("select body from conversation_notes")
        rows = await cursor.fetchall()
    assert rows
    assert all("секретное".encode() not in bytes(row[0]) for row in rows)


async def test_only_the_author_takes_a_note_back(desk: Desk) -> None:
    anna = await desk.staff()
    admin = await desk.staff("Ольга Админ", Role.ADMIN)
    session = await desk.held(anna)
    async with desk.db.unit() as unit:
        note = await notes.add(unit, anna, session, "Ошибся чатом")
    async with desk.db.unit() as unit:
        with pytest.raises(ServiceError, match="note_not_found"):
            await notes.remove(unit, admin, session, note.id)
    async with desk.db.unit() as unit:
        await notes.remove(unit, anna, session, note.id)
        assert await notes.list_notes(unit, anna, session) == []


async def test_an_agent_leaves_no_note_in_a_chat_that_is_out_of_sight(desk: Desk) -> None:
    anna, boris = await desk.staff(), await desk.staff("Борис Петров")
    session = await desk.held(anna)
    async with desk.db.unit() as unit:
        for action in (
            notes.add(unit, boris, session, "Я тут"),
            notes.list_notes(unit, boris, session),
            tags.put(unit, boris, session, ["моё"]),
        ):
            with pytest.raises(ServiceError, match="session_not_found"):
                await action


@pytest.mark.parametrize("words", ["   ", "я" * (notes.LONGEST + 1)])
async def test_a_note_has_words_and_an_end(desk: Desk, words: str) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    async with desk.db.unit() as unit:
        with pytest.raises(ServiceError, match=r"note_(empty|too_long)"):
            await notes.add(unit, anna, session, words)


async def test_tags_are_tidied_remembered_and_offered(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    before = await desk.audited("chat.tagged")
    async with desk.db.unit() as unit:
        put = await tags.put(unit, anna, session, [" #ОСАГО ", "осаго", "ждёт   документы", ""])
    assert put == ("ОСАГО", "ждёт документы")
    async with desk.db.unit() as unit:
        assert await tags.read(unit, anna, session) == put
        assert set(put) <= set(await tags.known(unit, anna))
        await tags.put(unit, anna, session, put)
    assert await desk.audited("chat.tagged") == before + 1


async def test_too_many_or_too_long_tags_are_refused(desk: Desk) -> None:
    anna = await desk.staff()
    session = await desk.held(anna)
    async with desk.db.unit() as unit:
        with pytest.raises(ServiceError, match="too_many_tags"):
            await tags.put(unit, anna, session, [str(n) for n in range(tags.MOST + 1)])
        with pytest.raises(ServiceError, match="tag_too_long"):
            await tags.put(unit, anna, session, ["ю" * (tags.LONGEST + 1)])
