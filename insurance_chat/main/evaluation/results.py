"""What one configuration has shown, attempt by attempt."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from insurance_chat.main.evaluation import figures
from insurance_chat.main.evaluation.figures import Handovers
from insurance_chat.main.evaluation.phrases import Phrases
from insurance_chat.main.evaluation.timing import Took


@dataclass(frozen=True, slots=True)
class Measured:
    """What a dialogue left behind.

    Args:
        turns: answered turns of the client.
        calls: of a model.
        called_human: a human was called in one of its chats.
        wrong_prices: sentences about policies whose price is not the insurer's or was never shown.
        double_sales: policies beyond the first for the same thing and day, or unknown to the service.
        blocked: answers that were not sent because a sum in them had no source.
    """

    turns: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    took: tuple[Took, ...] = ()
    called_human: bool = False
    wrong_prices: tuple[str, ...] = ()
    double_sales: int = 0
    blocked: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of one dialogue.

    Args:
        failure: why it failed; empty when it succeeded.
        wanted_human: whether a human is wanted in it; None when the script does not tell.
    """

    title: str
    failure: str
    measured: Measured
    wanted_human: bool | None = None

    @property
    def ok(self) -> bool:
        """Everything went as the script says."""
        return not self.failure


@dataclass(frozen=True, slots=True)
class Prices:
    """Roubles for a million tokens; 0 is unknown."""

    input: float = 0.0
    output: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """One configuration.

    Args:
        name: of the configuration.
        model: who understands and answers, in words.
    """

    name: str
    model: str
    attempts: list[Attempt] = field(default_factory=list)
    phrases: Phrases | None = None
    prices: Prices = Prices()

    def by_title(self) -> dict[str, list[Attempt]]:
        """All runs of each dialogue."""
        found: dict[str, list[Attempt]] = defaultdict(list)
        for attempt in self.attempts:
            found[attempt.title].append(attempt)
        return dict(found)

    def pass_k(self, k: int) -> float | None:
        """See `figures.pass_k`."""
        runs = self.by_title().values()
        return figures.pass_k([(sum(one.ok for one in tries), len(tries)) for tries in runs], k)

    def handovers(self) -> Handovers:
        """See `figures.handovers`."""
        return figures.handovers(
            (one.wanted_human, one.measured.called_human)
            for one in self.attempts
            if one.wanted_human is not None
        )

    def total(self, name: str) -> int:
        """Sum of a count over all attempts."""
        return sum(
            len(value) if isinstance(value, tuple) else int(value)
            for value in (getattr(one.measured, name) for one in self.attempts)
        )

    def per_dialogue(self, name: str) -> float | None:
        """Average of a count over all attempts."""
        return self.total(name) / len(self.attempts) if self.attempts else None

    def roubles_per_dialogue(self) -> float | None:
        """What the model costs for a dialogue; None when the prices are unknown."""
        spent = figures.roubles(
            self.total("prompt_tokens"),
            self.total("completion_tokens"),
            self.prices.input,
            self.prices.output,
        )
        return spent / len(self.attempts) if spent is not None and self.attempts else None

    def latency(self, name: str, share: float) -> float | None:
        """Milliseconds until the first (`first_ms`) or the last word (`full_ms`)."""
        took = [getattr(one, name) for attempt in self.attempts for one in attempt.measured.took]
        return figures.percentile(took, share)
