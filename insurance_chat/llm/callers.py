"""Open callers of this process, one for each key, made when first needed."""

from __future__ import annotations

import asyncio
from importlib import import_module

from insurance_chat.llm.access import Access, Caller
from insurance_chat.llm.failures import CallFailed
from insurance_chat.llm.ports import Why
from insurance_chat.llm.settings import LlmSettings

MOST_OPEN = 50


class Callers:
    """Keeps connections to providers open between calls.

    Args:
        settings: time-outs, certificates, cassettes.
    """

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._open: dict[Access, Caller] = {}

    async def get(self, access: Access) -> Caller:
        """The caller of a key; a changed key has another one.

        Raises:
            CallFailed: the file of the trusted certificate cannot be read.
        """
        known = self._open.get(access)
        if known is not None:
            return known
        # By name and in a thread: whoever has no key never pays for the library.
        module = await asyncio.to_thread(import_module, "insurance_chat.llm.openai_caller")
        try:
            made: Caller = module.OpenAiCaller(access, self._settings)
        except OSError:
            raise CallFailed(Why.CERTIFICATE) from None
        if len(self._open) >= MOST_OPEN:
            # Not closed: a call may be under way; without a holder its connections end by themselves.
            self._open.pop(next(iter(self._open)))
        return self._open.setdefault(access, made)

    async def close(self) -> None:
        """Close all connections."""
        callers, self._open = list(self._open.values()), {}
        for caller in callers:
            await caller.close()
