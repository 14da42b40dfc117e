"""Renders the sandbox's own Russian pages."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from insurance_chat.sandbox.context import base_path

# The pages have no scripts; the text of a letter is shown in a closed frame.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def _roubles(value: str) -> str:
    """«12 345,67 ₽» with no-break spaces."""
    return f"{Decimal(value):,.2f}".replace(",", "\u00a0").replace(".", ",") + "\u00a0₽"


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["roubles"] = _roubles


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """An HTML page; `root` in a template is the path of the sandbox for links."""
    html = _TEMPLATES.get_template(template).render(root=base_path(request), **values)
    return HTMLResponse(html, status, headers={"Content-Security-Policy": _POLICY})
