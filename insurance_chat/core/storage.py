"""Where files and backups are kept: a folder of this machine or an S3-compatible storage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import (
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import LocalStore, S3Store
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from insurance_chat.core.errors import Kind, ServiceError, unavailable
from insurance_chat.core.settings import ENV

PIECE_BYTES = 8 * 1024 * 1024  # S3 takes parts of at least 5 MiB
CONNECT_SECONDS = 10
RETRIES = 3
RETRY_SECONDS = 60
_ADDRESS = re.compile(r"https?://[\w.-]+(:\d{1,5})?/?", re.ASCII)


class S3Settings(BaseSettings):
    """An S3-compatible storage; a subclass gives the prefix of the names."""

    s3_bucket: str = Field("", description="Бакет S3-совместимого хранилища; пусто — папка.")
    s3_endpoint: str = Field(
        "",
        description="Адрес хранилища, например https://storage.yandexcloud.net; пусто — Amazon S3.",
    )
    s3_region: str = Field("ru-central1", description="Регион хранилища.")
    s3_key: str = Field("", description="Идентификатор ключа доступа к хранилищу.")
    s3_secret: SecretStr = Field(SecretStr(""), description="Секретный ключ доступа к хранилищу.")
    s3_folder: str = Field(
        "", description="Папка внутри бакета; у каждой установки сервиса должна быть своя."
    )


class FilesSettings(S3Settings):
    """Where documents, policies and attachments live; the default is `DATA_DIR/files`."""

    model_config = SettingsConfigDict(**{**ENV, "env_prefix": "FILES_"})


@dataclass(frozen=True, slots=True)
class Place:
    """An opened storage.

    Args:
        store: of obstore.
        title: where it is, for people: a folder or `s3://bucket/folder`; never a secret.
        folder: of this machine; None for S3.
    """

    store: Any
    title: str
    folder: Path | None = None


def open_place(s3: S3Settings, folder: Path) -> Place:
    """Open the S3 storage if a bucket is set, otherwise the folder; nothing is asked of S3 yet.

    Args:
        s3: settings; an `http://` endpoint is allowed, for a storage inside one's own network.
        folder: created when missing, closed to other users.

    Raises:
        ServiceError: `storage_unavailable` when the settings or the folder cannot be used.
    """
    with storage_errors(s3.s3_bucket or str(folder)):
        if not s3.s3_bucket:
            folder = folder.expanduser().resolve()
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return Place(LocalStore(folder), str(folder), folder)
        inside = s3.s3_folder.strip("/")
        title = "/".join(part for part in (f"s3://{s3.s3_bucket}", inside) if part)
        return Place(_s3_store(s3, inside), title)


def _s3_store(s3: S3Settings, inside: str) -> S3Store:
    config: dict[str, Any] = {
        "bucket": s3.s3_bucket,
        "region": s3.s3_region,
        # Without keys the library looks for those of an Amazon machine, and waits for them.
        "skip_signature": not s3.s3_key,
    }
    if s3.s3_key:
        config |= {
            "access_key_id": s3.s3_key,
            "secret_access_key": s3.s3_secret.get_secret_value(),
        }
    if s3.s3_endpoint:
        # The library panics on what is no address.
        if not _ADDRESS.fullmatch(s3.s3_endpoint):
            raise ValueError("not an address")
        config["endpoint"] = s3.s3_endpoint.rstrip("/")
    return S3Store(
        prefix=inside or None,
        config=config,  # type: ignore[arg-type]
        client_options={
            "allow_http": s3.s3_endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        },
        retry_config={
            "max_retries": RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
        },
    )


@contextmanager
def storage_errors(title: str, *, reading: bool = False) -> Iterator[None]:
    """Turn a failure of a storage into a sentence.

    Args:
        reading: an object may be missing, and stays `FileNotFoundError`; when writing and listing
            that means that there is no such bucket.

    Raises:
        ServiceError: `storage_unavailable`, or `storage_forbidden` when the keys do not fit.
    """
    try:
        yield
    except (NotFoundError, FileNotFoundError) as missing:
        if reading:
            raise
        raise _does_not_work(title) from missing
    except (PermissionDeniedError, UnauthenticatedError, PermissionError) as problem:
        raise ServiceError(
            "storage_forbidden",
            Kind.UNAVAILABLE,
            f"Хранилище {title} не пускает: проверьте ключ доступа и права на запись.",
        ) from problem
    except (BaseError, OSError, ValueError) as problem:
        raise _does_not_work(title) from problem


def _does_not_work(title: str) -> ServiceError:
    return unavailable(
        "storage_unavailable",
        f"Хранилище {title} не отвечает или не принимает файлы: проверьте адрес, имя бакета и "
        "свободное место.",
    )


def try_out(place: Place) -> None:
    """Write a small object, read it back and take it away.

    Raises:
        ServiceError: `storage_unavailable` or `storage_forbidden`.
    """
    name, body = "doctor-check", b"insurance-chat"
    with storage_errors(place.title):
        obstore.put(place.store, name, body)
        found = bytes(obstore.get(place.store, name).bytes())
        obstore.delete(place.store, name)
    if found != body:
        raise unavailable(
            "storage_unavailable", f"Хранилище {place.title} вернуло не то, что взяло."
        )
