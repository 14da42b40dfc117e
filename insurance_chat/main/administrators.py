"""Makes one more administrator when the first one's password is lost."""

from __future__ import annotations

from insurance_chat.accounts import repository
from insurance_chat.accounts.auth import clean_login
from insurance_chat.accounts.passwords import hash_password, readable_password
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher, load_key
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError, invalid, unavailable
from insurance_chat.core.principal import Role
from insurance_chat.main.first_start import Account
from insurance_chat.main.settings import Settings


async def create_administrator(settings: Settings, login: str) -> Account:
    """Add an administrator with a generated password; whoever runs commands here owns the data.

    Args:
        settings: with a database address; the database is migrated and filled.
        login: how the administrator will log in, 3 to 120 characters without spaces.

    Raises:
        ServiceError: `login_wrong`, `login_taken`, or `nothing_yet` before the first start.
    """
    login = clean_login(login)
    if not 3 <= len(login) <= 120 or any(letter.isspace() for letter in login):
        raise invalid("login_wrong", "Логин: от 3 до 120 символов без пробелов.")
    core = settings.core
    cipher = Cipher([load_key(core.secret_key, core.data_dir)])
    database = Database(core.database_url, cipher, pool_size=2)
    try:
        return await _add(database, login)
    finally:
        await database.close()


async def _add(database: Database, login: str) -> Account:
    password = readable_password()
    async with database.unit() as unit:
        tenant_id = await repository.fetch_first_tenant(unit)
        if tenant_id is None:
            raise unavailable("nothing_yet", "База пуста. Сначала запустите сервис один раз.")
        user = await StaffRepository(unit, tenant_id).add(
            login=login,
            name="Администратор",
            role=Role.ADMIN.value,
            password_hash=await hash_password(password),
            companies=[],
            approved_at=utcnow(),
        )
        if user is None:
            raise ServiceError("login_taken", Kind.CONFLICT, "Этот логин уже занят.")
    return Account(login, password)
