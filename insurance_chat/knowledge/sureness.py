"""How surely a passage answers a question, from what the close reading has seen."""

from __future__ import annotations

from insurance_chat.knowledge.search import Hit, gram_share
from insurance_chat.knowledge.words import Question

# Coverage of the question, the heading's words in it, its words in the heading, its 4-grams.
WEIGHTS = (0.42, 0.14, 0.20, 0.24)
READ_WEIGHT = 0.5  # of those signs together in a document that the known questions are about
ASKED_WEIGHT = 0.6
BESIDE_COST = 0.6  # for being more like a question that the documents do not answer
BESIDE_RATIO = 0.4  # of the likeness to a known question of the section; less is no matter
FOREIGN_COST = 0.15
CONFIDENT = 0.46
# A document that the known questions are not about: fitted on the first half of
# bench/data/insurer_questions.yml.
ALONE_WEIGHTS = (0.50, 0.25, 0.0, 0.25)
LEAD_GAIN = 0.20  # for a passage that is far ahead of the next section
OWN_GAIN = 0.10  # the document is of the very company that the question names
# For a meaning near to the question, where an embedding model is configured; too little to answer by
# meaning alone, because no real model has been measured.
MEANT_GAIN = 0.25
CONFIDENT_ALONE = 0.66


def confidence(question: Question, hit: Hit) -> float:
    """How surely a passage answers a question, 0..1.

    A weighted sum; for documents that come with the service, likeness to known questions counts
    as well. Weights are measured; see docs/adr/0002-search-engine.md.
    """
    grams = gram_share(question, f"{hit.title} {hit.heading} {hit.text}")
    signs = (hit.coverage, hit.heading_named, hit.heading_matched, grams)
    weights = WEIGHTS if hit.known else ALONE_WEIGHTS
    read = sum(weight * sign for weight, sign in zip(weights, signs, strict=True))
    if not hit.known:
        beyond_words = OWN_GAIN * hit.own + LEAD_GAIN * hit.lead + MEANT_GAIN * hit.meant
        return min(1.0, read + beyond_words)
    beside = max(0.0, hit.beside - BESIDE_RATIO * hit.asked)
    likely = READ_WEIGHT * read + ASKED_WEIGHT * hit.asked - BESIDE_COST * beside
    return likely - FOREIGN_COST * hit.foreign


def surplus(question: Question, hit: Hit) -> float:
    """By how much a passage is surer than it needs to be quoted; negative when it is not."""
    return confidence(question, hit) - (CONFIDENT if hit.known else CONFIDENT_ALONE)


def sure(question: Question, hit: Hit) -> bool:
    """Whether a passage fits a question well enough to be quoted."""
    return surplus(question, hit) >= 0
