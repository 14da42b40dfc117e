"""What a failed call means for its key: how long it rests, whether it counts, what people are told."""

from __future__ import annotations

from insurance_chat.llm.ports import Usage, Why

#: Seconds that a key rests. A key that will not work by itself rests longer.
REST_SECONDS: dict[Why, int] = {
    Why.RATE_LIMITED: 30,
    Why.NO_MONEY: 600,
    Why.WRONG_KEY: 600,
    Why.NO_ACCESS: 60,
    Why.SERVER_ERROR: 15,
    Why.MALFORMED: 15,
    Why.TOO_SLOW: 15,
    Why.NO_CONNECTION: 15,
    Why.CERTIFICATE: 300,
    Why.CUT: 15,
}
LONGEST_REST_SECONDS = 3600
#: The provider may have worked on these, so the request stays counted.
WORKED = frozenset({Why.TOO_SLOW, Why.MALFORMED, Why.CUT, Why.REFUSED})
WORDS: dict[str, str] = {
    Why.TOO_SLOW: "Модель отвечает слишком долго. Проверьте адрес или увеличьте LLM_TIMEOUT_SECONDS.",
    Why.RATE_LIMITED: "Слишком много запросов: поставщик просит подождать. Добавьте запасной ключ.",
    Why.NO_MONEY: "На счёте у поставщика закончились деньги или квота. Пополните счёт.",
    Why.WRONG_KEY: "Ключ не подходит: он неверный, отозван или от другого поставщика.",
    Why.NO_ACCESS: "У ключа нет доступа к этой модели, или такой модели нет. Проверьте её название.",
    Why.BAD_REQUEST: "Поставщик не понял запрос. Проверьте адрес и название модели.",
    Why.SERVER_ERROR: "У поставщика сбой. Попробуйте позже.",
    Why.MALFORMED: "Ответ непонятен: похоже, по этому адресу не языковая модель. Проверьте адрес.",
    Why.NO_CONNECTION: "Адрес не отвечает. Проверьте его и доступ в интернет.",
    Why.CERTIFICATE: "Сертификату адреса нет доверия. Для GigaChat укажите в LLM_CA_FILE файл "
    "с корневым сертификатом Минцифры.",
    Why.CUT: "Связь оборвалась посреди ответа. Попробуйте ещё раз.",
    Why.REFUSED: "Модель отказалась отвечать.",
}

#: The same in two or three words, for a list.
SHORT: dict[str, str] = {
    Why.TOO_SLOW: "отвечает слишком долго",
    Why.RATE_LIMITED: "слишком много запросов",
    Why.NO_MONEY: "нет денег на счёте",
    Why.WRONG_KEY: "ключ не подходит",
    Why.NO_ACCESS: "нет доступа к модели",
    Why.SERVER_ERROR: "сбой у поставщика",
    Why.MALFORMED: "непонятный ответ",
    Why.NO_CONNECTION: "адрес не отвечает",
    Why.CERTIFICATE: "нет доверия сертификату",
    Why.CUT: "связь обрывается",
}


class CallFailed(Exception):  # noqa: N818 - an outcome of one key, never shown to a caller
    """One key did not answer. Holds nothing of the exchange: it could carry the key or the prompt.

    Args:
        retry_after: seconds that the provider asks to wait.
        usage: what the provider counted in spite of the failure.
    """

    def __init__(
        self, why: Why, retry_after: float | None = None, usage: Usage | None = None
    ) -> None:
        super().__init__(why.value)
        self.why = why
        self.retry_after = retry_after
        self.usage = usage or Usage()

    @property
    def rest_seconds(self) -> float:
        """How long the key rests; 0 when the failure is not the key's."""
        usual = REST_SECONDS.get(self.why, 0)
        if self.retry_after is None or not usual:
            return usual
        return min(max(self.retry_after, 1), LONGEST_REST_SECONDS)

    @property
    def counts(self) -> bool:
        """Whether the request counts against the limits."""
        return self.why in WORKED or self.usage != Usage()
