"""What the results of an evaluation come to; nothing here knows dialogues or databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, comb

MOST_RUNS = 4


def pass_k(runs: Sequence[tuple[int, int]], k: int) -> float | None:
    """pass^k: how probable it is that all of k runs of a dialogue succeed, averaged over dialogues.

    For a dialogue with c successes in n runs the unbiased estimate is C(c, k) / C(n, k); this is the
    measure of τ-bench (arXiv:2406.12045, section 4).

    Args:
        runs: `(successes, runs)` of each dialogue.
        k: how many runs must all succeed.

    Returns:
        Between 0 and 1; None when no dialogue was run k times.
    """
    known = [comb(good, k) / comb(count, k) for good, count in runs if count >= k]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class Handovers:
    """How well the assistant knows when a human is needed.

    Args:
        precision: of the humans that were called, the share that was wanted; None without any call.
        recall: of the humans that were wanted, the share that was called; None without any wish.
    """

    precision: float | None
    recall: float | None


def handovers(pairs: Iterable[tuple[bool, bool]]) -> Handovers:
    """Precision and recall.

    Args:
        pairs: for each dialogue whether a human was wanted and whether one was called.
    """
    known = list(pairs)
    right = sum(wanted and called for wanted, called in known)
    called, wanted = sum(one for _, one in known), sum(one for one, _ in known)
    return Handovers(
        right / called if called else None,
        right / wanted if wanted else None,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` of the values do not exceed (nearest rank); None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def mean(values: Sequence[float]) -> float | None:
    """The average; None without values."""
    return sum(values) / len(values) if values else None


def roubles(
    prompt_tokens: int, completion_tokens: int, input_price: float, output_price: float
) -> float | None:
    """What tokens cost.

    Args:
        input_price, output_price: roubles for a million tokens of the question and of the answer.

    Returns:
        Roubles; None when neither price is known.
    """
    if not input_price and not output_price:
        return None
    return (prompt_tokens * input_price + completion_tokens * output_price) / 1_000_000
