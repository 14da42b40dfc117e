"""The whole way of a document: dropped, read, corrected, tried, published, cited, replaced, deleted."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.sale.client import Client
from tests.journeys.sale.conftest import Product, product  # noqa: F401
from tests.journeys.staff.desk import log_in
from tests.support.browser import axe_violations, browser, new_context  # noqa: F401
from tests.support.office_files import pdf

pytestmark = pytest.mark.asyncio(loop_scope="session")
TITLE = "Правила страхования яхт «Тихая гавань»"
QUESTION = "какая франшиза по яхте"
NO_ANSWER = "Не знаю точного ответа"
DROP = """(files) => { const drop = new DataTransfer();
for (const [name, type, body] of files)
  drop.items.add(new File([Uint8Array.from(atob(body), (one) => one.charCodeAt(0))], name, {type}));
return drop; }"""


def rules(deductible: str) -> bytes:
    """Rules of three pages; the deductible stands on the second one."""
    return pdf(f"""#set page(width: 14cm, height: 10cm)
#set text(lang: "ru", size: 10pt)
#set document(title: "{TITLE}")
= {TITLE}
Редакция от 01.09.2026. РЕСО-Гарантия.
== Кого страхуем
Страхуем владельцев парусных и моторных яхт длиной до 20 метров.
#pagebreak()
== Франшиза
Безусловная франшиза по яхте составляет {deductible} рублей по каждому страховому случаю.
#pagebreak()
== Лимиты
Лимит ответственности по жизни и здоровью составляет 500 000 рублей.
""")


@pytest.fixture
async def admin(browser: Browser, product: Product) -> AsyncIterator[Page]:  # noqa: F811
    """The administrator at a computer."""
    context = await new_context(browser)
    page = await context.new_page()
    kept = json.loads((product.data_dir / "first-start.json").read_text("utf-8"))["admin"]
    await log_in(page, product.url, kept["username"], kept["password"])
    yield page
    await context.close()


@pytest.fixture
async def visitor(
    browser: Browser,  # noqa: F811
    product: Product,  # noqa: F811
    tmp_path: Path,
) -> AsyncIterator[Client]:
    """A client of the demo site at a computer."""
    context = await new_context(browser)
    person = Client(await context.new_page(), product.url, "desktop", tmp_path)
    await person.come()
    yield person
    await context.close()


async def _drop(page: Page, url: str, *files: tuple[str, str, bytes]) -> None:
    await page.goto(f"{url}/staff/admin/knowledge/add")
    await expect(page.get_by_role("button", name="Выбрать файлы")).to_be_visible()
    packed = [[name, mime, base64.b64encode(body).decode()] for name, mime, body in files]
    dropped = await page.evaluate_handle(DROP, packed)
    await page.locator(".drop").dispatch_event("drop", {"dataTransfer": dropped})


async def _check(page: Page, name: str) -> None:
    """Wait until a file has been read and open its preview."""
    ready = page.get_by_role("link", name=f"Проверить и опубликовать: {name}").first
    await expect(ready).to_be_visible(timeout=60_000)
    await ready.click()
    await expect(page.get_by_text("1. Проверьте, что понял сервис")).to_be_visible()


async def _publish(page: Page, version: int) -> None:
    await page.get_by_role("button", name="Опубликовать", exact=True).click()
    await expect(page.get_by_text(f"Версия {version}. Ассистент уже отвечает")).to_be_visible()


async def test_a_dropped_pdf_is_checked_published_cited_replaced_and_deleted(
    admin: Page,
    visitor: Client,
    product: Product,  # noqa: F811
) -> None:
    await visitor.write(QUESTION, NO_ANSWER)

    # Several files at once; one of them has no text and is refused by name.
    kind = "application/pdf"
    empty = ("empty.txt", "text/plain", b"  \n ")
    await _drop(admin, product.url, ("yacht.pdf", kind, rules("17 000")), empty)
    await expect(admin.get_by_text("empty.txt: В файле нет текста.")).to_be_visible()
    await _check(admin, "yacht.pdf")

    # What was understood, with its words and their page; a person corrects the kind and a condition.
    await expect(admin.get_by_label("Компания")).to_have_value("РЕСО-Гарантия")
    await expect(admin.get_by_label("Значение").first).to_have_value("17 000 рублей")
    proof = admin.get_by_role("link", name=f"стр. 2: {TITLE}").first
    assert str(await proof.get_attribute("href")).endswith("/source#page=2")
    await admin.get_by_label("Вид", exact=True).click()
    await admin.get_by_role("option", name="Памятка").click()
    await admin.get_by_label("О чём").nth(1).fill("Лимит по жизни и здоровью людей")

    # The answer before and after, though nothing is published.
    await admin.get_by_label("Вопрос для проверки").fill(QUESTION)
    await admin.get_by_role("button", name="Спросить").click()
    sides = admin.locator(".side")
    await expect(sides.filter(has_text="После публикации")).to_contain_text("17 000 рублей")
    await expect(sides.filter(has_text="Сейчас")).to_contain_text("не знает ответа")
    assert await axe_violations(admin) == []
    await visitor.write(QUESTION, NO_ANSWER)
    await _publish(admin, 1)

    # The client gets the words with their source, which opens at the page.
    await visitor.write(QUESTION, "составляет 17 000 рублей")
    await visitor.page.locator("insurance-chat .sources button.chip").last.click()
    source = visitor.page.locator("insurance-chat .source a").last
    await expect(visitor.page.locator("insurance-chat .source").last).to_contain_text("стр. 2")
    address = str(await source.get_attribute("href"))
    assert address.endswith("#page=2")
    file = await visitor.page.request.get(address)
    assert (file.status, (await file.body())[:5]) == (200, b"%PDF-")

    await _replace_and_take_back(admin, visitor, product)
    await _delete_and_answer_by_hand(admin, visitor, product)


async def _replace_and_take_back(
    admin: Page,
    visitor: Client,
    product: Product,  # noqa: F811
) -> None:
    await _drop(admin, product.url, ("yacht-2.pdf", "application/pdf", rules("19 000")))
    await _check(admin, "yacht-2.pdf")
    conflict = admin.locator(".sides").first
    await expect(conflict).to_contain_text("17 000 рублей")
    await expect(conflict).to_contain_text("19 000 рублей")
    await _publish(admin, 2)
    await visitor.write(QUESTION, "составляет 19 000 рублей")

    await admin.get_by_role("link", name="Открыть документ").click()
    await admin.get_by_role("button", name="Что изменилось после версии 1").click()
    await expect(admin.locator("del")).to_have_text("17")
    await expect(admin.locator("ins")).to_have_text("19")
    await admin.get_by_role("button", name="Вернуть версию 1").click()
    await admin.get_by_role("dialog").get_by_role("button", name="Вернуть").click()
    await expect(admin.get_by_text("Возвращён прежний текст: Текст версии 1")).to_be_visible()
    assert await axe_violations(admin) == []
    await visitor.write(QUESTION, "составляет 17 000 рублей")


async def _delete_and_answer_by_hand(
    admin: Page,
    visitor: Client,
    product: Product,  # noqa: F811
) -> None:
    await admin.goto(f"{product.url}/staff/admin/knowledge")
    await admin.get_by_role("button", name=f"Удалить документ {TITLE}").click()
    await admin.get_by_role("dialog").get_by_role("button", name="Удалить").click()
    await expect(admin.get_by_role("link", name=TITLE, exact=True)).to_have_count(0)
    await visitor.write(QUESTION, NO_ANSWER)

    # The question without an answer has been counted; one click answers it.
    await admin.goto(f"{product.url}/staff/admin/knowledge/questions")
    row = admin.get_by_role("listitem").filter(has_text=QUESTION)
    await expect(row).to_contain_text("3 раза")
    assert await axe_violations(admin) == []
    await row.get_by_role("button", name="Написать ответ").click()
    await admin.get_by_label("Ответ", exact=True).fill("Франшизу по яхте назовёт агент.")
    await admin.get_by_role("button", name="Опубликовать ответ").click()
    await expect(row).to_have_count(0)
    await visitor.write(QUESTION, "Франшизу по яхте назовёт агент.")

    # What was deleted comes back from the bin.
    await admin.goto(f"{product.url}/staff/admin/knowledge/bin")
    await admin.get_by_role("button", name=f"Вернуть {TITLE}").first.click()
    await expect(admin.get_by_text(re.compile("снова отвечает"))).to_be_visible()
    await admin.goto(f"{product.url}/staff/admin/knowledge")
    await expect(admin.get_by_role("link", name=TITLE, exact=True)).to_be_visible()


async def test_files_are_added_with_a_phone(browser: Browser, product: Product) -> None:  # noqa: F811
    context = await new_context(browser, phone=True)
    page = await context.new_page()
    kept = json.loads((product.data_dir / "first-start.json").read_text("utf-8"))["admin"]
    await log_in(page, product.url, kept["username"], kept["password"])
    text = "# Памятка о байдарках\n\n## Хранение\n\nБайдарку хранят под навесом.\n"
    await page.goto(f"{product.url}/staff/admin/knowledge/add")
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="Выбрать файлы").click()
    await (await chosen.value).set_files(
        {"name": "kayak.md", "mimeType": "text/markdown", "buffer": text.encode()}
    )
    await _check(page, "kayak.md")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Отказаться").click()
    await expect(page.get_by_text("Не опубликовано")).to_be_visible()
    await page.goto(f"{product.url}/staff/admin/knowledge/bin")
    await page.get_by_role("button", name="Вернуть Памятка о байдарках").click()
    await expect(page.get_by_text("Ждёт проверки", exact=False)).to_be_visible()
    await context.close()
