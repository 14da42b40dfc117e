"""The figures of a result as rows of Russian words; the screen and the report show the same ones."""

from __future__ import annotations

from insurance_chat.main.evaluation.figures import MOST_RUNS
from insurance_chat.main.evaluation.phrases import Phrases
from insurance_chat.main.evaluation.results import Result

FORMULA = (
    "pass^k — вероятность того, что k прогонов диалога подряд пройдут без сбоя: среднее по диалогам "
    "от C(c, k) / C(n, k), где n — сколько раз диалог сыгран, c — сколько раз удачно."
)
UNKNOWN = "—"
Row = tuple[str, str, str]


def rows(result: Result) -> list[Row]:
    """Name of a figure, its value, what it means."""
    called = result.handovers()
    cost = result.roubles_per_dialogue()
    made = len(result.attempts)
    titles = len(result.by_title())
    found: list[Row] = [
        ("Понимает и отвечает", result.model, ""),
        ("Диалогов", f"{titles}, прогонов {made}", ""),
    ]
    for k in range(1, MOST_RUNS + 1):
        value = result.pass_k(k)
        if value is not None or k == 1:
            found.append((f"pass^{k}", share(value), "все прогоны из k удались"))
    found += [
        ("Неверных цен", count(result, "wrong_prices"), "полис не по цене страховой или не по названной"),
        ("Двойных продаж", count(result, "double_sales"), "лишний полис на то же самое с той же даты"),
        ("Остановлено ответов", count(result, "blocked"), "сумма без источника, клиент её не увидел"),
        ("Передачи человеку: точность", share(called.precision), "из вызовов человека нужных"),
        ("Передачи человеку: полнота", share(called.recall), "из нужных вызовов сделанных"),
        ("Ходов на диалог", number(result.per_dialogue("turns")), "ответов на слова клиента"),
        ("Обращений к модели на диалог", number(result.per_dialogue("calls")), ""),
        ("Токенов на диалог", _tokens(result), "на вопрос + на ответ"),
        ("Рублей на диалог", number(cost, 4) if cost is not None else _no_price(result), ""),
        ("До первых слов, p50 / p95", _latency(result, "first_ms"), "мс от начала ответа"),
        ("До полного ответа, p50 / p95", _latency(result, "full_ms"), "мс от начала ответа"),
    ]  # fmt: skip
    if result.phrases is not None:
        found += _phrases(result.phrases)
    return found


def _phrases(phrases: Phrases) -> list[Row]:
    return [
        ("Намерения поняты верно", _of(phrases.intents), "размеченные фразы"),
        ("Факты записаны верно", _of(phrases.slots), "размеченные фразы"),
        ("Лишних фактов", str(phrases.invented), "записано то, чего во фразе нет"),
    ]


def _of(classes: dict[str, tuple[int, int]]) -> str:
    good, total = (sum(one[place] for one in classes.values()) for place in (0, 1))
    return f"{share(good / total)} ({good} из {total})" if total else UNKNOWN


def share(value: float | None) -> str:
    """«94,2 %»."""
    return UNKNOWN if value is None else f"{value * 100:.1f} %".replace(".", ",")


def number(value: float | None, digits: int = 1) -> str:
    """«3,5»."""
    return UNKNOWN if value is None else f"{value:.{digits}f}".replace(".", ",")


def count(result: Result, name: str) -> str:
    """A total, or a dash when no dialogue was played."""
    return str(result.total(name)) if result.attempts else UNKNOWN


def _tokens(result: Result) -> str:
    asked, answered = (
        result.per_dialogue("prompt_tokens"),
        result.per_dialogue("completion_tokens"),
    )
    return f"{number(asked, 0)} + {number(answered, 0)}" if asked is not None else UNKNOWN


def _no_price(result: Result) -> str:
    if not result.total("calls"):
        return "0 (модель не спрашивали)" if result.attempts else UNKNOWN
    return "цена неизвестна: задайте LLM_PRICE_INPUT_RUB и LLM_PRICE_OUTPUT_RUB"


def _latency(result: Result, name: str) -> str:
    half, most = result.latency(name, 0.5), result.latency(name, 0.95)
    return f"{number(half)} / {number(most)}"


def table(results: list[Result]) -> str:
    """All figures of one configuration, or of several side by side, for the screen."""
    columns = [rows(result) for result in results]
    names = dict.fromkeys(name for column in columns for name, _, _ in column)
    values = [{name: value for name, value, _ in column} for column in columns]
    width = max(map(len, names))
    lines = []
    if len(results) > 1:
        heads = [result.name for result in results]
        lines.append(_line("", heads, width))
    lines += [_line(name, [value.get(name, UNKNOWN) for value in values], width) for name in names]
    return "\n".join(lines)


def _line(name: str, values: list[str], width: int) -> str:
    return f"{name:<{width}}  " + "  |  ".join(f"{value:<28}" for value in values).rstrip()
