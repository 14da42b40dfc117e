"""An account of ours at the emulated Graph API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

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
    """A connected account to which somebody has written already."""
    account = await meta.connect("whatsapp")
    meta.account = replace(account, options=dict(account.options) | {"heard": True})
    return meta
