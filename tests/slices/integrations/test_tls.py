"""The certificate is checked for the name in the address although the connection goes to a number."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from insurance_chat.integrations.sending import Answer, post


def certificate_for(name: str, folder: Path) -> Path:
    """A self-signed certificate with its key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem


@pytest.mark.parametrize(
    ("certified", "answer"),
    [("localhost", Answer(200)), ("other.example", Answer(None, "connection: ConnectError"))],
)
async def test_only_the_named_server_gets_the_event(
    certified: str, answer: Answer, tmp_path: Path, services: Any, receiver: Any
) -> None:
    pem = certificate_for(certified, tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=str(pem))
    async with server, httpx.AsyncClient(verify=trusting, trust_env=False) as http:
        url = f"https://localhost:{port}/hook"
        assert await post(http, services.integrations, url, {}, b"{}") == answer
    assert len(receiver.requests) == (1 if answer.status else 0)
