"""Sites are asked politely and within limits, their failures are told, internal networks are closed."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.sources import schedule
from insurance_chat.knowledge.sources.jobs import LookAtSource
from insurance_chat.knowledge.sources.service import SourceOptions
from insurance_chat.sandbox.site import KASKO, OSAGO, RSS, TEXT, XML, feed_of, page_of, sitemap_of
from tests.slices.knowledge.sources.conftest import Watch

MOSCOW_SIX = datetime(2026, 11, 22, 3, tzinfo=UTC)


async def test_a_file_is_asked_for_with_conditions_and_not_read_again(watch: Watch) -> None:
    source = await watch.add("/tariffs.txt", "file")
    await watch.look(source)
    await watch.look(source)

    first, second = watch.site.asked("/tariffs.txt")
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == watch.site.pages["/tariffs.txt"].etag
    assert "if-modified-since" in second.headers
    assert (first.status, second.status) == (200, 304)
    assert first.headers["user-agent"].startswith("insurance-chat/")
    (update,) = await watch.updates()
    assert update.kind == "new"


async def test_pages_of_a_feed_are_read_with_a_pause_and_named_as_the_feed_names_them(
    watch: Watch,
) -> None:
    watch.site.write("/robots.txt", "User-agent: *\nCrawl-delay: 7\n", TEXT)
    watch.site.write("/feed.xml", feed_of({"kasko/": "Новые условия", "osago/": "Выплаты"}), RSS)
    source = await watch.add("/feed.xml", "feed")

    await watch.look(source)
    await watch.look(source)

    assert {one.title for one in await watch.updates()} == {"Новые условия", "Выплаты"}
    # The first request of a look waits for nobody.
    assert watch.pauses[:2] == [7.0, 7.0]
    assert len(watch.site.asked("/robots.txt")) == 2
    assert [one.status for one in watch.site.asked("/feed.xml")] == [200, 304]


async def test_a_site_map_may_lead_to_others_and_is_narrowed_by_a_part_of_the_address(
    watch: Watch,
) -> None:
    index = "<sitemapindex><sitemap><loc>/deep.xml</loc></sitemap></sitemapindex>"
    watch.site.write("/sitemap.xml", index, XML)
    watch.site.write("/deep.xml", sitemap_of("osago/", "kasko/", "http://other.example/x"), XML)

    shown = await watch.look(await watch.add("/sitemap.xml", "sitemap", only_with="/kasko"))

    (update,) = await watch.updates()
    assert update.url == f"{watch.url}/kasko/"
    assert shown.documents == 1
    assert watch.site.asked("/osago/") == []


async def test_a_long_list_is_gone_through_in_several_looks(watch: Watch) -> None:
    watch.desk = watch.made(max_pages=1)
    source = await watch.add("/sitemap.xml", "sitemap")

    await watch.look(source)
    assert len(await watch.updates()) == 1
    await watch.look(source)

    assert len(await watch.updates()) == 2


async def test_a_folder_tells_of_new_changed_and_vanished_files_and_never_leaves_its_place(
    watch: Watch, tmp_path: Path
) -> None:
    (row,) = await watch.rows("select slug from tenants where id = %s", watch.admin.tenant_id)
    place = watch.root / row[0] / "тарифы"
    place.mkdir(parents=True)
    secret = tmp_path / "secret.txt"
    secret.write_text("Пароль от всего")
    (place / "link.txt").symlink_to(secret)
    (place / "осаго.txt").write_text("Лимит по имуществу составляет 400 000 рублей.")
    source = await watch.add("тарифы", "folder", product_code="osago")
    await watch.look(source)
    (update,) = await watch.updates()
    assert update.url == "folder:тарифы/осаго.txt"
    await watch.decide(update, "add")

    (place / "осаго.txt").write_text("Лимит по имуществу составляет 500 000 рублей.")
    await watch.look(source)
    (update,) = await watch.updates()
    assert "было 400 000 рублей, стало 500 000 рублей" in update.summary
    await watch.decide(update, "change")
    (place / "осаго.txt").unlink()
    await watch.look(source)
    await watch.look(source)
    (update,) = await watch.updates()
    assert update.kind == "gone"

    for outside in ("..", "a/../../b", "C:\\Windows", "/etc/../.."):
        with pytest.raises(ServiceError, match="source_folder"):
            await watch.add(outside, "folder")


async def test_what_robots_forbids_is_not_asked_for(watch: Watch) -> None:
    watch.site.write("/private/page", page_of("Тайна", OSAGO))

    shown = await watch.look(await watch.add("/private/page"))

    assert shown.error_code == "source_robots"
    assert watch.site.asked("/private/page") == []


@pytest.mark.parametrize(
    ("harm", "code", "retried"),
    [
        ({"status": 500}, "source_busy", True),
        ({"status": 403}, "source_closed", False),
        ({"status": 404}, "source_gone", False),
        ({"padding": 3_000_000}, "link_too_large", False),
        ({"seconds": 3.0}, "link_unreachable", True),
        ({"redirect": "/osago/"}, "link_redirects", False),
        ({"redirect": "http://localhost:1/"}, "link_wrong", False),
        ({"redirect": "http://[::1]/"}, "link_private", False),
        ({"redirect": "http://169.254.169.254/latest/"}, "link_private", False),
    ],
)
async def test_every_failure_is_told_in_words_and_tried_again_only_when_that_may_help(
    watch: Watch, harm: dict[str, Any], code: str, retried: bool
) -> None:
    watch.desk = watch.made(timeout_seconds=1)
    for name, value in harm.items():
        setattr(watch.site.pages["/osago/"], name, value)

    shown = await watch.look(await watch.add("/osago/"))

    assert shown.error_code == code
    assert any("а" <= letter <= "я" for letter in str(shown.error))
    assert shown.checked_at is not None
    at_its_date = shown.next_at == schedule.next_look(shown.schedule, shown.checked_at)
    assert at_its_date is not retried
    assert await watch.updates() == []
    del watch.site.pages["/osago/"]
    watch.site.write("/osago/", page_of("ОСАГО", OSAGO))
    well = await watch.look(shown)
    assert (well.error_code, len(await watch.updates())) == (None, 1)


async def test_a_site_that_asks_to_come_back_later_is_left_alone_for_that_time(
    watch: Watch,
) -> None:
    page = watch.site.pages["/osago/"]
    page.status, page.retry_after = 429, 7200

    shown = await watch.look(await watch.add("/osago/"))

    assert shown.checked_at is not None
    assert shown.next_at - shown.checked_at >= timedelta(hours=2)


async def test_a_broken_document_does_not_stop_the_others(watch: Watch) -> None:
    watch.site.write("/feed.xml", feed_of({"broken.pdf": "Б", "kasko/": "К"}), RSS)
    watch.site.write("/broken.pdf", "%PDF-1.7 garbage", "application/pdf")
    watch.site.write("/kasko/", page_of("КАСКО", KASKO))

    shown = await watch.look(await watch.add("/feed.xml", "feed"))

    assert [one.title for one in await watch.updates()] == ["К"]
    assert "Не прочитано: 1." in shown.note


@pytest.mark.parametrize(
    "address",
    [
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://insurer.example/",
    ],
)
async def test_internal_addresses_are_closed_however_they_are_written(
    watch: Watch, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def named(host: Any, *rest: Any, **more: Any) -> Any:
        """A name of the open internet that its owner lets resolve to loopback."""
        return real("127.0.0.2" if host == "insurer.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", named)
    with pytest.raises(ServiceError) as caught:
        await watch.desk.prober.probe(watch.admin, SourceOptions("page", address))
    assert caught.value.code == "link_private"


async def test_a_site_is_asked_by_one_job_at_a_time_and_a_look_comes_in_its_time(
    watch: Watch,
) -> None:
    await watch.rows("delete from procrastinate_jobs")
    await watch.add("/osago/")
    await watch.add("/kasko/")
    assert await watch.desk.watcher.order_due() == 2
    assert await watch.desk.watcher.order_due() == 0

    locks = await watch.rows(
        "select distinct lock from procrastinate_jobs where task_name = %s", LookAtSource.name
    )
    assert locks == [("source-host:127.0.0.1",)]


async def test_checking_says_what_stands_at_an_address(watch: Watch) -> None:
    async def words(path: str, **options: Any) -> tuple[str, str, str]:
        found = await watch.desk.prober.probe(
            watch.admin, SourceOptions("page", watch.url + path, **options)
        )
        return found.type, found.words, found.warning

    watch.site.write("/empty", "<!doctype html><html><body><div id=app>…ждите</div></body></html>")
    kind, said, warning = await words("/empty")
    assert (kind, "собирает браузер" in warning) == ("page", True)
    kind, said, warning = await words("/osago/")
    assert (kind, warning) == ("page", "")
    assert "Страница «ОСАГО»" in said
    assert "Найдено условий" in said
    assert await words("/feed.xml") == (
        "feed",
        "Лента новостей «Новости страховой», документов: 1.",
        "",
    )
    kind, said, warning = await words("/sitemap.xml", only_with="/none")
    assert (kind, said) == (
        "sitemap",
        "Карта сайта, документов: 2. Из них с «/none» в адресе: 0.",
    )
    assert warning.startswith("Следить пока не за чем")
    assert (await words("/tariffs.txt"))[0] == "file"
    with pytest.raises(ServiceError, match="source_gone"):
        await words("/nothing")


@pytest.mark.parametrize("body", ["<!ENTITY a 'b'><rss></rss>", "не лента"])
async def test_a_hostile_or_wrong_list_is_refused(watch: Watch, body: str) -> None:
    watch.site.write("/feed.xml", body, RSS)

    shown = await watch.look(await watch.add("/feed.xml", "feed"))

    assert shown.error_code in ("source_hostile", "source_feed")


def test_schedules() -> None:
    noon = datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert schedule.next_look("0 6 * * *", noon) == MOSCOW_SIX
    assert [schedule.next_try(n, noon) - noon for n in (1, 2, 3, 50)] == [
        timedelta(minutes=5),
        timedelta(minutes=10),
        timedelta(minutes=20),
        timedelta(hours=12),
    ]
    assert schedule.check_cron(" 0 6  * * * ") == "0 6 * * *"
    for wrong in ("* * * * *", "каждый день", "0 6 * *", "0 0 31 2 *", "*/5 * * * *"):
        with pytest.raises(ServiceError, match="source_schedule"):
            schedule.check_cron(wrong)


def test_the_loopback_site_is_open_only_because_a_setting_names_it() -> None:
    assert KnowledgeSettings().fetch_hosts == ""
