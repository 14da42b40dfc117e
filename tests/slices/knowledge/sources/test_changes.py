"""What changes at an insurer is told in plain words, and nothing is published without a person."""

from __future__ import annotations

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.search import SearchQuery
from insurance_chat.knowledge.sources import deciding, service
from insurance_chat.sandbox.site import OSAGO, page_of
from tests.slices.knowledge.sources.conftest import Watch

MORE = OSAGO.replace("400 000", "500 000")
LONGER = OSAGO.replace("20 дней", "30 дней")


async def test_a_new_page_is_offered_and_not_published(watch: Watch) -> None:
    source = await watch.add("/osago/", company_code="ugoria", product_code="osago")

    shown = await watch.look(source)

    (update,) = await watch.updates()
    assert update.summary == "У компании Югория по продукту ОСАГО новый документ «ОСАГО»"
    assert (update.kind, update.in_base) == ("new", False)
    assert any("400 000 рублей" in edit.new for edit in update.differences.edits)
    assert await watch.documents() == []
    assert (shown.note, shown.error) == ("Просмотрено документов: 1, новостей: 1.", None)


async def test_menus_counters_and_the_date_of_today_are_no_change(watch: Watch) -> None:
    source = await watch.published()

    await watch.look(source)
    await watch.look(source)

    bodies = watch.site.asked("/osago/")
    assert len(bodies) == 3
    assert await watch.updates() == []


async def test_a_changed_limit_is_told_with_before_and_after_and_becomes_a_new_version(
    watch: Watch,
) -> None:
    source = await watch.published()
    watch.site.write("/osago/", page_of("ОСАГО", MORE), noisy=True)

    await watch.look(source)

    (update,) = await watch.updates()
    assert update.summary == (
        "У компании Югория по продукту ОСАГО изменился лимит «Лимит возмещения вреда имуществу»: "
        "было 400 000 рублей, стало 500 000 рублей"
    )
    (edit,) = update.differences.edits
    assert ("400 000" in edit.old, "500 000" in edit.new, edit.heading) == (
        True,
        True,
        "Выплаты",
    )
    assert [row[:2] for row in await watch.documents()] == [("published", 1)]

    done = await watch.decide(update, "change")

    assert (done.status, done.message) == ("imported", None)
    assert await watch.documents() == [
        ("replaced", 1, "ugoria", "osago"),
        ("published", 2, "ugoria", "osago"),
    ]
    topics = await watch.rows(
        "select type from domain_events where tenant_id = %s order by id", watch.admin.tenant_id
    )
    assert [row[0] for row in topics][-4:] == [
        "update.detected",
        "update.approved",
        "kb.doc.committed",
        "update.imported",
    ]


async def test_the_assistants_search_knows_the_new_value_only_after_the_decision(
    watch: Watch, index: KnowledgeIndex
) -> None:
    source = await watch.published()
    watch.site.write("/osago/", page_of("ОСАГО", MORE))
    await watch.look(source)
    query = SearchQuery(watch.admin.tenant_id, "какой лимит по имуществу", "public")
    await index.refresh()
    before = "".join(hit.text for hit in await index.search(query))

    (update,) = await watch.updates()
    await watch.decide(update, "change")

    await index.refresh()
    after = "".join(hit.text for hit in await index.search(query))
    assert "400 000" in before
    assert "500 000" not in before
    assert "500 000" in after
    assert "400 000" not in after


async def test_what_was_rejected_is_offered_again_only_when_it_changes_once_more(
    watch: Watch,
) -> None:
    source = await watch.published()
    watch.site.write("/osago/", page_of("ОСАГО", MORE))
    await watch.look(source)
    (update,) = await watch.updates()

    done = await watch.decide(update, "reject")
    await watch.look(source)

    assert done.status == "rejected"
    assert await watch.updates() == []
    assert [row[:2] for row in await watch.documents()] == [("published", 1)]

    watch.site.write("/osago/", page_of("ОСАГО", LONGER))
    await watch.look(source)
    (again,) = await watch.updates()
    assert "было 20 дней, стало 30 дней" in again.summary


async def test_a_decision_is_overtaken_by_a_later_change_and_by_a_return(watch: Watch) -> None:
    source = await watch.published()
    for text in (MORE, LONGER):
        watch.site.write("/osago/", page_of("ОСАГО", text))
        await watch.look(source)
    (update,) = await watch.updates()
    assert "30 дней" in update.summary
    assert len(await watch.updates("outdated")) == 1

    watch.site.write("/osago/", page_of("ОСАГО", OSAGO))
    await watch.look(source)

    assert await watch.updates() == []
    assert len(await watch.updates("outdated")) == 2
    with pytest.raises(ServiceError, match="update_decided"):
        await watch.decide(update, "change")


async def test_a_page_that_vanished_is_told_and_taken_out_when_a_person_says_so(
    watch: Watch,
) -> None:
    source = await watch.published()
    del watch.site.pages["/osago/"]

    first = await watch.look(source)
    assert await watch.updates() == []
    await watch.look(source)
    await watch.look(source)

    (update,) = await watch.updates()
    assert update.summary == (
        "У компании Югория по продукту ОСАГО исчез документ «ОСАГО»: "
        "по прежнему адресу его больше нет"
    )
    assert (first.error_code, first.error) == (
        "source_gone",
        "Страницы больше нет: сайт ответил 404.",
    )
    await watch.decide(update, "remove")
    assert [row[0] for row in await watch.documents()] == ["deleted"]


async def test_what_is_there_at_first_can_be_taken_as_known(watch: Watch) -> None:
    source = await watch.add("/osago/", offer_first=False)
    await watch.look(source)
    assert await watch.updates() == []

    watch.site.write("/osago/", page_of("ОСАГО", MORE))
    await watch.look(source)

    (update,) = await watch.updates()
    assert (update.kind, update.in_base) == ("changed", False)
    assert "было 400 000 рублей, стало 500 000 рублей" in update.summary
    assert (await watch.decide(update, "add")).status == "imported"


async def test_a_page_that_is_in_the_knowledge_base_already_is_compared_with_it(
    watch: Watch,
) -> None:
    await watch.published()
    async with watch.db.unit() as unit:
        (known,) = await service.list_sources(unit, watch.admin)
        await service.remove(unit, watch.admin, known.id)
    watch.site.write("/osago/", page_of("ОСАГО", MORE))

    await watch.look(await watch.add("/osago/"))

    (update,) = await watch.updates()
    assert (update.kind, update.company_code, update.product_code) == ("changed", "ugoria", "osago")


async def test_decisions_that_do_not_fit_and_other_tenants_are_refused(
    watch: Watch, db: object
) -> None:
    await watch.look(await watch.add("/osago/"))
    (update,) = await watch.updates()
    stranger = Principal(watch.admin.tenant_id + 1, Role.ADMIN)
    agent = Principal(watch.admin.tenant_id, Role.AGENT)

    async with watch.db.unit() as unit:
        for principal, decision, code in (
            (watch.admin, "change", "update_decision"),
            (watch.admin, "remove", "update_decision"),
            (stranger, "add", "update_not_found"),
            (agent, "add", "forbidden"),
        ):
            with pytest.raises(ServiceError) as caught:
                await deciding.decide(unit, principal, update.id, decision)
            assert caught.value.code == code
        assert await service.list_sources(unit, stranger) == []
        assert (await service.counts(unit, watch.admin)).waiting == 1
        assert (await service.counts(unit, agent)).waiting == 0


async def test_a_document_that_cannot_be_read_any_more_comes_back_with_the_reason(
    watch: Watch,
) -> None:
    await watch.look(await watch.add("/osago/"))
    (update,) = await watch.updates()
    (row,) = await watch.rows("select file_key from update_events where public_id = %s", update.id)
    await watch.files.delete(row[0])

    done = await watch.decide(update, "add")

    assert (done.status, done.message) == ("failed", "Файл не найден.")
    assert await watch.documents() == []
