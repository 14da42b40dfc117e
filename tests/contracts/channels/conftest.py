"""Every case runs for the toy messenger, called and polled, and for each one in `drivers/`.

A worker starts each messenger, its database and the service once. Only the messenger whose turn it is
has a process at work; the others sleep with their accounts, as an installation that is switched off.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from tests.contracts.channels import toy
from tests.contracts.channels.driver import Driver
from tests.contracts.channels.world import World, open_world
from tests.slices.knowledge.clamd import Clamd

_FOLDER = Path(__file__).parent / "drivers"
#: Enough for a case in which adapters play no part: called and polled, the toy and real ones.
CORE = ("toy", "toy_polled", "telegram", "whatsapp_cloud")


def _drivers() -> dict[str, Driver]:
    found: dict[str, Driver] = {"toy": toy.DRIVER, "toy_polled": toy.POLLED}
    for file in sorted(_FOLDER.glob("[a-z]*.py")):
        found[file.stem] = import_module(f"tests.contracts.channels.drivers.{file.stem}").DRIVER
    return found


DRIVERS = _drivers()


@pytest.fixture(scope="module", params=list(DRIVERS))
def driver_name(request: pytest.FixtureRequest) -> str:
    """Name of a messenger."""
    name: str = request.param
    return name


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what this messenger cannot do, and what others have shown for all.

    Here and not in a fixture, so that nothing is started for it.
    """
    name = getattr(item, "callspec").params["driver_name"]  # noqa: B009 - only of functions
    if name not in CORE and item.get_closest_marker("core"):
        pytest.skip(f"{name}: it plays no part in this case")
    for mark in item.iter_markers("needs"):
        for feature in mark.args:
            if feature in DRIVERS[name].cannot:
                pytest.skip(f"{name}: no {feature.value}")


class Worlds:
    """The worlds of this worker, each opened when its messenger is needed for the first time.

    Args:
        opened: closes them in the end.
        postgres_url: the server.
        template: a migrated database.
        folder: for files.
    """

    def __init__(
        self, opened: AsyncExitStack, postgres_url: str, template: str, folder: Path
    ) -> None:
        self._opened = opened
        self._postgres_url, self._template, self._folder = postgres_url, template, folder
        self._clamd: Clamd | None = None
        self._worlds: dict[str, World] = {}

    async def of(self, name: str) -> World:
        """The world of a messenger, which may be asleep."""
        if name not in self._worlds:
            self._worlds[name] = await self._open(name)
        return self._worlds[name]

    async def _open(self, name: str) -> World:
        if self._clamd is None:
            self._clamd = await self._opened.enter_async_context(Clamd())
        messenger = await self._opened.enter_async_context(DRIVERS[name].start())
        url, folder = self._database(), self._folder / name
        world = open_world(messenger, url, folder, self._clamd.url)
        return await self._opened.enter_async_context(world)

    def _database(self) -> str:
        name = f"test_{uuid4().hex[:12]}"
        self._execute(f"create database {name} template {self._template}")
        self._opened.callback(self._execute, f"drop database if exists {name} with (force)")
        return make_url(self._postgres_url).set(database=name).render_as_string(False)

    def _execute(self, sql: str) -> None:
        with psycopg.connect(self._postgres_url, autocommit=True) as connection:
            connection.execute(sql.encode())


@pytest.fixture(scope="session")
async def worlds(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Worlds]:
    """All messengers of this worker."""
    async with AsyncExitStack() as opened:
        yield Worlds(opened, postgres_url, template, tmp_path_factory.mktemp("channels"))


@pytest.fixture(scope="module")
async def awake(worlds: Worlds, driver_name: str) -> AsyncIterator[World]:
    """The world of the messenger whose turn it is."""
    world = await worlds.of(driver_name)
    await world.wake()
    yield world
    await world.sleep()


@pytest.fixture
async def world(awake: World) -> World:
    """The service with one connected account; every case brings new clients."""
    await awake.ready()
    return awake


@pytest.fixture
async def new_world(awake: World) -> AsyncIterator[World]:
    """The service before the account is connected, and the messenger as on its first day."""
    await awake.clear()
    yield awake
    await awake.clear()
