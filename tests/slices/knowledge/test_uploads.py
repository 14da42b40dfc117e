"""A file is accepted at once and read by a job; whatever happens, its row says what in Russian."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.core.jobs import drain
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge.reading import scans
from insurance_chat.knowledge.reading.limits import Limits
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.uploads import tasks
from insurance_chat.knowledge.uploads.views import UploadView
from insurance_chat.main import checks
from insurance_chat.main.settings import load_settings
from tests.slices.knowledge.clamd import Clamd
from tests.slices.knowledge.site import Site
from tests.slices.knowledge.upload_stand import Uploads
from tests.support.office_files import docx, pdf, picture, zip_of

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
RULES = (
    '#set document(title: "Правила страхования РЕСО-Гарантия по ОСАГО")\n= Выплаты\n'
    "Правила действуют с 01.02.2026. Лимит по имуществу составляет 400 000 рублей.\n"
)


async def test_a_pdf_becomes_a_preview_with_what_was_understood(uploads: Uploads) -> None:
    accepted = await uploads.desk.accept_file(uploads.admin, "rules.pdf", pdf(RULES))
    assert (accepted.stage, accepted.words) == ("waiting", "Ждёт очереди")

    await uploads.work()

    done = await uploads.desk.show(uploads.admin, accepted.id)
    assert (done.stage, done.percent, done.words) == ("ready", 100, "Готов к проверке")
    rows = await uploads.rows(
        "select company_code, product_code, kind, valid_from::text, status,"
        " analysis->'conditions'->0->>'value' from kb_documents where public_id = %s",
        done.document_id,
    )
    assert rows == [("reso", "osago", "rules", "2026-02-01", "preview", "400 000 рублей")]


async def test_the_history_and_other_systems_are_told_of_a_preview(uploads: Uploads) -> None:
    done = await uploads.drop("rules.pdf", pdf(RULES))

    history = "select verb, version, details from kb_history where lineage = %s"
    assert await uploads.rows(history, done.document_id) == [("uploaded", 1, "rules.pdf")]
    events = "select count(*) from domain_events where type = 'kb.doc.ingested' and tenant_id = %s"
    assert await uploads.rows(events, uploads.admin.tenant_id) == [(1,)]


async def test_the_worker_reads_what_was_accepted(uploads: Uploads) -> None:
    assert tasks.read_upload is not None
    uploads.db.queue.bind(SimpleNamespace(upload_reader=uploads.reader))
    accepted = await uploads.desk.accept_file(uploads.admin, "rules.pdf", pdf(RULES))

    await drain(uploads.db.queue)

    assert (await uploads.desk.show(uploads.admin, accepted.id)).stage == "ready"


async def test_what_the_administrator_says_wins_over_the_analysis(uploads: Uploads) -> None:
    done = await uploads.drop("a.pdf", pdf(RULES), company_code="vsk", visibility="agents")

    assert await uploads.rows(
        "select company_code, product_code, visibility from kb_documents where public_id = %s",
        done.document_id,
    ) == [("vsk", "osago", "agents")]


async def test_the_same_file_twice_is_recognised_before_and_after_it_is_read(
    uploads: Uploads,
) -> None:
    data = pdf(RULES)
    first = await uploads.desk.accept_file(uploads.admin, "a.pdf", data)
    while_read = await uploads.desk.accept_file(uploads.admin, "b.pdf", data)
    await uploads.work()
    after = await uploads.drop("c.pdf", data)
    elsewhere = await uploads.drop("d.pdf", data, company_code="vsk")

    assert (while_read.stage, while_read.message) == ("duplicate", "Этот файл уже читается.")
    assert after.stage == "duplicate"
    assert after.document_id == (await uploads.desk.show(uploads.admin, first.id)).document_id
    assert "уже загружен и ждёт проверки" in str(after.message)
    assert elsewhere.stage == "ready"
    assert uploads.stored() == 2


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"%PDF-1.7 garbage", "kb_file_damaged"),
        ("a.bin", b"\x00\x01\x02", "kb_file_unsupported"),
        ("a.md", b"---\ntitle: [a]\n---\n", "kb_front_matter"),
        ("a.zip", zip_of({"__MACOSX/a": b"x"}), "kb_file_no_files"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why_and_is_not_kept(
    uploads: Uploads, name: str, data: bytes, code: str
) -> None:
    done = await uploads.drop(name, data)

    assert (done.stage, done.error_code, done.document_id) == ("failed", code, None)
    assert any("а" <= letter <= "я" for letter in str(done.message))
    assert uploads.stored() == 0


async def test_what_is_empty_or_too_large_is_refused_at_the_door(
    db: Database, files: FileStore, admin: Principal
) -> None:
    small = Uploads(db, files, admin, max_file_megabytes=1)
    for data, code in ((b" \n", "kb_file_empty"), (b"x" * 1_100_000, "kb_file_too_large")):
        with pytest.raises(ServiceError) as caught:
            await small.desk.accept_file(admin, "a.txt", data)
        assert caught.value.code == code


async def test_every_file_of_an_archive_becomes_an_upload_of_the_same_drop(
    uploads: Uploads,
) -> None:
    pack = zip_of(
        {
            "правила/rules.pdf": pdf(RULES),
            "правила/memo.docx": docx(("Normal", "Памятка клиенту.")),
            "inner.zip": zip_of({"x": b"y"}),
            "broken.pdf": b"%PDF-1.7 garbage",
        }
    )

    done = await uploads.drop("pack.zip", pack)

    batch = await uploads.desk.newest(uploads.admin, done.batch_id)
    assert {(one.file_name, one.stage, one.error_code) for one in batch} == {
        ("pack.zip", "unpacked", None),
        ("rules.pdf", "ready", None),
        ("memo.docx", "ready", None),
        ("inner.zip", "failed", "kb_file_nested"),
        ("broken.pdf", "failed", "kb_file_damaged"),
    }
    assert done.message == "Файлов в архиве: 4."
    assert uploads.stored() == 2


async def test_a_link_is_fetched_read_and_remembered(uploads: Uploads) -> None:
    with Site({"/doc/rules.pdf": pdf(RULES)}) as site:
        done = await uploads.link(f"{site.url}/doc/rules.pdf")
        missing = await uploads.link(f"{site.url}/nothing")

    assert (done.stage, done.file_name) == ("ready", "rules.pdf")
    rows = await uploads.rows(
        "select source_url from kb_documents where public_id = %s", done.document_id
    )
    assert rows == [(f"{site.url}/doc/rules.pdf",)]
    assert (missing.stage, missing.error_code) == ("failed", "link_status")


async def test_a_link_into_the_internal_network_is_refused(uploads: Uploads) -> None:
    done = await uploads.link("http://localhost:8080/secret")

    assert (done.stage, done.error_code) == ("failed", "link_private")
    with pytest.raises(ServiceError, match="link_wrong"):
        await uploads.desk.accept_link(uploads.admin, "file:///etc/passwd")


async def test_a_cancelled_file_is_not_read_and_not_kept(uploads: Uploads) -> None:
    view = await uploads.desk.accept_file(uploads.admin, "a.pdf", pdf(RULES))
    cancelled = await uploads.desk.cancel(uploads.admin, view.id)
    await uploads.work()

    assert cancelled.stage == "cancelled"
    assert (await uploads.desk.show(uploads.admin, view.id)).document_id is None
    assert uploads.stored() == 0


@pytest.mark.skipif(not scans.usable(Limits()), reason="no tesseract")
async def test_a_file_cancelled_while_it_is_read_stops_the_parser(uploads: Uploads) -> None:
    view = await uploads.desk.accept_file(uploads.admin, "a.png", picture("Текст " * 4000))
    (order,) = await uploads.orders()
    loop = asyncio.get_running_loop()
    running = loop.create_task(uploads.reader.run(order))
    while (await uploads.desk.show(uploads.admin, view.id)).step != "ocr":
        assert not running.done()
        await asyncio.sleep(0.02)

    await uploads.desk.cancel(uploads.admin, view.id)
    await asyncio.wait_for(running, 20)

    done = await uploads.desk.show(uploads.admin, view.id)
    assert (done.stage, done.document_id) == ("cancelled", None)


async def test_a_file_whose_reader_died_is_read_again_but_not_for_ever(uploads: Uploads) -> None:
    died = "update kb_uploads set stage = 'reading', attempts = %s, changed_at = now() - interval '1 hour'"
    view = await uploads.desk.accept_file(uploads.admin, "a.pdf", pdf(RULES))
    await uploads.orders()
    await uploads.rows(died + " where public_id = %s", 1, view.id)
    assert await uploads.reader.resume() == 1
    assert await uploads.reader.resume() == 0
    await uploads.work()
    assert (await uploads.desk.show(uploads.admin, view.id)).stage == "ready"

    killer = await uploads.desk.accept_file(uploads.admin, "b.pdf", pdf("Другой текст"))
    (order,) = await uploads.orders()
    await uploads.rows(died + " where id = %s", 4, order)
    await uploads.reader.run(order)
    gone = await uploads.desk.show(uploads.admin, killer.id)
    assert (gone.stage, gone.error_code) == ("failed", "kb_file_interrupted")


async def test_a_file_that_somebody_reads_is_not_read_twice(uploads: Uploads) -> None:
    view = await uploads.desk.accept_file(uploads.admin, "a.pdf", pdf(RULES))
    (order,) = await uploads.orders()
    await uploads.rows(
        "update kb_uploads set stage = 'reading', changed_at = now() where id = %s", order
    )

    await uploads.reader.run(order)

    assert (await uploads.desk.show(uploads.admin, view.id)).stage == "reading"
    assert await uploads.rows("select count(*) from procrastinate_jobs") == [(1,)]


async def test_an_infected_file_is_refused_and_a_clean_one_is_read(
    db: Database, files: FileStore, admin: Principal
) -> None:
    async with Clamd() as clamd:
        guarded = Uploads(db, files, admin, clamd=clamd.url)
        infected = await guarded.drop("virus.txt", EICAR)
        clean = await guarded.drop("clean.txt", "Обычный текст правил.".encode())

    assert (infected.stage, infected.error_code) == ("failed", "file_infected")
    assert "Eicar-Test-Signature" in str(infected.message)
    assert clean.stage == "ready"


async def test_a_file_waits_while_the_antivirus_is_silent_and_is_read_when_it_is_back(
    db: Database, files: FileStore, admin: Principal
) -> None:
    silent = Uploads(db, files, admin, clamd="tcp://127.0.0.1:1")
    waiting = await silent.drop("a.txt", "Текст правил страхования.".encode())
    assert (waiting.stage, waiting.message) == (
        "waiting",
        "Антивирус не отвечает: файл ждёт проверки.",
    )

    async with Clamd() as clamd:
        back = Uploads(db, files, admin, clamd=clamd.url)
        await back.rows("update procrastinate_jobs set scheduled_at = null")
        await back.work()
        assert (await back.desk.show(admin, waiting.id)).stage == "ready"


async def test_doctor_says_whether_scans_and_viruses_are_looked_at() -> None:
    settings = load_settings()
    without = settings.model_copy(
        update={
            "knowledge": KnowledgeSettings(tesseract="no-such-program", clamd="tcp://127.0.0.1:1")
        }
    )
    async with Clamd() as clamd:
        guarded = settings.model_copy(update={"knowledge": KnowledgeSettings(clamd=clamd.url)})
        assert (await checks.check_antivirus(guarded)).ok
    silent = await checks.check_antivirus(without)
    blind = checks.check_ocr(without)

    assert (silent.ok, silent.required) == (False, True)
    assert (blind.ok, blind.required, blind.message) == (False, False, "tesseract не установлен")
    assert "tesseract-ocr-rus" in blind.advice


async def test_uploads_belong_to_administrators_of_one_tenant(uploads: Uploads) -> None:
    view = await uploads.desk.accept_file(uploads.admin, "a.txt", b"text")
    agent = replace(uploads.admin, role=Role.AGENT)
    stranger = replace(uploads.admin, tenant_id=uploads.admin.tenant_id + 1000)

    for who, action, code in (
        (agent, uploads.desk.cancel, "forbidden"),
        (replace(agent, user_public_id="other"), uploads.desk.show, "kb_upload_not_found"),
        (replace(agent, role=Role.USER), uploads.desk.show, "forbidden"),
        (stranger, uploads.desk.show, "kb_upload_not_found"),
        (stranger, uploads.desk.cancel, "kb_upload_not_found"),
    ):
        with pytest.raises(ServiceError, match=code):
            await action(who, view.id)
    assert await uploads.desk.newest(stranger) == []
    with pytest.raises(ServiceError, match="forbidden"):
        await uploads.desk.accept_file(agent, "b.txt", b"text")


def test_the_words_of_an_upload_name_the_page() -> None:
    at_page = SimpleNamespace(stage="reading", step="ocr", page=3, pages=12, document_status=None)

    assert UploadView.words.fget(at_page) == "Распознаётся страница 3 из 12"  # type: ignore[attr-defined]
