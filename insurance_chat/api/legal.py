"""Texts that a client may want to read in full: the consent, and who we are."""

from __future__ import annotations

import re
from datetime import date
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.core.errors import not_found
from insurance_chat.insurance.consent import PROCESSING_CONSENT, RECIPIENTS
from insurance_chat.insurance.products import consent_texts

router = APIRouter(prefix="/legal", include_in_schema=False)

_PAGE = """<!doctype html><html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:17px/1.55 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;
color:#1c2430;background:#fff}}h1{{font-size:1.5rem}}small{{color:#5b6675}}
@media(prefers-color-scheme:dark){{body{{color:#e8edf4;background:#12161c}}a{{color:#8ab8ff}}small{{color:#9aa6b6}}}}
</style></head><body><h1>{title}</h1>{body}</body></html>"""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def _page(title: str, paragraphs: list[str], note: str = "") -> HTMLResponse:
    body = "".join(f"<p>{_linked(text)}</p>" for text in paragraphs if text.strip())
    if note:
        body += f"<p><small>{escape(note)}</small></p>"
    return HTMLResponse(_PAGE.format(title=escape(title), body=body), headers=_HEADERS)


def _linked(text: str) -> str:
    """An address of ours in brackets becomes a link; the stored text stays as it was agreed to."""
    return re.sub(r"\((/legal/\w+)\)", r'(<a href="\1">открыть</a>)', escape(text))


@router.get("/consent")
async def consent() -> HTMLResponse:
    """Full text of the consent to the processing of personal data (152-ФЗ art. 9)."""
    return _consent_page(PROCESSING_CONSENT)


@router.get("/consent/{purpose}")
async def consent_to(purpose: str) -> HTMLResponse:
    """Full text of the consent of one product, e.g. `mortgage`, `health`.

    Raises:
        ServiceError: `page_not_found`.
    """
    text = consent_texts().get(purpose)
    if text is None:
        raise not_found("page_not_found", "Такой страницы нет.")
    return _consent_page(text)


def _consent_page(consent: ConsentText) -> HTMLResponse:
    title, *rest = consent.text.splitlines()
    since = date.fromisoformat(consent.version)
    return _page(title, [*rest, RECIPIENTS], f"Редакция от {since:%d.%m.%Y}")


@router.get("/about")
async def about(request: Request) -> HTMLResponse:
    """Who we are, by what right we sell, and where to complain (4015-1 art. 8)."""
    settings = request.app.state.services.settings.insurance
    return _page(
        "Кто мы",
        [
            f"{settings.seller_name}, {settings.seller_status}.",
            "Полис выпускает страховая компания, которую вы выбрали; оплата идёт на её счёт.",
            "Наше вознаграждение платит страховщик, цена полиса для вас от этого не меняется.",
            f"Жалобы и обращения: {settings.seller_contacts}.",
        ],
    )
