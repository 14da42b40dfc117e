"""Links of people are followed only over the open internet."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.core.fetching import Fetcher, check_link, is_public
from tests.slices.knowledge.site import Site

HERE = frozenset({"127.0.0.1"})


async def refusal(url: str, fetcher: Fetcher) -> str:
    with pytest.raises(ServiceError) as caught:
        await fetcher.download(url)
    assert any("а" <= letter <= "я" for letter in caught.value.message)
    return caught.value.code


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4010::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("198.18.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
    ],
)
def test_only_addresses_of_the_open_internet_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


async def test_a_file_is_fetched_with_the_name_of_its_host() -> None:
    with Site({"/rules.pdf": b"%PDF", "/old": "->/rules.pdf"}) as site:
        found = await Fetcher(HERE).download(f"{site.url}/old")

    assert (found.body, found.file_name, found.url) == (
        b"%PDF",
        "rules.pdf",
        f"{site.url}/rules.pdf",
    )
    assert site.asked[0]["Host"] == f"127.0.0.1:{site.port}"
    assert site.asked[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/",
        "http://localhost/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
    ],
)
async def test_internal_addresses_are_refused_however_they_are_written(url: str) -> None:
    assert await refusal(url, Fetcher()) == "link_private"


async def test_a_redirect_into_the_internal_network_is_refused() -> None:
    with Site({"/a": "->http://localhost:8080/secret", "/b": "->file:///etc/passwd"}) as site:
        assert await refusal(f"{site.url}/a", Fetcher(HERE)) == "link_private"
        assert await refusal(f"{site.url}/b", Fetcher(HERE)) == "link_wrong"


@pytest.mark.parametrize(
    "url",
    ["ftp://example.ru/a", "file:///etc/passwd", "http://", "http://user:pass@example.ru/", "a",
     "http://[::1", "http://example.ru:99999/"],
)  # fmt: skip
def test_what_is_no_link_is_refused_at_once(url: str) -> None:
    with pytest.raises(ServiceError, match="link_wrong"):
        check_link(url)


async def test_ports_of_other_services_are_refused() -> None:
    assert await refusal("http://example.ru:6379/", Fetcher()) == "link_wrong"


async def test_endless_redirects_and_large_answers_end() -> None:
    with Site({"/a": "->/a", "/large": b"x" * 5000}) as site:
        assert await refusal(f"{site.url}/a", Fetcher(HERE)) == "link_redirects"
        assert await refusal(f"{site.url}/large", Fetcher(HERE, max_bytes=1000)) == "link_too_large"
        assert await refusal(f"{site.url}/none", Fetcher(HERE)) == "link_status"


async def test_a_site_that_does_not_answer_in_time_is_left() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        code = await refusal(f"http://127.0.0.1:{port}/", Fetcher(HERE, seconds=0.2))

    assert code == "link_unreachable"
