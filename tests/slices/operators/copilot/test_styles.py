"""Changes of style keep what a text says, whatever the text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insurance_chat.dialogue.answering.grounded import Citation
from insurance_chat.operators.copilot.facts import lost
from insurance_chat.operators.copilot.letter import read_letter
from insurance_chat.operators.copilot.ports import Brief, Style, Task
from insurance_chat.operators.copilot.restyle import rephrase, retone, shorten, tidy
from insurance_chat.operators.copilot.rules import RulesWriter
from insurance_chat.operators.copilot.wishes import read_wish

WORDS = [
    "нужно",
    "можно",
    "если",
    "чтобы",
    "полис",
    "полиса",
    "страховая",
    "машина",
    "пришлите",
    "поэтому",
    "обычно",
    "например",
    "кроме",
    "того,",
    "при",
    "этом",
    "(это",
    "важно)",
    "сейчас",
    "не",
    "нельзя",
    "Иван",
    "Петров",
    "Москва",
    "КБМ",
    "«Альфа»",
    "14",
    "дней",
    "1,5",
    "12.03.2027",
    "23",
    "%",
    "5",
    "000",
    "руб.",
    "7200",
    "₽",
    "example.ru",
    "https://example.ru/a?b=1",
    "anna@example.ru",
    "А123ВС77",
    "+7",
    "916",
    "123-45-67",
    "спасибо",
    "сразу",
    "потому",
    "что",
    "привет",
]
sentence = st.builds(
    lambda words, end: (" ".join(words)[:1].upper() + " ".join(words)[1:]) + end,
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=9),
    st.sampled_from([".", "!", "?", "…", ".)"]),
)
line = st.one_of(
    st.lists(sentence, min_size=1, max_size=4).map(" ".join),
    sentence.map("• {}".format),
    sentence.map("2) {}".format),
    st.just(""),
)
message = st.lists(line, min_size=1, max_size=5).map("\n".join).filter(str.strip)


async def _write(brief: Brief, variant: int = 0) -> str:
    return "".join([piece async for piece in RulesWriter().write(brief, variant)])


@settings(max_examples=200, deadline=None)
@given(
    text=message,
    styles=st.lists(st.sampled_from(Style), max_size=3, unique=True).map(tuple),
    task=st.sampled_from([Task.CHANGE, Task.ANSWER]),
    variant=st.integers(0, 5),
)
async def test_no_style_and_no_variant_loses_a_fact(
    text: str, styles: tuple[Style, ...], task: Task, variant: int
) -> None:
    source = Citation(1, "d", "Правила", None, "Раздел", text.strip())
    brief = Brief(task, text, styles, (source,), greet=True, client_name="Мария", signature="Анна")
    written = await _write(brief, variant)
    assert written
    assert not lost(read_letter(text).body, written)


@settings(max_examples=200, deadline=None)
@given(text=message, tone=st.sampled_from(["formal", "warm"]), number=st.integers(1, 5))
def test_numbers_come_in_no_other_quantity(text: str, tone: str, number: int) -> None:
    for changed in (retone(text, tone), rephrase(text, number)):
        assert not lost(text, changed)
        assert sorted(re.findall(r"\d+", changed)) == sorted(re.findall(r"\d+", text))
    assert not lost(text, shorten(text))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_words_can_be_tidied(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    read_wish(text, has_text=True)


@pytest.mark.parametrize(
    ("words", "task", "subject", "styles"),
    [
        ("короче", Task.CHANGE, "", (Style.SHORT,)),
        ("сделай, пожалуйста, короче и теплее", Task.CHANGE, "", (Style.SHORT, Style.WARM)),
        ("перефразируй другими словами", Task.CHANGE, "", (Style.OTHER,)),
        ("официальнее", Task.CHANGE, "", (Style.FORMAL,)),
        ("добавь про возврат денег", Task.CHANGE, "возврат денег", (Style.LONG,)),
        ("напиши ответ так: полис завтра", Task.WRITE, "полис завтра", ()),
        ("ответь официально: жду паспорт", Task.WRITE, "жду паспорт", (Style.FORMAL,)),
        ("скажи клиенту, что полис готов", Task.WRITE, "полис готов", ()),
        ("Что такое КБМ?", Task.ANSWER, "Что такое КБМ?", ()),
        ("скажи, что такое КБМ", Task.ANSWER, "скажи, что такое КБМ", ()),
        ("кратко: сроки возврата", Task.ANSWER, "сроки возврата", (Style.SHORT,)),
        ("помоги с ответом", Task.ANSWER, "", ()),
        ("", Task.ANSWER, "", ()),
    ],
)
def test_wishes_are_understood(
    words: str, task: Task, subject: str, styles: tuple[Style, ...]
) -> None:
    wish = read_wish(words, has_text=True)
    assert (wish.task, wish.words, wish.styles) == (task, subject, styles)


def test_without_a_text_a_wish_of_style_is_about_the_answer() -> None:
    assert read_wish("короче").task is Task.ANSWER
    assert read_wish("", "официальнее").styles == (Style.FORMAL,)
    assert read_wish("теплее", "официальнее").styles == (Style.FORMAL,)


@pytest.mark.parametrize(
    ("jotted", "message"),
    [
        ("полис готов", "Полис готов."),
        ("  привет ,жду фото!!! скиньте  птс ", "Привет, жду фото! Скиньте птс."),
        ("«ставка 5,5 и 1.2»", "Ставка 5,5 и 1.2."),
        ("смотрите https://example.ru/a,b", "Смотрите https://example.ru/a,b"),
        ("когда удобно?", "Когда удобно?"),
        ("", ""),
    ],
)
def test_jotted_words_become_a_message(jotted: str, message: str) -> None:
    assert tidy(jotted) == message


def test_a_short_text_drops_padding_and_keeps_conditions() -> None:
    text = (
        "Полис можно вернуть (это бывает часто). Многие так делают. Кроме того, вернут не всё: "
        "удержат 23 %. Это законно. Отказать нельзя."
    )
    assert shorten(text) == "Полис можно вернуть. Вернут не всё: удержат 23 %. Отказать нельзя."


async def test_a_change_of_tone_replaces_the_frame_of_the_other_tone() -> None:
    brief = Brief(Task.CHANGE, "Привет, Иван! Пришлите фото.", (Style.FORMAL,), signature="Анна")
    formal = await _write(brief)
    assert formal == "Здравствуйте, Иван!\n\nПросим прислать фото.\n\nС уважением,\nАнна"
    again = await _write(Brief(Task.CHANGE, formal, (Style.FORMAL,), signature="Анна"))
    assert again == formal
    warm = await _write(Brief(Task.CHANGE, formal, (Style.WARM,)))
    assert "С уважением" not in warm
    assert "Пришлите, пожалуйста, фото." in warm
    assert warm.count("Здравствуйте") == 1


async def test_a_greeting_alone_stays_a_greeting() -> None:
    assert await _write(Brief(Task.CHANGE, "Привет, Иван!", (Style.SHORT,))) == "Привет, Иван!"
    formal = await _write(Brief(Task.CHANGE, "Привет!", (Style.FORMAL,), signature="Анна"))
    assert formal.startswith("Здравствуйте!")


@pytest.mark.parametrize("hostile", ["А. ", "а", "Т.е. ", "a@", "a.b", "• 5\n", "!", " ("])
async def test_a_monotonous_text_is_read_as_easily_as_any_other(hostile: str) -> None:
    text = (hostile * 8000)[:8000]
    for style in Style:
        assert await _write(Brief(Task.CHANGE, text, (style,)))


def test_lists_stay_lists() -> None:
    text = "Нужны документы:\n• паспорт;\n• СТС.\nПришлите фото."
    assert rephrase(text, 1).count("\n• ") == 2
    assert rephrase(text, 1).splitlines()[0].endswith(":")
