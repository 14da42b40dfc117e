"""What an obedient model is ordered to say, and orders that come from documents and from earlier turns."""

from __future__ import annotations

import json

import pytest

from tests.attacks.attack import Attack, attacks, sentence
from tests.attacks.stage import Stage
from tests.support.world import Talk, World

GROUPS = ("documents", "earlier", "encoded", "secrets")


@pytest.mark.parametrize("attack", attacks(*GROUPS), ids=sentence)
async def test_the_model_obeys_and_nothing_comes_of_it(attack: Attack, stage: Stage) -> None:
    await stage.withstands(attack)


@pytest.mark.parametrize("attack", attacks("sent"), ids=sentence)
async def test_a_sent_document_orders_nothing_and_changes_no_fact(
    attack: Attack, stage: Stage
) -> None:
    talk, before = await stage.prepared(attack)
    slots = (await stage.world.dialogue(talk))["slots"]
    heard = await stage._played(attack, talk)

    assert await stage.judged(attack, talk, before, heard) == []
    assert (await stage.world.dialogue(talk))["slots"] == slots
    assert {one["prompt"] for one in await stage.obeyed()} == {"understand"}


async def test_no_model_sees_what_was_said_before_the_client_was_forgotten(stage: Stage) -> None:
    world = stage.world
    await world.reset()
    talk = await world.begin()
    for text in ("хочу осаго", "согласен", "А123ВС77"):
        await world.say(talk, text)
    await world.say(talk, "Облака похожи на слона, моя тайная примета.")
    assert "тайная примета" in await _seen_by_the_model(world, talk)
    await world.say(talk, "забудь всё обо мне")
    replies = await world.say(talk, "да, забыть")
    assert "забыл" in replies[0].text
    assert "тайная примета" not in await _seen_by_the_model(world, talk)


async def _seen_by_the_model(world: World, talk: Talk) -> str:
    await world.control.request("DELETE", "/control/llm/answers")
    await world.say(talk, "Сосны шумят прекрасно над рекой.")
    requests = (await world.control.get("/control/llm/requests")).json()["requests"]
    assert requests, "no model was asked"
    return json.dumps(requests, ensure_ascii=False)
