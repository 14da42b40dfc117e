"""Checks of one installation, each a small function; `doctor` prints them, `/health` sums them up."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import psycopg
from alembic.script import ScriptDirectory

from insurance_chat.core import antivirus
from insurance_chat.core.db.embedded_tools import free_megabytes
from insurance_chat.core.db.probe import DatabaseState, probe
from insurance_chat.core.errors import ServiceError
from insurance_chat.knowledge.reading import scans
from insurance_chat.llm.tokens import DEFAULT_MODELS, GIGACHAT_URL
from insurance_chat.main.migrate import MIGRATIONS
from insurance_chat.main.settings import Settings
from insurance_chat.main.startup import setting
from insurance_chat.voice.state import voice_states

OLDEST_POSTGRES = 15
NEEDED_MEGABYTES = 500
WORKER_SILENCE_SECONDS = 60
MIGRATE = "Выполните: python -m insurance_chat migrate"


@dataclass(frozen=True)
class Check:
    """One answer.

    Args:
        name: stable, for programs: `database`.
        title: for people: «База данных».
        ok: it works.
        required: the service cannot work without it.
        message: what was found, one Russian phrase.
        advice: what to do when it is not ok.
    """

    name: str
    title: str
    ok: bool
    required: bool
    message: str
    advice: str = ""


def check_python() -> Check:
    """The interpreter is new enough."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    ok = sys.version_info >= (3, 11)
    return Check("python", "Python", ok, True, found, "Нужен Python 3.11 или новее.")


def check_disk(settings: Settings) -> Check:
    """There is room for data."""
    folder = settings.core.data_dir.expanduser().resolve()
    while not folder.exists():
        folder = folder.parent
    free = free_megabytes(folder)
    advice = f"Освободите хотя бы {NEEDED_MEGABYTES} МБ или смените папку DATA_DIR."
    return Check(
        "disk", "Место на диске", free >= NEEDED_MEGABYTES, True, f"свободно {free} МБ", advice
    )


def check_data_dir(settings: Settings) -> Check:
    """The data folder exists and can be written."""
    folder = settings.core.data_dir.expanduser().resolve()
    probe_file = folder / f".doctor-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe_file.write_bytes(b"")
        probe_file.unlink()
    except OSError as problem:
        reason = f"{folder}: {problem.strerror or problem}"
        return Check(
            "data_dir",
            "Папка с данными",
            False,
            True,
            reason,
            "Дайте права на папку или смените DATA_DIR.",
        )
    return Check("data_dir", "Папка с данными", True, True, str(folder))


async def database_checks(settings: Settings) -> list[Check]:
    """The database answers and is current, the queue moves, a worker is alive."""
    here = urlsplit(settings.core.database_url).hostname in ("127.0.0.1", "localhost")
    kind = "на этом компьютере" if here else "на другом компьютере"
    try:
        state = await probe(settings.core.database_url)
    except (psycopg.Error, OSError) as problem:
        reason = (str(problem).strip().splitlines() or ["не отвечает"])[0][:200]
        advice = "Проверьте DATABASE_URL и то, что PostgreSQL запущен и принимает соединения."
        return [Check("database", "База данных", False, True, reason, advice)]
    return [_version(state, kind), _schema(state), *_queue(state)]


async def check_provider(settings: Settings) -> Check:
    """The insurer's system answers at its address; any HTTP answer counts."""
    title, url = "Страховая система", str(setting(settings, "polis_online_url"))
    if not url or url.startswith(settings.core.base_url):
        return Check("provider", title, True, False, "учебная, встроенная")
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        advice = "Проверьте POLIS_ONLINE_URL и доступ в интернет. Без неё нет цен и полисов."
        return Check("provider", title, False, True, _reason(url, problem), advice)
    return Check("provider", title, True, True, f"отвечает ({answer.status_code})")


async def check_smtp(settings: Settings) -> Check:
    """The mail server greets us."""
    title, url = "Почта", str(setting(settings, "smtp_url"))
    if not url:
        return Check("smtp", title, True, False, "учебная: письма видны на странице /sandbox/mail")
    try:
        greeting = await asyncio.wait_for(_greet(url), 10)
    except (OSError, TimeoutError, ValueError) as problem:
        advice = "Проверьте SMTP_URL. Пока почта не работает, письма с полисами не уходят."
        return Check("smtp", title, False, True, _reason(_host(url), problem), advice)
    return Check("smtp", title, True, True, greeting)


async def check_model(settings: Settings) -> Check:
    """A language model is optional: rules understand clients without it. Any HTTP answer counts."""
    title, llm = "Языковая модель", settings.llm
    if not llm.api_key.get_secret_value():
        found = "ключа в настройках нет, отвечают правила — этого достаточно"
        return Check("model", title, True, False, found)
    name = llm.model or DEFAULT_MODELS[llm.provider]
    url = llm.base_url or (GIGACHAT_URL if llm.provider == "gigachat" else "")
    if not url:
        return Check("model", title, True, False, f"{name}, учебная, встроенная")
    verify = ssl.create_default_context()
    try:
        if llm.ca_file is not None:
            verify.load_verify_locations(llm.ca_file)
        async with httpx.AsyncClient(timeout=5, verify=verify) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
        advice = "Проверьте LLM_BASE_URL и LLM_CA_FILE. Пока модель не отвечает, отвечают правила."
        return Check("model", title, False, False, _reason(_host(url), problem), advice)
    found = f"{name} ({_host(url)}), отвечает ({answer.status_code})"
    return Check("model", title, True, False, found)


def check_ocr(settings: Settings) -> Check:
    """Scans are read by another program, with a model of the Russian language."""
    title, knowledge = "Распознавание сканов", settings.knowledge
    known = scans.languages(knowledge.tesseract)
    missing = set(knowledge.ocr_languages.split("+")) - known
    if not missing:
        return Check("ocr", title, True, False, f"tesseract, языки: {knowledge.ocr_languages}")
    found = f"нет языков: {', '.join(sorted(missing))}" if known else "tesseract не установлен"
    advice = (
        "Установите: apt-get install tesseract-ocr tesseract-ocr-rus. Без них файлы-сканы "
        "не читаются, остальные читаются."
    )
    return Check("ocr", title, False, False, found, advice)


def check_voice(settings: Settings) -> list[Check]:
    """Recognition and synthesis of speech; nobody needs them, but half a set-up is a fault."""
    return [
        Check(one.name, one.title, one.ready or not one.configured, False, one.message, one.advice)
        for one in voice_states(settings.voice, settings.core.data_dir)
    ]


async def check_antivirus(settings: Settings) -> Check:
    """The antivirus answers, when there is one."""
    title, address = "Антивирус", settings.knowledge.clamd
    if not address:
        return Check("antivirus", title, True, False, "не подключён, файлы не проверяются")
    try:
        await antivirus.ping(address)
    except ServiceError as problem:
        advice = "Проверьте KB_CLAMD и то, что clamd запущен. Новые файлы ждут его."
        return Check("antivirus", title, False, True, problem.message, advice)
    return Check("antivirus", title, True, True, f"{address} отвечает")


def check_channels(_settings: Settings) -> Check:
    """The chat on a site needs nothing; messengers are connected in the admin panel."""
    return Check(
        "channels", "Каналы", True, False, "чат на сайте; мессенджеры в этой версии не подключаются"
    )


def check_public_url(settings: Settings) -> Check:
    """The public address is one that clients and messengers can reach."""
    url = settings.core.base_url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        advice = "Запишите в PUBLIC_URL адрес вида https://chat.example.ru"
        return Check("public_url", "Адрес сервиса", False, True, url, advice)
    if parts.hostname in ("127.0.0.1", "localhost", "::1"):
        found = f"{url} — виден только с этого компьютера"
        advice = "Чтобы сервис видели клиенты, запишите его адрес в PUBLIC_URL."
        return Check("public_url", "Адрес сервиса", True, False, found, advice)
    try:
        socket.getaddrinfo(parts.hostname, None)
    except OSError:
        advice = "Проверьте имя в PUBLIC_URL и запись о нём в DNS."
        return Check("public_url", "Адрес сервиса", False, False, f"{url} не находится", advice)
    return Check("public_url", "Адрес сервиса", True, False, url)


async def health_checks(settings: Settings) -> list[Check]:
    """What `/health` reports about a running service: cheap, a fraction of a second.

    Args:
        settings: of the running process, with `core.database_url` filled in.
    """
    return [check_disk(settings), *await database_checks(settings)]


async def all_checks(settings: Settings) -> list[Check]:
    """Everything that `doctor` shows, outside systems included."""
    local = [check_python(), check_disk(settings), check_data_dir(settings)]
    data = await database_checks(settings)
    remote = await asyncio.gather(
        check_provider(settings), check_smtp(settings), check_model(settings)
    )
    address = await asyncio.to_thread(check_public_url, settings)
    files = [await asyncio.to_thread(check_ocr, settings), await check_antivirus(settings)]
    voice = await asyncio.to_thread(check_voice, settings)
    return [*local, *data, *remote, *files, *voice, check_channels(settings), address]


def _version(state: DatabaseState, kind: str) -> Check:
    ok = state.version >= OLDEST_POSTGRES and state.vector
    found = f"PostgreSQL {state.version}, {kind}"
    if not state.vector:
        found += ", без расширения pgvector"
    advice = f"Нужен PostgreSQL {OLDEST_POSTGRES} или новее с расширением pgvector."
    return Check("database", "База данных", ok, True, found, advice)


def _schema(state: DatabaseState) -> Check:
    if state.revision is None:
        return Check("migrations", "Таблицы базы", True, False, "ещё нет, их создаст первый запуск")
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    ok = state.revision == newest
    found = "соответствуют этой версии" if ok else "от другой версии сервиса"
    return Check("migrations", "Таблицы базы", ok, True, found, MIGRATE)


def _queue(state: DatabaseState) -> list[Check]:
    queue = state.queue
    if queue is None:
        return [Check("queue", "Очередь", True, False, "ещё нет, её создаст первый запуск")]
    found = f"ждут {queue.waiting}, застряли {queue.stuck}, не удались {queue.failed}"
    silence = queue.heartbeat_seconds
    alive = silence is not None and silence < WORKER_SILENCE_SECONDS
    return [
        Check(
            "queue",
            "Очередь",
            queue.stuck == 0,
            False,
            found,
            "Застрявшие задания подхватит обработчик очереди в течение минуты после запуска.",
        ),
        Check(
            "worker",
            "Обработчик очереди",
            alive,
            False,
            "работает" if alive else "не запущен",
            "Запустите сервис (python -m insurance_chat) или один обработчик "
            "(python -m insurance_chat worker).",
        ),
    ]


async def _greet(url: str) -> str:
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    port = parts.port or (465 if secure else 25)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure or None)
    try:
        if not (await reader.readline()).startswith(b"220"):
            raise ValueError("это не почтовый сервер")
        writer.write(b"EHLO localhost\r\n")
        await writer.drain()
        if not (await reader.readline()).startswith(b"250"):
            raise ValueError("сервер не принял приветствие EHLO")
        writer.write(b"QUIT\r\n")
        await writer.drain()
    finally:
        writer.close()
    return f"{parts.hostname}:{port} отвечает"


def _host(url: str) -> str:
    # Never the whole address: it may carry a password.
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _reason(where: str, problem: Exception) -> str:
    return f"{where} не отвечает ({str(problem)[:120] or type(problem).__name__})"
