"""The page on which a client answers the questions about health: nothing of it passes the chat."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from insurance_chat.api.deps import services_of
from insurance_chat.core.errors import ServiceError
from insurance_chat.insurance.mortgage import questionnaire
from insurance_chat.insurance.mortgage.health import QUESTIONS

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html><html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{title}</title><style>
:root{{--text:#1c2430;--soft:#5b6675;--back:#fff;--line:#c4ccd8;--act:#1f5fd6;--on:#fff;--bad:#b3261e}}
@media(prefers-color-scheme:dark){{:root{{--text:#e8edf4;--soft:#9aa6b6;--back:#12161c;--line:#3a4554;--act:#8ab8ff;--on:#12161c;--bad:#ffb4ab}}}}
*{{box-sizing:border-box}}body{{font:17px/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;
padding:1.25rem 1rem 3rem;color:var(--text);background:var(--back)}}h1{{font-size:1.4rem;line-height:1.25;margin:.25rem 0 .75rem}}
p{{margin:.5rem 0}}a{{color:var(--act)}}.soft{{color:var(--soft)}}fieldset,.field{{border:0;border-top:1px solid var(--line);margin:0;padding:1rem 0}}
legend,label.q{{padding:0;font-weight:600;display:block;float:left;width:100%;margin-bottom:.5rem}}
.row{{clear:both;display:flex;gap:.75rem}}.row label{{display:flex;align-items:center;justify-content:center;gap:.5rem;flex:1;
min-height:48px;border:1px solid var(--line);border-radius:12px;cursor:pointer}}
.row label:has(input:checked){{border-color:var(--act);box-shadow:inset 0 0 0 1px var(--act)}}
input[type=radio]{{width:1.2rem;height:1.2rem;accent-color:var(--act)}}
input[inputmode]{{clear:both;width:100%;min-height:48px;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);
border-radius:12px;padding:0 .9rem}}:focus-visible{{outline:2px solid var(--act);outline-offset:2px}}
.bad{{color:var(--bad);margin:.4rem 0 0;clear:both}}button{{width:100%;min-height:52px;font:inherit;font-weight:600;border:0;border-radius:14px;
color:var(--on);background:var(--act);cursor:pointer;margin-top:.5rem}}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_TITLE = "Вопросы о здоровье"
_INTRO = (
    "<p>Нужны, чтобы рассчитать страхование жизни. Отвечайте точно: неверный ответ может стать причиной "
    "отказа в выплате.</p><p class='soft'>Ответы хранятся зашифрованными и передаются только страховым. "
    "В переписку они не попадают, агенты сервиса их не видят. "
    "<a href='/legal/consent/health'>Согласие</a> можно отозвать в чате: «отозвать согласие».</p>"
)
_NUMBERS = {"heightCm": "numeric", "weightKg": "decimal"}


@router.get("/anketa/{token}")
async def show_questions(request: Request, token: str) -> HTMLResponse:
    """The questions; a link that is over gives a plain page with status 404."""
    try:
        questionnaire.opened(services_of(request).db.cipher, token)
    except ServiceError:
        return _over()
    return _form({}, {})


@router.post("/anketa/{token}")
async def take_answers(request: Request, token: str) -> HTMLResponse:
    """Seal the answers; wrong ones are asked again, and nothing is shown of them on any other page."""
    services = services_of(request)
    try:
        ticket = questionnaire.opened(services.db.cipher, token)
    except ServiceError:
        return _over()
    form = {name: str(value)[:20] for name, value in (await request.form()).items()}
    wrong = questionnaire.wrong_fields(form)
    if wrong:
        return _form(form, wrong)
    try:
        async with services.db.unit() as unit:
            await questionnaire.submit(unit, ticket, form)
    except ServiceError as error:
        if error.code != "health_consent_required":
            raise
        return _over()
    text = "Ответы получены и запечатаны. Возвращайтесь в чат: оформление продолжится там само."
    return _page("Спасибо", f"<p>{text}</p>")


def _over() -> HTMLResponse:
    text = "Ссылка больше не действует. Вернитесь в чат и попросите новую."
    return _page("Ссылка не действует", f"<p>{text}</p>", 404)


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=title, body=body), status, _HEADERS)


def _form(said: dict[str, str], wrong: dict[str, str]) -> HTMLResponse:
    fields = "".join(
        _number(name, text, said, wrong) if name in _NUMBERS else _choice(name, text, said, wrong)
        for name, text in QUESTIONS.items()
    )
    body = (
        f"{_INTRO}<form method='post' autocomplete='off'>{fields}<button>Отправить</button></form>"
    )
    return _page(_TITLE, body, 422 if wrong else 200)


def _number(name: str, text: str, said: dict[str, str], wrong: dict[str, str]) -> str:
    return (
        f"<div class='field'><label class='q' for='{name}'>{escape(text)}</label>"
        f"<input id='{name}' name='{name}' inputmode='{_NUMBERS[name]}' required maxlength='6' "
        f"value='{escape(said.get(name, ''))}'{_described(name, wrong)}>{_problem(name, wrong)}</div>"
    )


def _choice(name: str, text: str, said: dict[str, str], wrong: dict[str, str]) -> str:
    options = "".join(
        f"<label><input type='radio' name='{name}' value='{value}' required"
        f"{' checked' if said.get(name) == value else ''}>{title}</label>"
        for value, title in (("no", "Нет"), ("yes", "Да"))
    )
    return (
        f"<fieldset{_described(name, wrong)}><legend>{escape(text)}</legend>"
        f"<div class='row'>{options}</div>{_problem(name, wrong)}</fieldset>"
    )


def _described(name: str, wrong: dict[str, str]) -> str:
    return f" aria-describedby='{name}-bad'" if name in wrong else ""


def _problem(name: str, wrong: dict[str, str]) -> str:
    return f"<p class='bad' id='{name}-bad'>{escape(wrong[name])}</p>" if name in wrong else ""
