"""Says in plain Russian why the search has found a passage."""

from __future__ import annotations

from insurance_chat.knowledge.search import Hit

VECTOR = "vector"  # name of the leg that compares meanings, where one is configured
MOST = 0.75  # from this share on most words are there
LITTLE = 0.05  # signs below this are not worth a word
LIKELY = 0.5  # likeness to a known question


def explain(hit: Hit) -> list[str]:
    """Reasons for and against a passage, the weightiest first; never empty.

    Args:
        hit: of `KnowledgeIndex.search`.
    """
    reasons = [
        (hit.asked >= LIKELY, f"Похож на известный вопрос к этому разделу: {_percent(hit.asked)}."),
        (hit.own, "Документ компании, которую назвали в вопросе."),
        (hit.coverage >= MOST, f"В тексте есть почти все слова вопроса: {_percent(hit.coverage)}."),
        (
            LITTLE < hit.coverage < MOST,
            f"В тексте есть часть слов вопроса: {_percent(hit.coverage)}.",
        ),
        (
            max(hit.heading_named, hit.heading_matched) > LITTLE,
            f"Слова вопроса в заголовке: {_percent(hit.heading_matched)};"
            f" вопрос называет {_percent(hit.heading_named)} заголовка.",
        ),
        (hit.lexical > 0, f"Найден по словам, вес {_weight(hit.lexical)}."),
        (hit.ngram > 0, f"Найден по частям слов, опечатки прощаются, вес {_weight(hit.ngram)}."),
        (vector_of(hit) > 0, f"Близок по смыслу: {_weight(vector_of(hit))}."),
        (hit.fresh >= 1, "Самый новый документ среди найденных."),
        (hit.foreign, "Ниже в списке: документ о другом продукте."),
        (
            hit.beside > max(hit.asked, LIKELY),
            "Вопрос похож на такие, на которые документы не отвечают.",
        ),
    ]
    return [words for holds, words in reasons if holds] or ["Общих слов с вопросом почти нет."]


def vector_of(hit: Hit) -> float:
    """How near the meanings are; 0 without an embedding endpoint."""
    return hit.legs.get(VECTOR, 0.0)


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"


def _weight(score: float) -> str:
    return f"{score:.1f}".replace(".", ",")
