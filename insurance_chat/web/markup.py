"""HTML from parts; every text is escaped unless it is markup already."""

from __future__ import annotations

from html import escape

_VOID = frozenset({"br", "input", "img", "meta", "link"})


class Markup(str):
    """Text that is HTML and safe to show as it is."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: str | bool | int | None) -> Markup:
    """One element.

    Args:
        children: texts and elements; None is left out.
        attributes: `class_` and `for_` lose the underscore, `aria_label` becomes `aria-label`; False
            and None are left out, True stands without a value.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        shown = key.rstrip("_").replace("_", "-")
        parts.append(f" {shown}" if value is True else f' {shown}="{escape(str(value))}"')
    parts.append(">")
    if name in _VOID:
        return Markup("".join(parts))
    return Markup("".join([*parts, join(*children), f"</{name}>"]))


def join(*children: str | None, between: str = "") -> Markup:
    """Texts and elements one after another."""
    return Markup(between.join(text(child) for child in children if child is not None))


def text(value: str) -> Markup:
    """Escape a text; markup stays as it is."""
    return value if isinstance(value, Markup) else Markup(escape(value))


def link(title: str, path: str, **attributes: str | bool | int | None) -> Markup:
    """A link to one of the staff pages or to a file."""
    return tag("a", title, href=path, **attributes)


def badge(title: str, tone: str = "") -> Markup:
    """A small coloured label; tones: `good`, `warn`, `bad`, `info` or none."""
    return tag("span", title, class_=f"badge {tone}".strip())


def options(choices: list[tuple[str, str]], chosen: str) -> Markup:
    """Choices of a `select`: value and title."""
    return join(
        *(tag("option", title, value=value, selected=value == chosen) for value, title in choices)
    )
