"""A model answers only what it can prove; whatever else it says, the client does not see."""

from __future__ import annotations

import pytest

from tests.slices.dialogue.answering.conftest import QUESTION, Room

SHOWN = "Печатать полис не нужно: достаточно показать его на экране телефона."
PROOF = "Нет, достаточно показать его на экране телефона."
ENOUGH = "Достаточно показать полис на экране телефона."
COPY = "Бумажная копия пригодится, если телефон разрядится."
GOOD = f"{ENOUGH} [[1|достаточно показать его на экране телефона]]"
GOOD_TOO = f" {COPY} [[1|Бумажная копия пригодится, если телефон разрядится]]"


async def test_a_proved_answer_is_shown_as_it_grows_with_its_sources(room: Room) -> None:
    await room.model_says(GOOD + GOOD_TOO)
    answer = await room.ask()
    assert answer.text == f"{ENOUGH} {COPY}"
    assert room.seen == [ENOUGH, f"{ENOUGH} {COPY}"]
    assert [one.n for one in answer.citations] == [1, 2]
    assert answer.citations[0].quote == PROOF
    assert answer.citations[0].section == QUESTION
    assert (room.by, answer.fault) == ("model", {})


async def test_the_prompt_holds_the_passages_and_names_itself(room: Room) -> None:
    await room.model_says(GOOD)
    await room.ask(known=("Анна Петрова",))
    system, user = (await room.prompts())[0]
    assert system["content"].startswith("# prompt: answer v1\n")
    assert PROOF in user["content"]
    assert "[1] ОСАГО" in user["content"]
    assert f"<вопрос>\n{QUESTION}\n</вопрос>" in user["content"]


async def test_the_trace_tells_what_was_found_asked_and_checked(room: Room) -> None:
    await room.model_says(GOOD)
    await room.ask()
    best = room.trace.of("search")[0]["passages"][0]
    assert best["section"] == QUESTION
    assert best["score"] > 0.4
    call = room.trace.of("model")[0]
    assert (call["purpose"], call["prompt"], call["outcome"]) == ("answer", "answer v1", "ok")
    assert call["prompt_tokens"] > 100
    assert room.trace.of("check") == [
        {"kind": "check", "at_ms": room.trace.of("check")[0]["at_ms"], "sentence": ENOUGH}
        | {"ok": True, "why": ""}
    ]


async def test_a_model_without_a_passage_is_not_asked(room: Room) -> None:
    answer = await room.ask("можно ли застраховать кота")
    assert not answer.confident
    assert await room.prompts() == []


async def test_passages_for_a_follow_up_are_looked_for_by_the_whole_question(room: Room) -> None:
    await room.ask("а если нет?", search=QUESTION)
    assert room.by == "model"
    await room.ask("а если нет?")
    assert room.trace.of("search")[-1]["passages"] == []


async def test_without_a_usable_key_the_quotation_answers(room: Room) -> None:
    await room.desk.rows("truncate ai_tokens cascade")
    answer = await room.ask()
    assert answer.text.startswith(PROOF)
    assert (room.by, await room.prompts()) == ("rules", [])


async def test_a_model_that_finds_no_answer_is_believed(room: Room) -> None:
    await room.model_says("[[0]]")
    answer = await room.ask()
    assert (answer.confident, answer.text, room.seen) == (False, "", [])


BAD = {
    "uncited": "Полис печатать не обязательно.",
    "number of no passage": f"{ENOUGH} [[9|достаточно показать его]]",
    "words that are in no passage": f"{ENOUGH} [[1|полис показывать запрещено]]",
    "span of another passage": "Штраф 800 ₽. [[1|800 ₽]]",
    "sum": "Показать полис стоит 999 ₽. [[1|достаточно показать его на экране телефона]]",
    "percentage": "Достаточно показать 50 % полиса. [[1|достаточно показать его на экране]]",
    "date": "Достаточно показать полис с 1 мая. [[1|достаточно показать его на экране телефона]]",
    "phone": "Достаточно показать полис, звоните 8 800 123-45-67. [[1|достаточно показать его]]",
    "negation": "Показать его на экране телефона недостаточно, не нужно. [[1|достаточно показать]]",
    "broken mark": f"{ENOUGH} [[1|достаточно",
    "mark without words": f"{ENOUGH} [[1]]",
    "nonsense": "][[|]][[x|y]] {}",
    "json": '{"answer": "Не нужно"}',
    "nothing but spaces": "   \n ",
    "script": "<b>Достаточно</b> показать полис. [[1|достаточно показать его на экране телефона]]",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in BAD.items()])
async def test_an_unproved_answer_gets_one_more_try_then_the_quotation(
    room: Room, text: str
) -> None:
    await room.model_says(text, text)
    answer = await room.ask()
    assert answer.text.startswith(PROOF)
    assert (room.seen, room.by, answer.confident) == ([], "rules", True)
    assert answer.fault["why"]
    prompts = await room.prompts()
    assert len(prompts) == 2
    assert "не показан" in prompts[1][-1]["content"]


async def test_a_second_try_that_is_proved_is_shown(room: Room) -> None:
    await room.model_says(BAD["sum"], GOOD)
    answer = await room.ask()
    assert (answer.text, room.by, answer.fault) == (ENOUGH, "model", {})


async def test_what_was_shown_stays_when_the_next_sentence_is_unproved(room: Room) -> None:
    await room.model_says(f"{GOOD} Это стоит 5 ₽. [[1|достаточно показать]] {GOOD_TOO}")
    answer = await room.ask()
    assert (answer.text, room.seen, room.by) == (ENOUGH, [ENOUGH], "model")
    assert answer.fault["text"] == "Это стоит 5 ₽."
    assert len(await room.prompts()) == 1


async def test_a_cut_connection_keeps_what_was_proved(room: Room) -> None:
    await room.desk.script(chunks=[GOOD, f" {COPY} [[1|Бума"], cut="middle")
    answer = await room.ask()
    assert (answer.text, room.by, answer.fault) == (ENOUGH, "model", {})


async def test_a_connection_cut_before_the_first_sentence_leaves_the_quotation(room: Room) -> None:
    await room.desk.script(chunks=["Достаточно показ"], cut="middle")
    answer = await room.ask()
    assert answer.text.startswith(PROOF)
    assert (room.by, answer.fault) == ("rules", {})


async def test_a_model_that_does_not_answer_leaves_the_quotation(room: Room) -> None:
    await room.desk.script(status=503, times=None)
    answer = await room.ask()
    assert answer.text.startswith(PROOF)
    assert room.trace.of("model")[0]["outcome"] != "ok"


async def test_the_end_of_the_answer_may_say_that_the_rest_is_unknown(room: Room) -> None:
    await room.model_says(f"{GOOD} [[0]]")
    answer = await room.ask()
    assert (answer.text, answer.confident) == (ENOUGH, True)


async def test_the_model_that_we_ship_answers_by_itself(room: Room) -> None:
    answer = await room.ask()
    assert answer.text == f"{PROOF} {COPY}"
    assert (room.by, answer.fault, len(room.seen)) == ("model", {}, 2)


async def test_the_first_sentence_is_shown_before_the_model_has_finished(room: Room) -> None:
    seen_before_the_end: list[tuple[str, bool]] = []
    chunks = [GOOD, " Бумажная", GOOD_TOO.removeprefix(" Бумажная")]
    await room.desk.script(chunks=chunks, chunk_delay=0.3)
    room.watch = lambda text: seen_before_the_end.append((text, bool(room.trace.of("model"))))
    answer = await room.ask()
    # The call is noted when it ends; both sentences were shown before.
    assert seen_before_the_end == [(ENOUGH, False), (answer.text, False)]
