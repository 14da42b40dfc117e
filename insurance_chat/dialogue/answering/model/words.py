"""Faults of a model's sentence in words: for the administrator, and for the model to do better."""

from __future__ import annotations

from insurance_chat.dialogue.answering.model.check import Fault, Verdict

_WORDS = {
    Fault.EMPTY: "ответ пустой",
    Fault.UNCITED: "предложение без ссылки на отрывок",
    Fault.MALFORMED: "ссылка записана неправильно",
    Fault.UNKNOWN_PASSAGE: "отрывка с таким номером нет",
    Fault.NOT_IN_PASSAGE: "куска из ссылки нет в отрывке",
    Fault.MARKUP: "в предложении разметка или код",
    Fault.FIGURE: "числа, даты или адреса нет в источнике",
    Fault.WORDS: "слов предложения нет в источнике",
    Fault.WEIGHTY: "важного слова нет в источнике",
    Fault.NEGATION: "отрицание не такое, как в источнике",
    Fault.LIMIT: "граница не такая, как в источнике",
    Fault.MOVED: "в источнике это сказано о другом",
}


def told(verdict: Verdict) -> str:
    """«числа, даты или адреса нет в источнике: 999 ₽»; empty for a good sentence."""
    if verdict.fault is None:
        return ""
    words = _WORDS[verdict.fault]
    return f"{words}: {verdict.detail}" if verdict.fault is Fault.FIGURE else words
