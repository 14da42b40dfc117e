"""Another tone for a ready phrase; the phrase itself stays whenever anything else would change."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Final

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.dialogue.answering.facts import facts_of
from insurance_chat.dialogue.answering.model import support
from insurance_chat.dialogue.answering.model.check import UNSAFE
from insurance_chat.dialogue.trace import Trace
from insurance_chat.llm.availability import Availability
from insurance_chat.llm.ports import ChatMessage, ChatModel, ChatRequest, ModelUnavailable
from insurance_chat.llm.prompting import block, instructions

NAME: Final = "rephrase v1"
SHORTEST: Final = 60  # characters of a phrase that has a tone at all
BUDGET_SECONDS: Final = 2.5
MOST_KEPT: Final = 500
SHORTER, LONGER = 0.6, 1.5
SHARED: Final = 0.6  # of the notions of either text that the other one has

_HERE = Path(__file__).parent
_VERBATIM = re.compile(r"«[^»]*»|\*\*[^*]+\*\*|\[[^\]]*\]\([^)]*\)|\"[^\"]*\"")
_NAME = re.compile(r"(?<=[а-яёa-z,»)] )[А-ЯЁA-Z][\w-]*|\b[A-ZА-ЯЁ]{2,}[\w-]*|\b[A-Za-z][\w.-]*")


class Rephraser:
    """Changes the tone of phrases that are listed as harmless.

    Args:
        model: the pool of keys.
        availability: who has a key, and which tone the tenant wants.
        budget_seconds: how long the client may wait for a tone.
    """

    def __init__(
        self,
        model: ChatModel,
        availability: Availability,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self._budget = budget_seconds
        self._model = model
        self._availability = availability
        self._kept: OrderedDict[str, str] = OrderedDict()

    async def rephrase(
        self, key: str, text: str, *, tenant_id: int, known: tuple[str, ...], trace: Trace
    ) -> str:
        """The phrase in the tone of the tenant, or unchanged; never raises.

        Args:
            key: name of the phrase.
            text: with its values.
            known: names to be masked before they leave the country.
        """
        fit = key in harmless() and len(text) >= SHORTEST
        if not fit or not self._availability.usable(tenant_id):
            return text
        profile = self._availability.profile(tenant_id)
        kept_as = _digest(str(tenant_id), profile.tone, profile.language, profile.model, text)
        if kept_as in self._kept:
            self._kept.move_to_end(kept_as)
            return self._kept[kept_as]
        words = [block("тон", [profile.tone]), block("язык", [profile.language])]
        prompt = "\n".join([*words, block("сообщение", [text])])
        request = ChatRequest(
            tenant_id,
            (ChatMessage("system", instructions(_HERE, NAME)), ChatMessage("user", prompt)),
            model=profile.model,
            temperature=profile.temperature,
            known=known,
            budget_seconds=self._budget,
        )
        said = await self._ask(request, trace)
        if said is None:
            return text
        same = same_sense(text, said)
        trace.note("check", sentence=said, ok=same, why="" if same else "смысл мог измениться")
        # A refused wording is remembered as well: the same phrase is not paid for again.
        self._kept[kept_as] = said if same else text
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return self._kept[kept_as]

    async def _ask(self, request: ChatRequest, trace: Trace) -> str | None:
        began = time.monotonic()
        facts = {"purpose": "rephrase", "prompt": NAME}
        try:
            answer = await self._model.complete(request)
        except ModelUnavailable as failure:
            seconds = round(time.monotonic() - began, 3)
            trace.note(
                "model", **facts, model=request.model, seconds=seconds, outcome=failure.why.value
            )
            return None
        trace.note(
            "model",
            **facts,
            model=answer.model,
            prompt_tokens=answer.usage.prompt_tokens,
            completion_tokens=answer.usage.completion_tokens,
            seconds=round(answer.seconds, 3),
            tries=answer.tries,
            outcome="ok",
        )
        return answer.text.strip()


def same_sense(template: str, said: str) -> bool:
    """Nothing but the tone differs: no figure, name, address, quotation, question or negation."""
    if not SHORTER * len(template) <= len(said) <= LONGER * len(template):
        return False
    if said.count("?") != template.count("?") or UNSAFE.search(_VERBATIM.sub("", said)):
        return False
    if sorted(_VERBATIM.findall(said)) != sorted(_VERBATIM.findall(template)):
        return False
    if facts_of(said) != facts_of(template) or _names(said) != _names(template):
        return False
    if support.negations(said) != support.negations(template):
        return False
    if support.weighty(said, template) or support.weighty(template, said):
        return False
    if support.flipped(said, template, template) or support.flipped(template, said, said):
        return False
    return support.shared(said, template) >= SHARED and support.shared(template, said) >= SHARED


def _names(text: str) -> set[str]:
    return {name.rstrip(".-") for name in _NAME.findall(text)}


@lru_cache(maxsize=1)
def harmless() -> frozenset[str]:
    """Phrases whose tone may change."""
    return frozenset(read_yaml(_HERE / "data" / "rephrase.yml"))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
