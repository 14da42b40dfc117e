"""Job handlers about the data of clients."""

from __future__ import annotations

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.jobs import handles, periodic
from insurance_chat.insurance.jobs import SendClientData
from insurance_chat.insurance.kept import service as kept
from insurance_chat.operators.clients.exporting import service as exporting
from insurance_chat.operators.clients.exporting.service import Services
from insurance_chat.operators.clients.jobs import EraseFiles


@handles(EraseFiles, attempts=8, wait_seconds=10)
async def erase_files(job: EraseFiles, services: Services) -> None:
    """Remove the files of a deleted client; those that are gone already are no error."""
    for key in job.keys:
        await services.files.delete(key)


@handles(SendClientData, attempts=8, wait_seconds=5)
async def send_client_data(job: SendClientData, services: Services) -> None:
    """Give a client everything that is kept of them."""
    await exporting.send_to_client(services, job)


@periodic("clients.retention", "50 3 * * *")
async def drop_overdue(services: Services) -> None:
    """What the law made us keep of deleted clients goes when its term is over."""
    async with services.db.unit() as unit:
        files, _ = await kept.drop_overdue(unit, moscow_today())
        if files:
            await unit.defer(EraseFiles(keys=files))
