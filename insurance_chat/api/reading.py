"""A document of the knowledge base as a page for reading: people should not have to open Markdown."""

from __future__ import annotations

import re
from datetime import date
from html import escape
from typing import Any

import yaml
from markdown_it import MarkdownIt

from insurance_chat.core.yaml_files import parse_yaml

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.{0,8000}?)\r?\n---[ \t]*\r?\n", re.DOTALL)
_HEADING = re.compile(r"^#[ \t]+(.+)$", re.MULTILINE)
# Tags in the source are shown as text; only safe addresses become links.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")

_PAGE = """<!doctype html><html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:17px/1.55 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;
color:#1c2430;background:#fff;overflow-wrap:break-word}}h1{{font-size:1.6rem;line-height:1.25}}
h2{{font-size:1.2rem;margin:1.8rem 0 .4rem}}p{{margin:.5rem 0}}small,footer{{color:#5b6675}}
table{{border-collapse:collapse;display:block;overflow-x:auto}}
th,td{{border:1px solid #c9d2dd;padding:.4rem .6rem;text-align:left}}
footer{{margin-top:2.5rem;border-top:1px solid #c9d2dd;padding-top:.8rem;font-size:.9rem}}
@media(prefers-color-scheme:dark){{body{{color:#e8edf4;background:#12161c}}a{{color:#8ab8ff}}
small,footer{{color:#9aa6b6}}th,td,footer{{border-color:#3a4452}}}}
</style></head><body><main>{body}</main>{footer}</body></html>"""


def reading_page(text: str, name: str) -> str:
    """HTML of a Markdown document, with its date and origin below.

    Args:
        text: the document, with or without a YAML heading.
        name: file name, the title of a document that has no heading of its own.
    """
    front, body = _split(text)
    heading = _HEADING.search(body)
    title = heading.group(1) if heading else name
    shown = body if heading else f"# {title}\n\n{body}"
    return _PAGE.format(title=escape(title), body=_MARKDOWN.render(shown), footer=_footer(front))


def _split(text: str) -> tuple[dict[str, Any], str]:
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    try:
        values = parse_yaml(found.group(1))
    except yaml.YAMLError:
        return {}, text
    return (values if isinstance(values, dict) else {}), text[found.end() :]


def _footer(front: dict[str, Any]) -> str:
    lines = []
    since, source = front.get("valid_from"), front.get("source")
    if isinstance(since, date):
        lines.append(f"Действует с {since:%d.%m.%Y}")
    if isinstance(source, str):  # a list with aliases could unfold to gigabytes
        lines.append(f"Источник: {source}")
    shown = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f"<footer>{shown}</footer>" if lines else ""
