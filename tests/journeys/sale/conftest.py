"""The whole product in one process, as `python -m insurance_chat run` starts it, and its visitors."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.journeys.sale.client import Client, pictures_folder
from tests.support.browser import browser, new_context  # noqa: F401
from tests.support.processes import Part, free_port, wait_until_serving


@dataclass
class Product:
    """The running product."""

    url: str
    part: Part
    data_dir: Path
    pictures: Path

    def administrator(self) -> dict[str, str]:
        """User name and password of the first administrator."""
        kept = json.loads((self.data_dir / "first-start.json").read_text("utf-8"))
        return dict(kept["admin"])

    async def pull_the_plug(self) -> None:
        """End it without a warning; nothing is flushed."""
        await self.part.kill()

    async def start(self) -> None:
        """Start it and wait until it serves."""
        await self.part.start()
        await wait_until_serving(f"{self.url}/health")


@pytest.fixture(scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """Everything over an empty data folder, running until the module ends."""
    folder = tmp_path_factory.mktemp("product")
    port = free_port()
    environment = {"DATA_DIR": str(folder), "PORT": str(port), "SANDBOX_TIME_SCALE": "0"}
    part = Part("run", environment)
    pictures = pictures_folder(tmp_path_factory.mktemp("pictures"))
    running = Product(f"http://127.0.0.1:{port}", part, folder, pictures)
    await running.start()
    yield running
    await part.stop()


@pytest.fixture(params=["desktop", "phone"])
async def client(
    request: pytest.FixtureRequest,
    browser: Browser,  # noqa: F811
    product: Product,
) -> AsyncIterator[Client]:
    """A new visitor of the demo site, at a computer and then with a phone."""
    context = await new_context(browser, phone=request.param == "phone")
    person = Client(await context.new_page(), product.url, request.param, product.pictures)
    yield person
    await context.close()


@pytest.fixture
async def desktop_client(
    browser: Browser,  # noqa: F811
    product: Product,
    tmp_path: Path,
) -> AsyncIterator[Client]:
    """A new visitor of the demo site at a computer; nobody needs the pictures."""
    context = await new_context(browser)
    yield Client(await context.new_page(), product.url, "desktop", tmp_path)
    await context.close()
