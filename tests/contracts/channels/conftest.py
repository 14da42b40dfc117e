"""Every case runs for the toy messenger, called and polled, and for each one in `drivers/`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.contracts.channels import toy
from tests.contracts.channels.driver import Driver
from tests.contracts.channels.world import World, open_world
from tests.slices.knowledge.clamd import Clamd

_FOLDER = Path(__file__).parent / "drivers"


def _drivers() -> dict[str, Driver]:
    found: dict[str, Driver] = {"toy": toy.DRIVER, "toy_polled": toy.POLLED}
    for file in sorted(_FOLDER.glob("[a-z]*.py")):
        found[file.stem] = import_module(f"tests.contracts.channels.drivers.{file.stem}").DRIVER
    return found


DRIVERS = _drivers()


@pytest.fixture(scope="module", params=list(DRIVERS))
def driver(request: pytest.FixtureRequest) -> Driver:
    """A messenger."""
    return DRIVERS[request.param]


@pytest.fixture(autouse=True)
def _able(request: pytest.FixtureRequest, driver: Driver) -> None:
    """Leave out what this messenger cannot do."""
    for mark in request.node.iter_markers("needs"):
        for feature in mark.args:
            if feature in driver.cannot:
                pytest.skip(f"{driver.code}: no {feature.value}")


@pytest.fixture(scope="module")
async def world(
    driver: Driver, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The service with one connected account, shared by the cases of a module."""
    folder = tmp_path_factory.mktemp("channels")
    async with (
        Clamd() as clamd,
        driver.start() as messenger,
        open_world(messenger, database_url, folder, clamd.url) as made,
    ):
        await made.connect()
        yield made


@pytest.fixture
async def new_world(driver: Driver, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same for one case alone; not connected yet."""
    async with (
        driver.start() as messenger,
        open_world(messenger, database_url, tmp_path) as made,
    ):
        yield made
