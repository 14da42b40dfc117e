"""«Узнать у ИИ» in a browser: a talk with sources, examples, the status by words."""

from __future__ import annotations

from playwright.async_api import Page, expect

from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.files import local_file_store
from insurance_chat.core.principal import Role
from insurance_chat.knowledge import ingest, service
from tests.journeys.staff.conftest import Office
from tests.support.browser import axe_violations

TITLE = "Правила перевозки груза"
RULES = f"# {TITLE}\n\nПравила перевозки груза: <b>вес</b> до 5 т.\n\n- крепление;\n- пропуск.\n"


async def _publish(office: Office) -> None:
    parsed = await ingest.parse(RULES.encode(), "cargo.md")
    files = local_file_store(office.data_dir / "files", office.db.cipher)
    async with office.db.unit() as unit:
        row = await service.publish_parsed(
            unit, files, office.tenant_id, "cargo.md", RULES.encode(), parsed
        )
        row.visibility = "agents"


async def _ask(page: Page, words: str) -> None:
    await page.get_by_label("Вопрос").fill(words)
    await page.get_by_label("Вопрос").press("Enter")


async def test_an_agent_talks_with_the_assistant(office: Office, desktop: Page) -> None:
    await _publish(office)
    await office.log_in(desktop, Role.AGENT, "/workspace/assistant")
    answers = desktop.get_by_role("article")
    for attempt in range(1, 10):
        await _ask(desktop, "Какие правила перевозки груза?")
        await expect(answers).to_have_count(attempt)
        await expect(answers.last).not_to_contain_text("Ищу")
        if "до 5 т" in await answers.last.inner_text():
            break
        await desktop.wait_for_timeout(500)
    await expect(answers.last.get_by_text("<b>вес</b> до 5 т")).to_be_visible()
    await expect(answers.last.locator(".answer-text li")).to_have_text(["крепление;", "пропуск."])
    source = answers.last.get_by_role("link", name="Открыть исходный файл")
    async with desktop.context.expect_page() as opened:
        await source.click()
    await expect((await opened.value).get_by_text("крепление")).to_be_visible()

    told = await answers.count()
    await answers.last.get_by_role("button", name="Короче").click()
    await expect(answers).to_have_count(told + 1)
    await expect(answers.last).to_contain_text("до 5 т")
    await _ask(desktop, "я на месте")
    await expect(answers.last).to_contain_text("вы на месте")
    assert await _status(office) == "available"
    await expect(answers.last).to_be_in_viewport(ratio=1)
    assert not await axe_violations(desktop)


async def _status(office: Office) -> str:
    async with office.db.unit() as unit:
        (agent,) = await StaffRepository(unit, office.tenant_id).with_role(Role.AGENT.value)
    return agent.status


async def test_an_example_is_one_tap_away_on_a_phone(office: Office, phone: Page) -> None:
    await office.log_in(phone, Role.AGENT, "/workspace/assistant")
    await phone.get_by_role("button", name="Как проверить электронный полис?").click()
    await expect(phone.get_by_role("article")).to_contain_text("В базе знаний ответа нет")
    await expect(phone.get_by_label("Вопрос")).to_be_in_viewport()
    assert await phone.evaluate("document.documentElement.scrollWidth") <= 375
