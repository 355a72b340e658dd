"""The built web client: hashed assets for ever, everything else asked for each time.

A path that is no file may be a place inside the application: it gets `index.html`.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request
from sanic.exceptions import NotFound

from server.workers import Workers

_PACKAGE = Path(__file__).parents[1]
_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Unisono</title>
<p>The server runs, but its web client is not built.</p>
<p>In a checkout, <code>./run</code> builds it.</p></html>
"""
#: Compressing these on first use spares a slow line two thirds; pictures are compressed already.
_COMPRESSIBLE = ("text/", "application/javascript", "application/json", "application/wasm", "image/svg+xml")
#: First segments that are never a place inside the application.
_NO_PLACE = {"api", "oidc", "oauth", "internal", "health", ".well-known", "_matrix", "_synapse", "assets"}
mimetypes.add_type("application/wasm", ".wasm")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("application/manifest+json", ".webmanifest")


def default_folder() -> Path:
    """In the wheel the client travels inside the package; in a checkout it is where Vite left it."""
    inside = _PACKAGE / "web_client"
    return inside if inside.exists() else _PACKAGE.parent / "clients" / "web" / "dist"


@dataclass
class Asset:
    """One file, read on first use; `encoded` holds its bodies by content coding ("" is as it is)."""

    path: Path
    immutable: bool
    encoded: dict[str, bytes] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        kind = mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind

    def body(self, accepted: str) -> tuple[bytes, str]:
        """The bytes in the best coding that `accepted` (Accept-Encoding) names, and that coding."""
        codings = [part.split(";")[0].strip() for part in accepted.split(",")]
        for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
            if coding in codings and (content := self._coded(coding, suffix)) is not None:
                return content, coding
        return self._plain(), ""

    def _plain(self) -> bytes:
        if "" not in self.encoded:
            self.encoded[""] = self.path.read_bytes()
        return self.encoded[""]

    def _coded(self, coding: str, suffix: str) -> bytes | None:
        if coding not in self.encoded:
            ready = self.path.with_name(self.path.name + suffix)
            if ready.exists():
                self.encoded[coding] = ready.read_bytes()
            elif coding == "gzip" and self.content_type.startswith(_COMPRESSIBLE):
                self.encoded[coding] = gzip.compress(self._plain(), 6, mtime=0)
        return self.encoded.get(coding)


class WebClient:
    """The files of one folder, found at start: a request never touches a path of its own making."""

    def __init__(self, folder: Path) -> None:
        files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
        self.assets = {
            path.relative_to(folder).as_posix(): Asset(path, "assets" in path.relative_to(folder).parts[:-1])
            for path in files
            if path.suffix not in {".br", ".gz", ".map"}
        }

    def find(self, path: str, accepted: str) -> Asset | None:
        """The file for a request path without its leading slash; None when there is nothing."""
        if path in self.assets:
            return self.assets[path]
        return self.assets.get("index.html") if is_place(path, accepted) else None


def is_place(path: str, accepted: str) -> bool:
    """Whether a browser is being sent somewhere inside the application.

    `!room:example.org` in a path looks like a file; what tells is that a navigation asks for HTML (`accepted`
    is its Accept header).
    """
    if path.split("/", 1)[0] in _NO_PLACE:
        return False
    return "text/html" in accepted or "." not in path.rpartition("/")[2]


def blueprint(client: WebClient) -> Blueprint:
    """Routes for everything that nobody else serves."""
    routes, readers = Blueprint("web_client"), Workers("files", 2)

    async def serve(request: Request, path: str = "") -> HTTPResponse:
        accepted = request.headers.get("accept", "")
        asset = client.find(path or "index.html", accepted)
        if asset is not None:
            return await readers.run(_answer, request, asset)
        if client.assets or not is_place(path, accepted):
            raise NotFound
        return HTTPResponse(_MISSING, 503, content_type="text/html; charset=utf-8")

    routes.add_route(serve, "/", methods=["GET", "HEAD"], name="index")
    routes.add_route(serve, "/<path:path>", methods=["GET", "HEAD"], name="file")
    return routes


def _answer(request: Request, asset: Asset) -> HTTPResponse:
    body, coding = asset.body(request.headers.get("accept-encoding", ""))
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": "public, max-age=31536000, immutable" if asset.immutable else "no-cache",
    }
    if etag in request.headers.get("if-none-match", ""):
        return HTTPResponse(None, 304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    return HTTPResponse(body, 200, headers=headers, content_type=asset.content_type)
