"""The side bar: the order of the wireframes, no link into nothing, one page marked as open."""

from __future__ import annotations

import re

import pytest

from insurance_chat.main.settings import Settings
from insurance_chat.web.admin.configured import configured
from insurance_chat.web.app import PAGES
from insurance_chat.web.session import ADMIN, PREFIX
from insurance_chat.web.sidebar import DAILY, entries, sidebar

PATHS = {page.path for page in PAGES}


def test_the_pages_of_every_day_stand_in_the_order_of_the_wireframes() -> None:
    titles = [entry.title for entry in DAILY]
    assert titles == [
        "Главная",
        "База знаний",
        "Обновления",
        "Чаты",
        "Инциденты",
        "Агенты",
        "Напоминания",
        "Настройки",
    ]


@pytest.mark.parametrize("path", sorted(entry.path for entry in entries()))
def test_every_link_leads_to_a_page(path: str) -> None:
    assert path in PATHS


def test_every_list_of_the_administrator_is_in_the_side_bar() -> None:
    linked = {entry.path for entry in entries()}
    lists = {page.path for page in PAGES if page.roles == ADMIN and page.path.count("/") == 2}
    assert lists - linked == {"/admin/wizard"}


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/admin/knowledge", "База знаний"),
        ("/admin/knowledge/add", "База знаний"),
        ("/admin/knowledge/questions", "Вопросы без ответа"),
        ("/admin/chats/8f1c", "Чаты"),
    ],
    ids=["page", "below", "nearer", "one"],
)
def test_one_link_is_marked_as_open(path: str, title: str) -> None:
    shown = sidebar(PREFIX + path, admin=True)
    [marked] = re.findall(r'aria-current="page">.*?<span>(.*?)</span>', shown)
    assert marked == title


def test_the_group_of_the_open_page_is_unfolded_and_the_others_are_not() -> None:
    shown = sidebar(f"{PREFIX}/admin/backups", admin=True)
    unfolded = re.findall(r"<details open><summary[^>]*>(.*?)</summary>", shown)
    assert unfolded == ["Обслуживание"]


def test_an_agent_sees_no_page_of_the_administrator() -> None:
    assert "/admin/" not in sidebar(f"{PREFIX}/workspace/chats", admin=False)


def test_every_part_of_the_settings_has_a_russian_title() -> None:
    titles = re.findall(r"<summary><b>(.*?)</b>", configured(Settings()))
    assert len(titles) == len(Settings.model_fields)
    assert [title for title in titles if re.fullmatch(r"[a-z_]+", title)] == []
