import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from server.edge import errors, headers, requests
from server.edge.static import WebClient, blueprint
from tests.support.served import bare_app, served


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Unisono</title>" + " " * 500)
    (folder / "sw.js").write_text("self")
    (folder / "assets" / "app-1a2b.js").write_text("console.log(1);" * 100)
    (folder / "assets" / "app-1a2b.js.br").write_bytes(b"brotli bytes")
    (folder / "assets" / "crypto-9.wasm").write_bytes(b"\0asm" + bytes(1000))
    (tmp_path / "outside.txt").write_text("private")
    return folder


async def site(folder: Path) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    app = bare_app("static-test")
    for part in (requests, errors, headers):
        part.install(app)
    app.blueprint(blueprint(WebClient(folder)))
    async with served(app) as url, aiohttp.ClientSession(auto_decompress=False) as http:
        yield url, http


@pytest.fixture
async def built(dist: Path) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    async for pair in site(dist):
        yield pair


Built = tuple[str, aiohttp.ClientSession]


async def test_hashed_assets_are_kept_for_ever_and_pages_asked_for_again(built: Built) -> None:
    url, http = built
    async with http.get(f"{url}/assets/app-1a2b.js") as response:
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    for path in ("/", "/index.html", "/sw.js"):
        async with http.get(url + path) as response:
            assert response.headers["Cache-Control"] == "no-cache"


async def test_places_inside_the_application_are_its_page(built: Built) -> None:
    url, http = built
    navigation = {"Accept": "text/html,application/xhtml+xml"}
    for path in ("/", "/calls", "/rooms/!a:localhost", "/rooms/!a:example.org"):
        async with http.get(url + path, headers=navigation) as response:
            assert response.status == 200, path
            assert response.content_type == "text/html"


@pytest.mark.parametrize(
    "path",
    [
        "/missing.js",
        "/api/v1/nothing",
        "/_matrix",
        "/assets/../../outside.txt",
        "/assets/..%2f..%2foutside.txt",
    ],
)
async def test_what_is_no_place_is_not_found(built: Built, path: str) -> None:
    url, http = built
    async with http.get(URL(url + path, encoded=True)) as response:
        body = await response.read()
        assert response.status == 404
        assert b"private" not in body


async def test_the_best_coding_is_chosen(built: Built) -> None:
    url, http = built
    path = f"{url}/assets/app-1a2b.js"
    async with http.get(path, headers={"Accept-Encoding": "gzip, br"}) as response:
        assert (response.headers["Content-Encoding"], await response.read()) == ("br", b"brotli bytes")
    async with http.get(path, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await response.read()) == b"console.log(1);" * 100
    async with http.get(path, headers={"Accept-Encoding": "identity"}) as response:
        assert "Content-Encoding" not in response.headers
        assert response.headers["Vary"] == "Accept-Encoding"


async def test_what_the_browser_has_is_not_sent_again(built: Built) -> None:
    url, http = built
    async with http.get(f"{url}/") as response:
        etag = response.headers["ETag"]
    async with http.get(f"{url}/", headers={"If-None-Match": etag}) as response:
        assert (response.status, await response.read()) == (304, b"")


async def test_wasm_has_its_type(built: Built) -> None:
    url, http = built
    async with http.head(f"{url}/assets/crypto-9.wasm") as response:
        assert response.headers["Content-Type"] == "application/wasm"


async def test_a_client_that_was_not_built_is_explained(tmp_path: Path) -> None:
    async for url, http in site(tmp_path / "nowhere"):
        async with http.get(f"{url}/") as response:
            assert response.status == 503
            assert "not built" in await response.text()
