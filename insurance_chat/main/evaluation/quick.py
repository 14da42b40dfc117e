"""The services of the product as an evaluation runs them."""

from __future__ import annotations

from typing_extensions import override

from insurance_chat.dialogue.turn import Thinker
from insurance_chat.dialogue.understanding.ports import Understanding
from insurance_chat.insurance.providers.polis_online.client import PolisOnline
from insurance_chat.insurance.providers.polis_online.resilience import Resilience
from insurance_chat.main.evaluation.timing import TimedThinker
from insurance_chat.main.wiring import Services

QUICK = Resilience(
    attempts=2, first_wait=0.01, longest_wait=0.02, open_for=0.0, poll_every=0.01, poll_for=1
)


class QuickServices(Services):
    """The services of the product with shorter pauses towards the provider, and a watch.

    `timing` tells how long each turn took.
    """

    @override
    def _polis_online(self) -> PolisOnline:
        return PolisOnline(self.settings.polis_online, self.http, self._record, resilience=QUICK)

    @override
    def _model_understanding(self) -> Understanding:
        self.understands = super()._model_understanding()
        return self.understands

    @override
    def _thinker(self) -> Thinker:
        self.timing = TimedThinker(super()._thinker())
        return self.timing
