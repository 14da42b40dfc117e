"""A line of the log becomes parts of a messenger."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insurance_chat.channels.ports import Capabilities, FilePart, TemplatePart, TextPart
from insurance_chat.channels.rendering import Rendered, choices, file_keys, render
from insurance_chat.channels.splitting import split


class Addresses:
    """Links of a service that the world can reach, or cannot."""

    def __init__(self, *, reachable: bool = True) -> None:
        self.reachable = reachable

    def absolute(self, url: str) -> str:
        return f"https://x.ru{url}" if url.startswith("/") else url

    def file(self, key: str, name: str) -> str:
        return f"https://x.ru/files/{key}/{name}"

    def document(self, tenant_id: int, document_id: str) -> str:
        return f"https://x.ru/doc/{tenant_id}/{document_id}"


def shown(
    body: dict[str, Any],
    *,
    sender: str = "ai",
    files: dict[str, bytes] | None = None,
    reachable: bool = True,
    **can: Any,
) -> Rendered:
    links = Addresses(reachable=reachable)
    return render(7, body, sender, Capabilities(**can), links, files or {}, 3)


REPLIES = [{"title": "Да", "value": "да"}, {"title": "Нет, спасибо", "value": "нет"}]


def test_buttons_carry_the_line_and_their_number() -> None:
    rendered = shown({"text": "Едем?", "metadata": {"quickReplies": REPLIES}}, buttons=3)
    (part,) = rendered.parts
    assert isinstance(part, TextPart)
    assert [(one.title, one.payload) for one in part.buttons] == [
        ("Да", "7.1"),
        ("Нет, спасибо", "7.2"),
    ]
    assert rendered.numbered == ()


def test_a_list_message_takes_what_buttons_cannot() -> None:
    body = {"text": "Город?", "metadata": {"quickReplies": REPLIES * 3}}
    part = shown(body, buttons=3, list_rows=10).parts[0]
    assert isinstance(part, TextPart)
    assert len(part.buttons) == 6


def test_without_buttons_choices_are_numbered_in_the_text() -> None:
    rendered = shown({"text": "Едем?", "metadata": {"quickReplies": REPLIES}})
    (part,) = rendered.parts
    assert isinstance(part, TextPart)
    assert part.text == "Едем?\n\n1 — Да\n2 — Нет, спасибо\n\nМожно ответить цифрой."
    assert [one.value for one in rendered.numbered] == ["да", "нет"]


def test_a_title_that_is_too_long_for_a_button_is_shortened() -> None:
    body = {"text": "Едем?", "metadata": {"quickReplies": REPLIES}}
    part = shown(body, buttons=3, button_length=8).parts[0]
    assert isinstance(part, TextPart)
    assert part.buttons[1].title == "Нет, сп…"


def test_offers_come_before_replies_and_declined_ones_cannot_be_chosen() -> None:
    body = {
        "metadata": {
            "offers": [
                {"company": "Альфа", "price": "5100", "value": "Альфа"},
                {"company": "Бета", "price": None, "note": "Отказ", "value": "Бета"},
            ],
            "quickReplies": REPLIES[:1],
        }
    }
    assert [one.value for one in choices(body)] == ["Альфа", "да"]
    part = shown(body, buttons=5).parts[0]
    assert isinstance(part, TextPart)
    assert "Бета**. Отказ" in part.text


def test_hints_of_the_site_do_not_reach_a_messenger() -> None:
    text = "Какую выбираем? Нажмите «Выбрать» в карточке ниже или напишите название."
    part = shown({"text": text}).parts[0]
    assert isinstance(part, TextPart)
    assert part.text == "Какую выбираем? Напишите название."


@pytest.mark.parametrize("reachable", [True, False], ids=["reachable", "local"])
def test_sources_are_links_only_where_they_can_be_opened(*, reachable: bool) -> None:
    card = {"n": 1, "documentId": "d", "title": "Правила", "page": 4}
    body = {"text": "Да [1].", "metadata": {"citations": [card]}}
    part = shown(body, reachable=reachable).parts[0]
    assert isinstance(part, TextPart)
    assert "Правила" in part.text
    assert ("https://x.ru/doc/3/d#page=4" in part.text) is reachable


def test_words_go_under_a_file_where_they_fit() -> None:
    card = {"key": "k", "name": "Полис.pdf", "mime": "application/pdf", "size": 3}
    body = {"text": "Ваш полис.", "metadata": {"files": [card]}}
    (part,) = shown(body, files={"k": b"pdf"}, caption_length=100).parts
    assert isinstance(part, FilePart)
    assert (part.caption, part.data) == ("Ваш полис.", b"pdf")
    apart = shown(body, files={"k": b"pdf"}).parts
    assert [type(one) for one in apart] == [TextPart, FilePart]


def test_a_file_that_is_too_large_is_a_link() -> None:
    card = {"key": "k", "name": "Правила.pdf", "size": 900}
    body = {"text": "Вот.", "metadata": {"files": [card]}}
    assert file_keys(body, 500) == []
    (part,) = shown(body, file_bytes=500).parts
    assert isinstance(part, TextPart)
    assert "[Правила.pdf](https://x.ru/files/k/Правила.pdf)" in part.text


def test_only_ogg_is_sent_as_a_voice_message() -> None:
    spoken = {"voiceKey": "v"}
    (voice,) = shown(spoken, files={"v": b"OggS" + bytes(30)}).parts
    (music,) = shown(spoken, files={"v": b"ID3" + bytes(30)}).parts
    assert isinstance(voice, FilePart)
    assert isinstance(music, FilePart)
    assert (voice.voice, music.voice) == (True, False)
    assert music.name == "Голосовое сообщение.mp3"


def test_a_template_is_sent_as_one() -> None:
    card = {"name": "renewal", "language": "ru", "variables": ["Анна"]}
    assert shown({"text": "Анна, пора.", "metadata": {"template": card}}).parts == (
        TemplatePart("renewal", "ru", ("Анна",)),
    )


@given(st.text(alphabet="аб .\n*[](-", max_size=600), st.integers(20, 80))
def test_pieces_are_short_enough_and_hold_every_letter(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert all(0 < len(piece) <= longest for piece in pieces)
    letters = "".join(letter for piece in pieces for letter in piece if letter in "аб")
    assert letters == "".join(letter for letter in text if letter in "аб")


def test_a_link_is_never_cut() -> None:
    link = "[Правила страхования](https://example.org/a/b/c)"
    pieces = split(f"{'Слово ' * 12}{link} и ещё слова в конце", 90)
    assert any(link in piece for piece in pieces)
