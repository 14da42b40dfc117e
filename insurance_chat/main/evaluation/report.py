"""The report: one HTML file in Russian that needs nothing else, not even the Internet."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from insurance_chat.core.clock import MOSCOW
from insurance_chat.main.evaluation import lines
from insurance_chat.main.evaluation.phrases import Phrases
from insurance_chat.main.evaluation.results import Attempt, Result
from insurance_chat.web.markup import Markup, badge, join, tag

LONGEST = 1_500
_STYLE = """
:root { --bg: #f5f6f8; --card: #fff; --text: #1b2430; --soft: #55606e; --line: #dce0e6; --good: #14683c; --good-bg: #dff3e7;
  --bad: #a11d1d; --bad-bg: #fbe3e1; --warn: #7a4a00; --warn-bg: #fdeecb; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161c; --card: #1b2129; --text: #e8ecf1; --soft: #a7b1be; --line: #323b47;
  --good: #8fdcb0; --good-bg: #173626; --bad: #ffaaa2; --bad-bg: #45201d; --warn: #f3cd7c; --warn-bg: #3d3013; } }
* { box-sizing: border-box; } body { margin: 0; background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px 16px 60px; } h1 { font-size: 1.7rem; margin: 0 0 4px; } h2 { font-size: 1.25rem; margin: 32px 0 10px; }
.soft, small { color: var(--soft); font-size: .9rem; } .box { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 8px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td, tr:last-child th { border-bottom: 0; } thead th { color: var(--soft); font-size: .85rem; } tbody th { font-weight: 400; }
thead th { border-bottom: 1px solid var(--line); } td.v { font-weight: 600; font-variant-numeric: tabular-nums; } .badge { display: inline-block; border-radius: 999px; padding: 1px 10px; font-size: .85rem; white-space: nowrap; }
.badge.good { background: var(--good-bg); color: var(--good); } .badge.bad { background: var(--bad-bg); color: var(--bad); } .badge.warn { background: var(--warn-bg); color: var(--warn); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--bg); border-radius: 6px; padding: 10px; margin: 6px 0 0; font-size: .85rem; max-height: 300px; overflow: auto; }
summary { cursor: pointer; } details { margin: 2px 0; }
@media (max-width: 640px) { .hint { display: none; } th, td { padding: 7px 8px; } }
"""


def report(results: list[Result], at: datetime, seconds: float) -> str:
    """The page.

    Args:
        results: one configuration, or several that are compared.
        at: when the evaluation began.
        seconds: how long it took.
    """
    when = f"{at.astimezone(MOSCOW):%d.%m.%Y %H:%M} по Москве, {round(seconds)} с"
    body = join(
        tag("h1", "Проверка ассистента"),
        tag("p", when, class_="soft"),
        tag("h2", "Итог"),
        _figures(results),
        tag("p", lines.FORMULA, class_="soft"),
        *(_dialogues(result, many=len(results) > 1) for result in results if result.attempts),
        *(_phrases(one.phrases, one.name) for one in results if one.phrases is not None),
    )
    head = join(
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", "Проверка ассистента"),
        Markup(f"<style>{_STYLE}</style>"),
    )
    page = tag("html", tag("head", head), tag("body", tag("main", body)), lang="ru")
    return f"<!doctype html>\n{page}\n"


def _figures(results: list[Result]) -> Markup:
    columns = [lines.rows(result) for result in results]
    hints = {name: hint for column in columns for name, _, hint in column}
    values = [{name: value for name, value, _ in column} for column in columns]
    body = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            *(tag("td", value.get(name, lines.UNKNOWN), class_="v") for value in values),
            tag("td", hint, class_="soft hint"),
        )
        for name, hint in hints.items()
    ]
    heads = [tag("th", result.name, scope="col") for result in results]
    head = tag("tr", tag("th", "Показатель", scope="col"), *heads, tag("th", "", class_="hint"))
    return _table(head, body)


def _table(head: Markup, body: list[Markup]) -> Markup:
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="box")


def _dialogues(result: Result, *, many: bool) -> Markup:
    name = f": {result.name}" if many else ""
    tries = sorted(result.by_title().items(), key=lambda one: all(run.ok for run in one[1]))
    head = tag(
        "tr",
        *(tag("th", one, scope="col") for one in ("Диалог", "Удачно", "Ходов", "Токенов", "мс")),
    )
    return join(
        tag("h2", f"Диалоги{name}"), _table(head, [_dialogue(title, runs) for title, runs in tries])
    )


def _dialogue(title: str, runs: list[Attempt]) -> Markup:
    good = sum(run.ok for run in runs)
    tone = "good" if good == len(runs) else "bad" if not good else "warn"
    tokens = sum(run.measured.prompt_tokens + run.measured.completion_tokens for run in runs)
    longest = max((one.full_ms for run in runs for one in run.measured.took), default=0)
    turns = sum(run.measured.turns for run in runs) / len(runs)
    failures = Counter(run.failure for run in runs if not run.ok)
    told = [
        tag("details", tag("summary", _first(text)), tag("pre", text[:LONGEST], tabindex="0"))
        for text in failures
    ]
    told += [tag("div", one) for run in runs for one in run.measured.wrong_prices]
    return tag(
        "tr",
        tag("td", title, *told),
        tag("td", badge(f"{good} из {len(runs)}", tone)),
        tag("td", lines.number(turns)),
        tag("td", str(tokens // len(runs))),
        tag("td", lines.number(longest, 0)),
    )


def _first(text: str) -> str:
    line = text.splitlines()[0]
    return line if len(line) <= 200 else line[:199] + "…"


def _phrases(phrases: Phrases, name: str) -> Markup:
    return join(
        tag("h2", f"Размеченные фразы: {name}"),
        tag(
            "p", "Фразы составили разработчики сервиса; в обучающих примерах их нет.", class_="soft"
        ),
        _classes("Намерение", phrases.intents),
        tag("h2", "Что с чем путается"),
        _confusion(phrases),
        tag("h2", "Факты"),
        _classes("Факт", phrases.slots),
        tag("h2", "Понято иначе"),
        _misses(phrases),
    )


def _classes(title: str, classes: dict[str, tuple[int, int]]) -> Markup:
    head = tag("tr", *(tag("th", one, scope="col") for one in (title, "Верно", "Доля")))
    ordered = sorted(classes.items(), key=lambda one: (one[1][0] / one[1][1], one[0]))
    body = [
        tag(
            "tr",
            tag("td", name),
            tag("td", f"{good} из {total}"),
            tag("td", badge(lines.share(good / total), "good" if good == total else "warn")),
        )
        for name, (good, total) in ordered
    ]
    return _table(head, body)


def _confusion(phrases: Phrases) -> Markup:
    """Rows are what was wanted, columns what was found; classes without a mistake are left out."""
    wrong = {pair: n for pair, n in phrases.confusion.items() if pair[0] != pair[1]}
    if not wrong:
        return tag("p", "Ни одна фраза не принята за другую.")
    wanted = sorted({pair[0] for pair in wrong})
    found = sorted({pair[1] for pair in wrong} | set(wanted))
    head = tag("tr", tag("th", "нужно \\ понято"), *(tag("th", one, scope="col") for one in found))
    body = [
        tag("tr", tag("th", row, scope="row"), *(_cell(phrases, row, column) for column in found))
        for row in wanted
    ]
    return _table(head, body)


def _cell(phrases: Phrases, wanted: str, found: str) -> Markup:
    count = phrases.confusion[(wanted, found)]
    if not count:
        return tag("td", "·", class_="soft")
    return tag("td", badge(str(count), "good" if wanted == found else "bad"))


def _misses(phrases: Phrases) -> Markup:
    head = tag("tr", *(tag("th", one, scope="col") for one in ("Фраза", "Нужно", "Понято")))
    body = [
        tag("tr", tag("td", one.says), tag("td", one.wanted), tag("td", one.got))
        for one in phrases.misses
    ]
    return _table(head, body) if body else tag("p", "Всё понято верно.")
