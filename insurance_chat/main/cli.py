"""Commands of the service: `insurance-chat --help`. Heavy imports wait until a command needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from insurance_chat.main import cli_voice
from insurance_chat.main.cli_frame import guarded, read_settings, say
from insurance_chat.main.cli_help import RussianGroup, command

app = typer.Typer(
    name="insurance-chat",
    cls=RussianGroup,
    help="Страховой чат: консультирует и оформляет ОСАГО. Без команды запускает всё сразу.",
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
docs_app = typer.Typer(
    help="Справочные таблицы для документации.", cls=RussianGroup, rich_markup_mode=None
)
app.add_typer(docs_app, name="docs", short_help="Справочные таблицы для документации.")
app.add_typer(cli_voice.app, name="voice", short_help="Голос: модели распознавания и проверка.")

Host = Annotated[
    str, typer.Option("--host", help="Адрес, на котором слушать (HOST).", show_default=False)
]
Port = Annotated[
    int, typer.Option("--port", help="Порт, на котором слушать (PORT).", show_default=False)
]
SmtpPort = Annotated[int, typer.Option("--smtp-port", help="Порт учебной почты; 0 — не нужна.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Start everything when no command is named."""
    if context.invoked_subcommand is None:
        run("", 0)


@command(app, "Запустить всё в одном процессе: базу, сайт, API, очередь и учебные системы.")
def run(host: Host = "", port: Port = 0) -> None:
    """Start the whole service and block until Ctrl-C."""
    settings = read_settings(host, port)
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import ExitStack

    # The thread below imports nothing: modules that import each other in a circle must not be met
    # by two threads at once.
    from insurance_chat.main import startup

    def start_database() -> str:
        with ExitStack() as opened:
            ready = opened.enter_context(startup.database(settings, shared=False))
            stack.push(opened.pop_all())
            return ready.core.database_url

    with startup.only_copy(settings), ExitStack() as stack:
        core = settings.core
        listener = stack.enter_context(startup.listening(core.host, core.port))
        say("Запуск…")
        with ThreadPoolExecutor(1) as pool:
            # Importing the product takes longer than starting the database; do both at once.
            started = pool.submit(start_database)
            from insurance_chat.main.migrate import migrate
            from insurance_chat.main.run import run_all

            dsn = started.result()
        migrate(dsn)
        run_all(startup.with_database(settings, dsn), listener, say)
        say("Останавливаюсь…")
    say("Сервис остановлен.")


@command(app, "Запустить только API для программ и виджета.")
def api(host: Host = "", port: Port = 0) -> None:
    """Serve the machine door in a process of its own."""
    _http("api", host, port)


@command(app, "Запустить только рабочее место агента и панель управления.")
def web(host: Host = "", port: Port = 0) -> None:
    """Serve the staff pages in a process of its own."""
    _http("web", host, port)


@command(app, "Запустить только учебные системы: страховщика и почту.")
def sandbox(host: Host = "", port: Port = 0, smtp_port: SmtpPort = 1025) -> None:
    """Serve the emulators in a process of its own."""
    _http("sandbox", host, port, smtp_port)


def _http(part: str, host: str, port: int, smtp_port: int = 0) -> None:
    settings = read_settings(host, port)
    from insurance_chat.main import startup

    with startup.listening(settings.core.host, settings.core.port) as listener:
        from insurance_chat.main.run import run_http

        with startup.database(settings) as ready:
            run_http(ready, listener, frozenset({part}), say, smtp_port)


@command(app, "Запустить только обработчик очереди.")
def worker() -> None:
    """Work the queue in a process of its own."""
    settings = read_settings()
    from insurance_chat.main import startup
    from insurance_chat.main.run import run_queue

    with startup.database(settings) as ready:
        run_queue(ready, say)


@command(app, "Обновить таблицы базы данных до этой версии.")
def migrate() -> None:
    """Apply migrations and the queue's schema."""
    settings = read_settings()
    from insurance_chat.main import startup
    from insurance_chat.main.migrate import migrate as apply

    with startup.database(settings) as ready:
        apply(ready.core.database_url)
    say("База данных обновлена.")


@command(app, "Заполнить пустую базу: компания, администратор, агент, тарифы.")
def seed() -> None:
    """Create what a first start needs; changes nothing when it is there."""
    settings = read_settings()
    from insurance_chat.main import startup
    from insurance_chat.main.prepare import seed_and_keep

    with startup.database(settings) as ready:
        state = seed_and_keep(ready)
    folder = Path(settings.core.data_dir).resolve()
    say(f"Данные для работы на месте. Адреса и пароли: {folder / 'first-start.json'}")
    if state.admin is None:
        say("Пароль администратора не записан: создайте нового командой create-admin.")


@command(app, "Создать администратора, если пароль потерян.", "create-admin")
def create_admin(
    login: Annotated[str, typer.Option("--login", prompt="Логин", help="Логин для входа.")],
) -> None:
    """Create one more administrator with a generated password and print it once."""
    settings = read_settings()
    from insurance_chat.main import startup
    from insurance_chat.main.administrators import create_administrator
    from insurance_chat.main.loop import run_once
    from insurance_chat.main.migrate import migrate as apply

    with startup.database(settings) as ready:
        apply(ready.core.database_url)
        account = run_once(create_administrator(ready, login))
    say(f"Администратор: {account.username}  пароль: {account.password}")


@command(app, "Проверить установку: что работает, чего не хватает и что делать.")
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Вывести как JSON.")] = False,
) -> None:
    """Print the checks; exit code 0 when everything needed works, otherwise 1."""
    settings = read_settings()
    from insurance_chat.main.doctor import examine

    text, healthy = examine(settings, as_json)
    say(text)
    if not healthy:
        raise typer.Exit(1)


@command(app, "Сделать резервную копию базы данных, базы знаний и файлов или проверить готовую.")
def backup(
    verify: Annotated[
        bool, typer.Option("--verify", help="Не делать новую, а прочитать готовую до конца.")
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="Показать, какие копии есть.")] = False,
    name: Annotated[
        str, typer.Option("--name", help="Какую копию проверить; без него — последнюю.")
    ] = "",
) -> None:
    """Make a backup and verify it; works beside a running service."""
    settings = read_settings()
    from insurance_chat.main import backups

    if show:
        say(backups.list_backups(settings))
        return
    say(backups.back_up(settings, check=name if verify or name else None))


@command(app, "Восстановить сервис из резервной копии.")
def restore(
    name: Annotated[
        str, typer.Argument(help="Имя копии; без него — последняя.", metavar="[КОПИЯ]")
    ] = "",
    only: Annotated[
        str, typer.Option("--only", help="knowledge: вернуть только базу знаний, не останавливая.")
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Заменить данные, которые уже есть в базе.")
    ] = False,
) -> None:
    """Put a backup back; refuses to overwrite data without --force."""
    settings = read_settings()
    from insurance_chat.main import backups

    say(backups.restore(settings, name, only=only, force=force))


@command(app, "Проверить качество ответов: сыграть диалоги и показать отчёт.", "eval")
def evaluate(
    scripts: Annotated[
        Path | None,
        typer.Option("--scripts", help="Папка сценариев; без неё — tests/dialogues, если есть."),
    ] = None,
    cases: Annotated[bool, typer.Option("--cases", help="Сыграть примеры из панели.")] = False,
    simulated: Annotated[
        int, typer.Option("--simulated", min=0, max=1000, help="Сколько клиентов купят полис.")
    ] = 0,
    phrases: Annotated[
        bool, typer.Option("--phrases", help="Проверить понимание на размеченных фразах.")
    ] = False,
    times: Annotated[
        int, typer.Option("--times", min=1, max=32, help="Сколько раз сыграть каждый диалог.")
    ] = 1,
    only: Annotated[str, typer.Option("--only", help="Только диалоги с этими словами.")] = "",
    compare: Annotated[
        Path | None,
        typer.Option("--compare", help="Файл настроек, с которым сравнить, как .env."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Куда записать отчёт, страница HTML.")
    ] = None,
) -> None:
    """Judge the assistant; exit code 1 when a dialogue failed."""
    settings = read_settings()
    from insurance_chat.core.logging import configure_logging
    from insurance_chat.main.evaluation.command import Order, judge

    configure_logging("critical", settings.core.log_format)
    order = Order(scripts, cases, simulated, times, phrases, only, compare, report)
    results = judge(settings, order, say)
    if not all(attempt.ok for result in results for attempt in result.attempts):
        raise typer.Exit(1)


@command(app, "Показать версию.")
def version() -> None:
    """Print the installed version."""
    from importlib.metadata import version as installed

    say(installed("insurance-chat"))


@command(docs_app, "Записать таблицу настроек в файл документации.", "settings")
def docs_settings(
    target: Annotated[Path, typer.Argument(help="Куда записать.")] = Path("docs/admin/settings.md"),
) -> None:
    """Write the reference of settings from their classes."""
    from insurance_chat.main.settings_docs import settings_page

    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(settings_page(), encoding="utf-8")
    say(f"Записано: {target}")


@docs_app.callback()
def docs() -> None:
    """Group of documentation commands."""


def main() -> None:
    """Entry point: every failure becomes a Russian sentence and an exit code."""
    guarded(app)
