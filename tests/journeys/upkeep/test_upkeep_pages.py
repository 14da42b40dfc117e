"""The administrator keeps the knowledge fresh and safe: updates of an insurer's page, backups."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from insurance_chat.sandbox.site import page_of
from tests.journeys.sale.client import Client
from tests.journeys.sale.conftest import Product
from tests.journeys.staff.desk import log_in
from tests.support.browser import axe_violations, browser, new_context  # noqa: F401
from tests.support.processes import Part, free_port, wait_until_serving

pytestmark = pytest.mark.asyncio(loop_scope="session")
QUESTION = "Есть ли бесплатная парковка у офиса Югории?"
NO_ANSWER = "Не знаю точного ответа"
SECONDS = 30_000


@pytest.fixture(scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product; the insurer's site is its own sandbox."""
    folder, port = tmp_path_factory.mktemp("product"), free_port()
    environment = {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "SANDBOX_TIME_SCALE": "0",
        "KB_FETCH_HOSTS": "127.0.0.1",
        "SOURCES_PAUSE_SECONDS": "0",
        "BACKUP_DAILY": "false",
    }
    part = Part("run", environment)
    running = Product(f"http://127.0.0.1:{port}", part, folder, folder)
    await part.start()
    await wait_until_serving(f"{running.url}/health")
    yield running
    await part.stop()


@pytest.fixture
async def admin(browser: Browser, product: Product) -> AsyncIterator[Page]:  # noqa: F811
    """The administrator at a computer."""
    context = await new_context(browser)
    page = await context.new_page()
    page.set_default_timeout(SECONDS)
    kept = product.administrator()
    await log_in(page, product.url, kept["username"], kept["password"])
    yield page
    await context.close()


async def publish(product: Product, days: int) -> str:
    """The insurer writes its page; returns its address."""
    text = (
        "<p>Офис открыт каждый день.</p><h2>Парковка</h2>"
        f"<p>Срок бесплатной парковки у офиса Югории составляет {days} дней.</p>"
    )
    body = {"path": "/parking/", "text": page_of("Парковка у офиса", text), "noisy": True}
    async with httpx.AsyncClient(trust_env=False) as http:
        written = await http.post(f"{product.url}/sandbox/control/site", json=body)
    assert written.status_code < 300, written.text
    return f"{product.url}/sandbox/site/parking/"


async def test_a_change_of_an_insurers_page_is_seen_accepted_and_answers(
    admin: Page,
    browser: Browser,  # noqa: F811
    product: Product,
    tmp_path: Path,
) -> None:
    address = await publish(product, 14)
    await admin.goto(f"{product.url}/staff/admin/updates/add")
    await admin.get_by_label("Адрес", exact=True).fill(address)
    await admin.get_by_role("button", name="Проверить").click()
    await expect(admin.locator(".verdict")).to_contain_text("Страница")
    await admin.get_by_role("button", name="Начать следить").click()

    # The first look offers what is there; a person lets it in.
    ready = admin.get_by_role("link", name="1 обновление ждёт решения")
    await expect(ready).to_be_visible(timeout=SECONDS)
    assert await axe_violations(admin) == []
    await ready.click()
    await admin.get_by_role("link", name=re.compile("Парковка у офиса")).first.click()
    await admin.get_by_role("button", name="Добавить", exact=True).click()
    await expect(admin.get_by_text("Внесено")).to_be_visible(timeout=SECONDS)

    context = await new_context(browser)
    client = Client(await context.new_page(), product.url, "desktop", tmp_path)
    await client.come()
    await client.write(QUESTION, "14 дней")

    # The page changes: nothing is answered by it before somebody has looked at the difference.
    await publish(product, 25)
    await admin.goto(f"{product.url}/staff/admin/updates/sources")
    await admin.get_by_role("button", name=re.compile("^Посмотреть сейчас")).click()
    await expect(ready).to_be_visible(timeout=SECONDS)
    await admin.goto(f"{product.url}/staff/admin/home")
    entry = admin.locator("a[href='/staff/admin/updates']").first
    await expect(entry.locator(".badge")).to_have_text("1")
    await client.write(QUESTION, "14 дней")
    await admin.goto(f"{product.url}/staff/admin/updates")
    await admin.get_by_role("link", name=re.compile("было 14 дней, стало 25 дней")).click()
    await expect(admin.locator("del").first).to_contain_text("14")
    await expect(admin.locator("ins").first).to_contain_text("25")
    assert await axe_violations(admin) == []
    await admin.get_by_role("button", name="Внести изменения").click()
    await expect(admin.get_by_text("Внесено")).to_be_visible(timeout=SECONDS)

    await client.write(QUESTION, "25 дней")
    await admin.goto(f"{product.url}/staff/admin/home")
    await expect(entry).to_be_visible()
    await expect(entry.locator(".badge")).to_have_count(0)
    await context.close()


async def test_a_backup_is_made_checked_and_explained(admin: Page, product: Product) -> None:
    await admin.goto(f"{product.url}/staff/admin/backups")
    await expect(admin.get_by_text("Копий пока нет")).to_be_visible()
    await admin.get_by_role("button", name="Создать сейчас").click()
    # The page draws itself anew when the job has ended.
    check = admin.get_by_role("button", name=re.compile("^Проверить копию"))
    await expect(check).to_be_visible(timeout=SECONDS)
    await expect(admin.get_by_role("table", name="Последние события")).to_contain_text("Готово")
    await check.click()
    await expect(admin.get_by_role("table", name="Последние события")).to_contain_text("Проверка")
    await expect(admin.get_by_role("table", name="Резервные копии")).to_contain_text("Хорошая")
    assert await axe_violations(admin) == []
    await expect(admin.locator("code", has_text="--only knowledge")).to_be_visible()
    kept = [path.name for path in (product.data_dir / "backups").iterdir()]
    row = admin.get_by_role("table", name="Резервные копии")
    assert any([await row.get_by_text(name, exact=True).count() for name in kept])


async def test_the_pages_fit_a_phone(browser: Browser, product: Product) -> None:  # noqa: F811
    context = await new_context(browser, phone=True)
    page = await context.new_page()
    kept = product.administrator()
    await log_in(page, product.url, kept["username"], kept["password"])
    for path in ("updates", "updates/sources", "updates/add", "backups", "knowledge/bin"):
        await page.goto(f"{product.url}/staff/admin/{path}")
        await expect(page.get_by_role("main").or_(page.locator(".page")).first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    await context.close()
