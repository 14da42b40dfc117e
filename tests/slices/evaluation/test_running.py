"""`insurance-chat eval` against the whole service: what fails is seen, what is wrong is counted."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from insurance_chat.conversations.quality import cases
from insurance_chat.conversations.quality.cases import Expected
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.core.settings import CoreSettings
from insurance_chat.insurance.mortgage.types import Risk
from insurance_chat.llm import tokens
from insurance_chat.main.evaluation.clients import shortcoming, simulated
from insurance_chat.main.evaluation.command import Order, make_plan
from insurance_chat.main.evaluation.installation import Borrowed, borrow, lend
from insurance_chat.main.evaluation.measuring import double_sales, wrong_prices
from insurance_chat.main.evaluation.opening import open_world
from insurance_chat.main.evaluation.people_mortgage import borrower
from insurance_chat.main.evaluation.phrases import Labelled, judge, label_of, labelled
from insurance_chat.main.evaluation.player import Player
from insurance_chat.main.evaluation.results import Result
from insurance_chat.main.evaluation.running import (
    RULES,
    Configuration,
    Plan,
    evaluate,
    model_name,
)
from insurance_chat.main.evaluation.world import World
from insurance_chat.main.settings import Settings
from insurance_chat.sandbox.app import create_sandbox_app
from tests.dialogues.script import HERE, load
from tests.support.sandbox_server import served

SCRIPTS: list[tuple[str, dict[str, Any]]] = [
    ("вопрос", {"steps": [{"client": "что такое кбм"}, {"expect": {"not_says": ["Не знаю"]}}]}),
    ("мимо", {"steps": [{"client": "привет"}, {"expect": {"says": ["этого не скажет"]}}]}),
    ("человек", {"steps": [{"client": "позовите агента"}], "end": {"handover": True}}),
]


@pytest.fixture(scope="module")
async def result(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Two runs of three dialogues, two simulated clients, two phrases."""
    plan = Plan(SCRIPTS, clients=2, times=2, phrases=labelled()[:2])
    heard: list[str] = []
    folder = tmp_path_factory.mktemp("eval")
    found = await evaluate(
        Configuration("Основная", Settings()), plan, postgres_url, folder, heard.append
    )
    assert len(heard) == 10
    return found


def test_failures_are_seen_and_successes_counted(result: Result) -> None:
    by_title = result.by_title()
    assert [one.ok for one in by_title["вопрос"]] == [True, True]
    assert [one.ok for one in by_title["мимо"]] == [False, False]
    assert "не сказано ['этого не скажет']" in by_title["мимо"][0].failure
    assert result.pass_k(2) == pytest.approx(4 / 5)
    assert result.model == RULES


def test_handovers_turns_and_times_are_measured(result: Result) -> None:
    assert (result.handovers().precision, result.handovers().recall) == (1.0, 1.0)
    assert [one.measured.turns for one in result.by_title()["вопрос"]] == [1, 1]
    assert result.total("calls") == 0
    first, full = result.latency("first_ms", 0.5), result.latency("full_ms", 0.5)
    assert first is not None
    assert full is not None
    assert 0 < first <= full


def test_simulated_clients_buy_at_the_right_price(result: Result) -> None:
    bought = [one for one in result.attempts if one.title.startswith("клиент")]
    assert [one.title for one in bought] == [
        "клиент 1: ОСАГО, отвечает сразу на всё",
        "клиент 2: Ипотечное страхование, отвечает коротко",
    ] * 2
    assert [one.failure for one in bought] == ["", "", "", ""]
    assert all(one.measured.turns > 3 for one in bought)
    assert result.total("wrong_prices") == result.total("double_sales") == 0


def test_phrases_are_judged(result: Result) -> None:
    assert result.phrases is not None
    assert sum(total for _, total in result.phrases.intents.values()) == 2


@pytest.fixture(scope="module")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    sandbox = create_sandbox_app(time_scale=0)
    with served(sandbox) as url:
        async with open_world(database_url, tmp_path_factory.mktemp("w"), sandbox, url) as opened:
            yield opened


async def test_a_wrong_price_and_a_double_sale_are_found(world: World) -> None:
    player = Player(world)
    await player.play(load(HERE / "happy" / "a-whole-sale-in-few-messages.yml"))
    person, said = [player.talk.contact_id], player.talk.said
    assert await wrong_prices(world, person, said) == []
    assert await double_sales(world, person) == 0
    (unsaid,) = await wrong_prices(world, person, [])
    assert "не звучала в чате" in unsaid
    await world.change("update policies set price = price + 1 where contact_id = %s", person[0])
    (wrong,) = await wrong_prices(world, person, said)
    assert " вместо " in wrong
    await world.change("delete from policies where contact_id = %s", person[0])
    assert await double_sales(world, person) == 1  # the insurer has one that nobody here knows


async def test_a_borrower_reads_before_paying_and_what_was_not_bought_rightly_is_seen(
    world: World,
) -> None:
    await world.reset()
    made = borrower(random.Random(4), moscow_today())
    who = replace(made, risks=(Risk.PROPERTY, Risk.LIFE))
    async with simulated(world) as buy:
        journal, failure = await buy(who, blocks=True)
    assert failure == ""
    assert journal.papers == ["key_information", "policy"]
    assert len(journal.pages) == 1  # the questions about health, not one word of them in the chat
    assert not any(who.health["weightKg"] in words for words in journal.sent)
    (policy,) = await world.policies_at_insurer()
    assert Decimal(policy["price"]) == journal.amount
    for other, reason in (
        (replace(journal, amount=Decimal(1)), "к оплате было показано 1"),
        (replace(journal, papers=["key_information"]), "не получил полис"),
    ):
        assert reason in await shortcoming(world, who, other)
    await world.reset()
    assert await shortcoming(world, who, journal) == "0 полисов у страховой вместо одного"


async def test_an_example_is_played_from_the_middle_of_its_chat(world: World) -> None:
    player = Player(world)
    steps = [{"client": "хочу осаго"}, {"client": "согласен"}, {"client": "а123вс77"}]
    await player.play({"steps": steps, "end": "any"})
    admin = Principal(world.tenant_id, Role.ADMIN)
    async with world.db.unit() as unit:
        rows = await world.rows(
            "select max(seq) from log_entries where conversation_id = %s and kind = 'message'",
            player.talk.conversation_id,
        )
        plate = {"type": "set_slot", "slot": "plate", "value": "А001АА77"}
        case = await cases.add(
            unit, admin, player.talk.session, rows[0][0], Expected([plate], says=["Нашёл машину"])
        )
    again = Player(world)
    await again.play(case.script())
    wrong = case.script()
    wrong["steps"][1]["expect"]["understood"] = [{"type": "request_human"}]
    with pytest.raises(AssertionError, match="не понято"):
        await Player(world).play(wrong)


async def test_wrong_facts_and_invented_facts_count_against(world: World) -> None:
    phrases = [
        Labelled("а123вс77", asked=("plate",), facts={"plate": "А123ВС78"}),
        Labelled("2018 года", asked=("year",), facts={}),
        Labelled("позовите оператора", "cancel"),
    ]
    found = await judge(world.services.understands, world.services.catalog, 1, phrases)
    assert found.slots == {"plate": (0, 1)}
    assert found.invented == 1
    assert found.confusion == {("cancel", "human"): 1}
    assert len(found.misses) == 2
    assert label_of([]) == "unclear"


def test_there_are_more_than_three_hundred_phrases_and_no_two_are_the_same() -> None:
    told = [(one.says, one.asked) for one in labelled()]
    assert len(told) == len(set(told)) > 300
    assert sum(bool(one.label) for one in labelled()) > 250


def test_the_plan_is_what_was_ordered(tmp_path: Path) -> None:
    settings = Settings()
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "a-sale.yml").write_text("steps: [pay]\n", "utf-8")
    plan = make_plan(settings, Order(scripts=tmp_path, times=3), Borrowed().examples)
    assert (plan.scripts, plan.times) == ([("happy: a sale", {"steps": ["pay"]})], 3)
    (tmp_path / "happy" / "wrong.yml").write_text("[]", "utf-8")
    for order, code in (
        (Order(scripts=tmp_path), "script_invalid"),
        (Order(scripts=tmp_path / "none"), "scripts_missing"),
        (Order(scripts=tmp_path / "happy", only="нет такого"), "script_invalid"),
    ):
        with pytest.raises(ServiceError, match=code):
            make_plan(settings, order, [])
    assert make_plan(settings, Order(phrases=True), []).phrases


async def test_keys_manner_and_examples_are_borrowed_from_the_installation(world: World) -> None:
    admin = Principal(world.tenant_id, Role.ADMIN)
    key = {
        "name": "Ключ",
        "token": "sk-borrowed-0001",
        "model_access": ["m"],
        "base_url": "http://127.0.0.1:9/v1",
    }
    async with world.db.unit() as unit:
        added = await tokens.add(unit, admin, key)
    borrowed = await borrow(world.services.settings)
    assert [(one["name"], one["token"]) for one in borrowed.keys] == [("Ключ", "sk-borrowed-0001")]
    assert borrowed.speaks is not None
    async with world.db.unit() as unit:
        kept = await cases.list_cases(unit, admin)
        await tokens.remove(unit, admin, added.id)
    assert len(borrowed.examples) == kept.total
    await lend(world, borrowed)
    assert model_name(world) == "модель основная модель ключа"
    async with world.db.unit() as unit:
        for one in await tokens.list_tokens(unit, admin):
            await tokens.remove(unit, admin, one.id)
    await world.services.models.availability.refresh()
    assert model_name(world) == RULES


async def test_without_an_installation_nothing_is_borrowed(tmp_path: Path) -> None:
    core = CoreSettings(data_dir=tmp_path, database_url="")
    assert await borrow(Settings(core=core)) == Borrowed()
    with pytest.raises(ServiceError, match="no_installation"):
        make_plan(Settings(core=core), Order(cases=True), [])
