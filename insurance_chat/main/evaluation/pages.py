"""A page with one form, filled the way a browser does it: by the fields that really stand there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

from typing_extensions import override

from insurance_chat.main.evaluation.failure import check

_NOT_TYPED = frozenset({"submit", "button", "reset", "image"})


class Form(HTMLParser):
    """The form of a page.

    Args:
        html: the page.

    Attributes:
        method: `post` or `get`.
        action: where it goes, relative to the page.
        options: name of a field → values that may be chosen; empty for one that is typed.
        required: names of fields that a browser does not let stay empty.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.method = ""
        self.action = ""
        self.options: dict[str, list[str]] = defaultdict(list)
        self.required: set[str] = set()
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.method = (found.get("method") or "get").lower()
            self.action = found.get("action") or ""
        name = found.get("name")
        if tag != "input" or not name or found.get("type") in _NOT_TYPED:
            return
        chosen = self.options[name]
        if found.get("type") == "radio":
            chosen.append(found.get("value") or "on")
        if "required" in found:
            self.required.add(name)


def filled(url: str, html: str, answers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Where the form of a page is sent, and with what.

    Args:
        url: of the page.
        answers: name of a field → what the person types or chooses.

    Raises:
        Failed: there is no form to send, it wants what this person cannot answer, does not ask for
            what they would, or does not offer what they choose.
    """
    form = Form(html)
    check(form.method == "post", f"на странице нет формы для ответов: {html[:200]}")
    check(form.required <= set(answers), f"нет ответа: {sorted(form.required - set(answers))}")
    check(
        set(answers) <= set(form.options),
        f"не спрошено: {sorted(set(answers) - set(form.options))}",
    )
    for name, value in answers.items():
        offered = form.options[name]
        check(not offered or value in offered, f"{name}: нельзя выбрать {value}, есть {offered}")
    return urljoin(url, form.action), dict(answers)
