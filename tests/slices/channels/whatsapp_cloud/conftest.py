"""An account of ours at the emulated Graph API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.graph import Meta, emulated


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Meta]:
    """The emulator and our door, for all tests of a file."""
    async with emulated() as found:
        yield found


@pytest.fixture
async def meta(running: Meta) -> Meta:
    """The emulator as at the first start."""
    await running.fresh()
    return running


@pytest.fixture
async def office(meta: Meta) -> Meta:
    """A connected account that gets its webhooks."""
    await meta.connect("whatsapp")
    return meta
