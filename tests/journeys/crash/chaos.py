"""Who acts in the storm of messengers: clients, who kills, the processes of the product."""

from __future__ import annotations

import asyncio
import os
import random
import time

import httpx

from tests.journeys.crash.storm import Storm
from tests.support.processes import Installation, Part
from tests.support.telegram import BOT

WEBHOOKS = int(os.environ.get("CHAOS_WEBHOOKS", "600"))
SEED = int(os.environ.get("CHAOS_SEED", "20261121"))
OF_ONE = 20  # messages of one client
BURST = 3  # at most so many at once
MOSTLY = 0.8
QUESTIONS = (
    "что такое кбм", "чем каско отличается от осаго", "какой штраф за езду без полиса",
    "можно ли вернуть деньги за осаго после продажи машины", "что такое европротокол",
    "нужно ли печатать электронный полис", "что делать если потерял полис",
    "как проверить полис", "какие документы нужны для осаго", "можно ли вписать водителя",
    "сколько максимально заплатят за ремонт", "что такое прямое возмещение",
    "какие повреждения не возмещают по осаго", "как узнать свой кбм",
    "в какой срок страховая должна выплатить", "что такое период охлаждения",
    "чем отличается неограниченная страховка", "что не покрывает ипотечная страховка",
    "что такое франшиза", "можно ли внести изменения в полис если сменил фамилию",
)  # fmt: skip


class Chaos:
    """Everything that acts: clients, who kills, the installation.

    Args:
        installation: one api, one sandbox, one worker; a second worker is added.
        storm: between the emulator and the product.
    """

    def __init__(self, installation: Installation, storm: Storm) -> None:
        self.installation = installation
        self.storm = storm
        second = Part("worker", installation.environment)
        self.workers = (installation.worker, second)
        self.kills: list[float] = []
        self.all_hit = asyncio.Event()
        self.said: dict[int, list[str]] = {}
        self._chance = random.Random(SEED)
        url = f"{installation.sandbox_url}/telegram/control"
        self._http = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)

    async def start(self) -> None:
        """Start all processes."""
        await self.installation.start()
        await self.workers[1].start()
        pace = {"account": 10_000, "chat": 10_000, "burst": 10_000}
        assert (await self._http.post("/pace", json=pace)).is_success

    async def stop(self) -> None:
        """Stop all processes."""
        await self._http.aclose()
        await self.workers[1].stop()
        await self.installation.stop()

    async def kill_at_random(self) -> None:
        """Kill -9 now one process, now another, until cancelled; each at least once."""
        everybody = [self.installation.api, *self.workers]
        first = self._chance.sample(everybody, 3)
        while True:
            await asyncio.sleep(self._chance.uniform(2, 6))
            part = first.pop() if first else self._chance.choice(everybody)
            await part.kill()
            if not first:
                self.all_hit.set()
            if part in self.workers:
                self.kills.append(time.monotonic())
            await asyncio.sleep(self._chance.uniform(0, 0.5))
            await part.start()
            if self._chance.random() < MOSTLY:
                # A slow machine must not spend all its time on starts: the storm hits work as well.
                await self._at_work(part)

    async def _at_work(self, part: Part) -> None:
        if part is self.installation.api:
            await self.installation.wait_until_ready(part)
        else:
            await self.installation.wait_until_registered(part)

    async def talk(self) -> None:
        """All clients say all they have to say, in bursts, without waiting for answers."""
        clients = range(700000001, 700000001 + WEBHOOKS // OF_ONE)
        await asyncio.gather(*(self._talk(number) for number in clients))

    async def _talk(self, client: int) -> None:
        chance = random.Random(SEED + client)
        texts = chance.sample(QUESTIONS, OF_ONE)
        said = self.said[client] = []
        while len(said) < OF_ONE:
            await asyncio.sleep(chance.uniform(0.5, 5))
            for text in texts[len(said) : len(said) + chance.randint(1, BURST)]:
                path = f"/bots/{BOT}/clients/{client}/say"
                assert (await self._http.post(path, json={"text": text})).is_success
                said.append(text)

    async def screens(self) -> dict[int, list[tuple[str, str]]]:
        """What each client has got: `(number, text)`, oldest first."""
        found = {}
        for client in self.said:
            answer = await self._http.get(f"/bots/{BOT}/clients/{client}/messages")
            lines = [one["message"] for one in answer.json()["messages"] if one["side"] == "bot"]
            found[client] = [(str(one["message_id"]), str(one["text"])) for one in lines]
        return found
