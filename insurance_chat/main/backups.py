"""Backups from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from alembic.script import ScriptDirectory

from insurance_chat.core.backups.desk import BackupDesk
from insurance_chat.core.backups.making import Source
from insurance_chat.core.backups.restoring import Merge
from insurance_chat.core.clock import MOSCOW
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.errors import invalid
from insurance_chat.knowledge import restore_repository as knowledge
from insurance_chat.main import startup
from insurance_chat.main.migrate import MIGRATIONS, migrate
from insurance_chat.main.models import tables_of
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring import open_files

KNOWLEDGE = "knowledge"


def back_up(settings: Settings, *, check: str | None = None) -> str:
    """Make a backup, or read an existing one to its end.

    Args:
        settings: as loaded.
        check: name of a backup to verify, empty for the newest; None makes a new one.

    Returns:
        A sentence for the person at the screen.

    Raises:
        ServiceError: see `BackupDesk.make` and `BackupDesk.verify`.
    """
    with startup.database(settings) as ready:
        desk = open_desk(ready)
        if check is not None:
            manifest = desk.verify(check, "command")
            return f"Копия {manifest.name} цела: прочитана до конца, суммы сошлись."
        migrate(ready.core.database_url)
        manifest = desk.make("command")
        return (
            f"Копия {manifest.name} готова и проверена: {_megabytes(manifest.size)} МБ, "
            f"файлов {manifest.part('files').items}. Место: {desk.place_title}\n"
            "Копия зашифрована. Чтобы восстановить её на другом компьютере, нужен ключ "
            f"{_key_place(settings)}: храните его отдельно от копий."
        )


def list_backups(settings: Settings) -> str:
    """A line for each backup, newest first."""
    with startup.database(settings) as ready:
        desk = open_desk(ready)
        found = desk.look()
    lines = [f"Место: {desk.place_title}"]
    for one in found:
        mark = "" if one.complete else "  не закончена"
        mark += "" if one.own else "  сделана с другим ключом"
        made = one.made_at.astimezone(MOSCOW)
        lines.append(f"{one.name}  {made:%d.%m.%Y %H:%M}  {_megabytes(one.size)} МБ{mark}")
    return "\n".join(lines if found else [*lines, "Копий пока нет."])


def restore(settings: Settings, name: str, *, only: str, force: bool) -> str:
    """Put a backup back.

    Args:
        settings: as loaded.
        name: empty for the newest.
        only: `knowledge`, or empty for everything.
        force: overwrite what the database holds.

    Returns:
        A sentence for the person at the screen.

    Raises:
        ServiceError: `only_wrong`, and those of `BackupDesk.restore_all` and `restore_part`.
    """
    if only not in ("", KNOWLEDGE):
        raise invalid("only_wrong", "После --only можно указать только knowledge (база знаний).")
    with _target(settings, running=bool(only)) as ready:
        desk = open_desk(ready)
        if only:
            done = desk.restore_part(name, knowledge_merge(), known_revisions())
            return (
                f"База знаний восстановлена из копии {done.name}: документов {done.documents}, "
                f"файлов {done.files}. Перезапускать сервис не нужно."
            )
        done = desk.restore_all(name, known_revisions(), force=force)
        migrate(ready.core.database_url)
        return (
            f"Всё восстановлено из копии {done.name}, файлов {done.files}. Теперь запустите сервис: "
            "логины и пароли — те, что были на момент копии."
        )


@contextmanager
def _target(settings: Settings, *, running: bool) -> Iterator[Settings]:
    with ExitStack() as stack:
        if not running:
            stack.enter_context(startup.only_copy(settings))
        yield stack.enter_context(startup.database(settings, shared=running))


def open_desk(settings: Settings) -> BackupDesk:
    """Backups of one installation.

    Args:
        settings: with a database address.
    """
    core = settings.core
    key = load_key(core.secret_key, core.data_dir)
    files = open_files(settings, Cipher([key]))
    return BackupDesk(settings.backups, Source(core.database_url, files), key, core.data_dir)


def knowledge_merge() -> Merge:
    """How the knowledge base is taken back into a running service."""
    names = [
        name for name in tables_of("insurance_chat.knowledge") if name not in knowledge.LEFT_ALONE
    ]
    return Merge(names, knowledge.stage, knowledge.fill, knowledge.file_keys, knowledge.apply)


def known_revisions() -> frozenset[str]:
    """Migrations that this version of the service has."""
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return frozenset(script.revision for script in scripts)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}".replace(".", ",")


def _key_place(settings: Settings) -> str:
    if settings.core.secret_key:
        return "из настройки SECRET_KEY"
    return f"из файла {(settings.core.data_dir / 'secret.key').resolve()}"
