"""How lines of a chat are drawn for staff."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from insurance_chat.conversations.types import Entry, EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.operators.inbox.notes import NoteView
from insurance_chat.web.transcript_lines import Drawing

ME = str(uuid4())
DRAWING = Drawing(me=ME, file_link=lambda key, name: f"/staff/files/{key}/{name}", acts=True)


def entry(sender: Sender, body: dict[str, Any]) -> Entry:
    """A message."""
    return Entry(uuid4(), 1, EntryKind.MESSAGE, sender, body, utcnow())


def drawn(sender: Sender, body: dict[str, Any]) -> str:
    """Its markup."""
    return DRAWING.line(entry(sender, body), body)


def test_a_voice_message_and_an_audio_file_are_played_in_place() -> None:
    voice = drawn(Sender.USER, {"text": None, "voiceKey": "k1"})
    assert '<audio controls preload="none" src="/staff/files/k1/Голосовое сообщение"' in voice
    card = {"key": "k2", "name": "ответ.mp3", "mime": "audio/mpeg"}
    assert "<audio" in drawn(Sender.AGENT, {"text": "", "metadata": {"files": [card]}})


def test_a_document_is_a_link() -> None:
    card = {"key": "k3", "name": "полис.pdf", "mime": "application/pdf"}
    shown = drawn(Sender.USER, {"text": "", "metadata": {"files": [card]}})
    assert 'href="/staff/files/k3/полис.pdf"' in shown
    assert "<audio" not in shown


def test_a_quotation_stands_above_the_words_with_its_speaker() -> None:
    quote = {"id": "1", "sender": "user", "text": "<b>Сколько?</b>"}
    shown = drawn(Sender.AGENT, {"text": "7200 ₽", "metadata": {"quote": quote}})
    assert shown.index("&lt;b&gt;Сколько?") < shown.index("7200 ₽")
    assert "Клиент" in shown


def test_an_agent_is_shown_by_name_and_own_words_are_told_apart() -> None:
    mine = {"text": "Да", "metadata": {"agentName": "Анна Иванова", "agentId": ME}}
    other = {"text": "Да", "metadata": {"agentName": "Борис", "agentId": str(uuid4())}}
    assert "Анна Иванова" in drawn(Sender.AGENT, mine)
    assert DRAWING.kind(entry(Sender.AGENT, mine)) == "agent own"
    assert DRAWING.kind(entry(Sender.AGENT, other)) == "agent"


def test_only_words_of_the_assistant_may_be_inaccurate() -> None:
    assert "Неточность" in drawn(Sender.AI, {"text": "Рубль"})
    assert "Неточность" not in drawn(Sender.USER, {"text": "Рубль"})
    assert "data-act" not in drawn(Sender.SYSTEM, {"text": "Ожидание агента"})


def test_only_the_author_is_offered_to_remove_a_note() -> None:
    for own in (True, False):
        note = NoteView(uuid4(), "Анна", "<i>скидка</i>", own, utcnow())
        shown = DRAWING.note(note, note.text)
        assert ("remove-note" in shown) is own
        assert "&lt;i&gt;скидка" in shown
