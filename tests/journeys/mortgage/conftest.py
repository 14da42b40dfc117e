"""The whole product in one process, and a visitor with a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.journeys.sale.client import Client
from tests.journeys.sale.conftest import Product, product  # noqa: F401
from tests.support.browser import browser, new_context  # noqa: F401


@pytest.fixture
async def client(
    browser: Browser,  # noqa: F811
    product: Product,  # noqa: F811
) -> AsyncIterator[Client]:
    """A new visitor of the demo site with a phone."""
    context = await new_context(browser, phone=True)
    person = Client(await context.new_page(), product.url, "phone-mortgage", product.pictures)
    yield person
    await context.close()
