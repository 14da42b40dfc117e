"""A small S3-compatible storage: objects, listing (v2), multipart uploads, signatures of version 4.

It keeps objects in memory and speaks what a client needs of
https://docs.aws.amazon.com/AmazonS3/latest/API/: PUT, GET with a range, HEAD, DELETE, ListObjectsV2,
bulk delete, and the four calls of a multipart upload.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote
from uuid import uuid4
from xml.sax.saxutils import escape

from fastapi import FastAPI, Request
from starlette.responses import Response

SMALLEST_PART = 5 * 1024 * 1024
PAGE = 1000
_CREDENTIAL = re.compile(r"Credential=([^/,]+)/(\d{8})/([^/]+)/s3/aws4_request")
_SIGNED = re.compile(r"SignedHeaders=([\w;-]+)")
_SIGNATURE = re.compile(r"Signature=([0-9a-f]{64})")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass
class StoredObject:
    """One object."""

    body: bytes
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def etag(self) -> str:
        """Its version as a client sees it."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


@dataclass
class S3State:
    """What the storage holds and what it was asked.

    Args:
        bucket: the only one.
        key, secret: the only access key; requests signed with another are refused.
        fail_after_bytes: from then on every upload is answered with 503; None never.
    """

    bucket: str = "backups"
    key: str = "sandbox-key"
    secret: str = "sandbox-secret"  # noqa: S105 - the emulator's own
    objects: dict[str, StoredObject] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    fail_after_bytes: int | None = None
    received: int = 0


def create_s3_app(state: S3State | None = None) -> FastAPI:
    """The storage as an application; what it holds is in `app.state.s3`.

    Args:
        state: to begin with; an empty one when absent.
    """
    app = FastAPI(title="S3", docs_url=None, redoc_url=None)
    storage = state or S3State()
    app.state.s3 = storage

    async def serve(request: Request) -> Response:
        """Answer one request to the bucket or to an object."""
        body = await request.body()
        key = request.path_params.get("key", "")
        storage.requests.append(f"{request.method} {key}?{request.url.query}")
        if request.path_params["bucket"] != storage.bucket:
            return _error(404, "NoSuchBucket", key)
        if not _signed(request, storage):
            return _error(403, "SignatureDoesNotMatch", key)
        handler = _HANDLERS.get((request.method, bool(key)))
        if handler is None:
            return _error(405, "MethodNotAllowed", key)
        return await handler(storage, request, key, body)

    methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
    app.add_api_route("/{bucket}", serve, methods=methods, response_model=None)
    app.add_api_route("/{bucket}/{key:path}", serve, methods=methods, response_model=None)
    return app


async def _put(storage: S3State, request: Request, key: str, body: bytes) -> Response:
    storage.received += len(body)
    if storage.fail_after_bytes is not None and storage.received > storage.fail_after_bytes:
        return _error(503, "SlowDown", key)
    upload = request.query_params.get("uploadId")
    if upload is None:
        storage.objects[key] = StoredObject(body)
        return Response(headers={"ETag": storage.objects[key].etag})
    if upload not in storage.uploads:
        return _error(404, "NoSuchUpload", key)
    storage.uploads[upload][int(request.query_params["partNumber"])] = body
    return Response(headers={"ETag": StoredObject(body).etag})


async def _get(storage: S3State, request: Request, key: str, _body: bytes) -> Response:
    found = storage.objects.get(key)
    if found is None:
        return _error(404, "NoSuchKey", key)
    body, status = found.body, 200
    headers = {
        "ETag": found.etag,
        "Last-Modified": format_datetime(found.changed_at, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted:
        first = int(wanted.group(1))
        last = min(int(wanted.group(2) or len(body) - 1), len(body) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        body, status = body[first : last + 1], 206
    if request.method == "HEAD":
        headers["Content-Length"] = str(len(body))
        return Response(status_code=status, headers=headers)
    return Response(body, status, headers, "application/octet-stream")


async def _delete(storage: S3State, request: Request, key: str, _body: bytes) -> Response:
    upload = request.query_params.get("uploadId")
    if upload is not None:
        storage.uploads.pop(upload, None)
    else:
        storage.objects.pop(key, None)
    return Response(status_code=204)


async def _post(storage: S3State, request: Request, key: str, body: bytes) -> Response:
    if "uploads" in request.query_params:
        upload = uuid4().hex
        storage.uploads[upload] = {}
        return _xml(
            "InitiateMultipartUploadResult",
            f"<Bucket>{storage.bucket}</Bucket><Key>{escape(key)}</Key><UploadId>{upload}</UploadId>",
        )
    parts = storage.uploads.pop(request.query_params.get("uploadId", ""), None)
    if parts is None:
        return _error(404, "NoSuchUpload", key)
    numbers = sorted(int(found) for found in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body))
    if not numbers or any(len(parts[number]) < SMALLEST_PART for number in numbers[:-1]):
        return _error(400, "EntityTooSmall", key)
    storage.objects[key] = StoredObject(b"".join(parts[number] for number in numbers))
    tag = escape(storage.objects[key].etag)
    return _xml("CompleteMultipartUploadResult", f"<Key>{escape(key)}</Key><ETag>{tag}</ETag>")


async def _list(storage: S3State, request: Request, _key: str, _body: bytes) -> Response:
    asked = request.query_params
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    after = asked.get("continuation-token") or asked.get("start-after", "")
    page = int(asked.get("max-keys", PAGE))
    names = sorted(name for name in storage.objects if name.startswith(prefix) and name > after)
    items, groups, last = [], [], ""
    for name in names[:page]:
        last = name
        inside = name.removeprefix(prefix)
        if delimiter and delimiter in inside:
            group = prefix + inside.split(delimiter)[0] + delimiter
            groups += [] if group in groups else [group]
            continue
        found = storage.objects[name]
        items.append(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(found.body)}</Size>"
            f"<LastModified>{found.changed_at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<ETag>{escape(found.etag)}</ETag></Contents>"
        )
    more = len(names) > page
    token = f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
    shown = "".join(
        f"<CommonPrefixes><Prefix>{escape(group)}</Prefix></CommonPrefixes>" for group in groups
    )
    return _xml(
        "ListBucketResult",
        f"<Name>{storage.bucket}</Name><Prefix>{escape(prefix)}</Prefix>"
        f"<KeyCount>{len(items)}</KeyCount><IsTruncated>{str(more).lower()}</IsTruncated>{token}"
        + "".join(items)
        + shown,
    )


async def _delete_many(storage: S3State, _request: Request, _key: str, body: bytes) -> Response:
    removed = []
    for element in ElementTree.fromstring(body).iter():  # noqa: S314 - sent by our own tests
        if element.tag.rpartition("}")[2] == "Key" and element.text:
            storage.objects.pop(element.text, None)
            removed.append(f"<Deleted><Key>{escape(element.text)}</Key></Deleted>")
    return _xml("DeleteResult", "".join(removed))


Handler = Callable[[S3State, Request, str, bytes], Awaitable[Response]]
_HANDLERS: dict[tuple[str, bool], Handler] = {
    ("PUT", True): _put,
    ("GET", True): _get,
    ("HEAD", True): _get,
    ("DELETE", True): _delete,
    ("POST", True): _post,
    ("GET", False): _list,
    ("POST", False): _delete_many,
}


def _signed(request: Request, storage: S3State) -> bool:
    """Check the signature as Amazon describes it ("AWS Signature Version 4")."""
    header = request.headers.get("authorization", "")
    credential, signed = _CREDENTIAL.search(header), _SIGNED.search(header)
    signature = _SIGNATURE.search(header)
    if not (credential and signed and signature) or credential.group(1) != storage.key:
        return False
    names = signed.group(1).split(";")
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(request.query_params.multi_items())
    )
    path = request.scope.get("raw_path", b"").decode().split("?")[0]
    canonical = "\n".join(
        (
            request.method,
            path,
            query,
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            signed.group(1),
            request.headers.get("x-amz-content-sha256", ""),
        )
    )
    day, region = credential.group(2), credential.group(3)
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            request.headers.get("x-amz-date", ""),
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    secret = f"AWS4{storage.secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    expected = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature.group(1))


def _xml(name: str, inside: str) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inside}</{name}>'
    )
    return Response(text, media_type="application/xml")


def _error(status: int, code: str, key: str) -> Response:
    text = f"<Error><Code>{code}</Code><Message>{code}</Message><Key>{escape(key)}</Key></Error>"
    return Response(text, status, media_type="application/xml")
