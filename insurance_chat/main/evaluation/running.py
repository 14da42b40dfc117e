"""Plays everything that was ordered against one configuration."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.errors import ServiceError
from insurance_chat.main.evaluation.buyers import crowd, titled
from insurance_chat.main.evaluation.clients import simulated
from insurance_chat.main.evaluation.failure import Failed
from insurance_chat.main.evaluation.installation import Borrowed, lend
from insurance_chat.main.evaluation.measuring import measure, wants_human
from insurance_chat.main.evaluation.opening import open_world
from insurance_chat.main.evaluation.phrases import Labelled, judge
from insurance_chat.main.evaluation.player import Player
from insurance_chat.main.evaluation.probe_repository import create_database
from insurance_chat.main.evaluation.results import Attempt, Prices, Result
from insurance_chat.main.evaluation.served import served
from insurance_chat.main.evaluation.world import Talk, World
from insurance_chat.main.migrate import migrate
from insurance_chat.main.settings import Settings
from insurance_chat.sandbox.app import create_sandbox_app

RULES = "без модели, по правилам"
SEED = 20261121
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played.

    Args:
        scripts: titles and dialogues.
        clients: how many simulated clients buy a policy, of all products by turns.
        times: how often each dialogue and each client.
        phrases: labelled messages; empty for none.
    """

    scripts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    clients: int = 0
    times: int = 1
    phrases: list[Labelled] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Something that is judged: its name, its settings and what the installation lends."""

    name: str
    settings: Settings
    borrowed: Borrowed = field(default_factory=Borrowed)


async def evaluate(
    configuration: Configuration, plan: Plan, server_url: str, folder: Path, tell: Tell
) -> Result:
    """Play a plan against a fresh service over a fresh database.

    Args:
        server_url: of a database server where databases may be created.
        folder: for its files.
        tell: hears of every dialogue that is done.
    """
    url = _fresh_database(server_url)
    sandbox = create_sandbox_app(time_scale=0)
    settings = configuration.settings
    prices = Prices(settings.llm.price_input_rub, settings.llm.price_output_rub)
    with served(sandbox) as address:
        async with open_world(url, folder, sandbox, address, base=settings) as world:
            await lend(world, configuration.borrowed)
            # Else the first client would wait for the dictionaries, which no running service does.
            await asyncio.to_thread(world.services.understanding.warm_up)
            result = Result(configuration.name, model_name(world), prices=prices)
            for title, script in plan.scripts:
                for _ in range(plan.times):
                    result.attempts.append(await _attempt(world, title, script))
                    tell(_line(result.attempts[-1]))
            if plan.clients:
                result.attempts.extend(await _clients(world, plan, tell))
            if not plan.phrases:
                return result
            phrases = await judge(
                world.services.understands, world.services.catalog, world.tenant_id, plan.phrases
            )
    return Result(result.name, result.model, result.attempts, phrases, prices)


def _fresh_database(server_url: str) -> str:
    url = create_database(server_url, f"eval_{uuid4().hex[:12]}")
    migrate(url)
    return url


def model_name(world: World) -> str:
    """Who understands and answers, in words."""
    availability = world.services.models.availability
    if not availability.usable(world.tenant_id):
        return RULES
    chosen = availability.profile(world.tenant_id).model
    return f"модель {chosen or world.services.settings.llm.model or 'основная модель ключа'}"


async def _attempt(world: World, title: str, script: dict[str, Any]) -> Attempt:
    player = Player(world)
    failure = ""
    try:
        await player.play(script)
    except Failed as error:
        failure = str(error)
    except ServiceError as error:
        failure = f"{error.code}: {error.message}"
    # What the player broke off is finished, so that it does not count for the next dialogue.
    await world.services.turns.drain()
    return Attempt(title, failure, await measure(world, player.talks), wants_human(script))


async def _clients(world: World, plan: Plan, tell: Tell) -> list[Attempt]:
    source = random.Random(SEED)  # noqa: S311 - invented people, the same ones each time
    people = crowd(source, moscow_today(), plan.clients)
    found = []
    async with simulated(world) as buy:
        for _ in range(plan.times):
            for number, (who, blocks) in enumerate(people, 1):
                title = titled(number, who, blocks=blocks)
                await world.reset()
                journal, failure = await buy(who, blocks=blocks)
                talk = await _talk(world, journal.session) if journal.session else None
                measured = await measure(world, [talk] if talk is not None else [])
                found.append(Attempt(title, failure, measured, wanted_human=False))
                tell(_line(found[-1]))
    return found


async def _talk(world: World, session: str) -> Talk:
    rows = await world.rows(
        "select id, contact_id from conversations where public_id = %s", session
    )
    talk = Talk(UUID(session), rows[0][0], rows[0][1])
    await world.fresh(talk)
    return talk


def _line(attempt: Attempt) -> str:
    reason = attempt.failure.splitlines()[0][:160] if attempt.failure else ""
    return (
        f"  {'ок   ' if attempt.ok else 'СБОЙ '} {attempt.title}{' — ' if reason else ''}{reason}"
    )
