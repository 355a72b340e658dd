"""What the page may run, in a real browser: the client's own files, and nothing that people uploaded (L7)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from sanic import HTTPResponse, Request

from server.edge import errors, headers, static
from tests.support.served import bare_app, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

UPLOAD = "/_matrix/client/v1/media/download/x/y"
#: Remembers what the policy refused.
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => refused.push(event.blockedURI));
"""
#: A worker of the file, and what becomes of it: it loads its own wasm and code by the same policy.
WORKER = """(name) => new Promise((done) => {
  const worker = new Worker(`/assets/${name}`, { type: 'module' });
  worker.addEventListener('error', (event) => done(`error: ${event.message}`));
  import(`/assets/${name}`).then(() => done('runs'), (error) => done(String(error)));
})"""
RUN = """(path) => new Promise((done) => {
  const script = document.createElement('script');
  script.src = path;
  script.addEventListener('load', () => done('ran'));
  script.addEventListener('error', () => done('refused'));
  document.head.append(script);
})"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """The client's first page, served by our front."""

    async def upload(_request: Request) -> HTTPResponse:
        return HTTPResponse("window.ran = true", content_type="text/javascript")

    app = bare_app("policy")
    errors.install(app)
    headers.install(app)
    app.add_route(upload, UPLOAD)
    app.blueprint(static.blueprint(static.WebClient(static.default_folder())))
    async with served(app) as url:
        page = await browser.new_page()
        await page.add_init_script(WATCH)
        await page.goto(url)
        await page.wait_for_selector("#root > *")
        yield page
        await page.close()


async def test_the_client_runs_under_its_policy_with_all_its_workers(page: Page) -> None:
    names = [path.name for path in (static.default_folder() / "assets").glob("*.js")]
    workers = [name for name in names if "worker" in name or "wasm" in name]
    assert len(workers) >= 3
    assert {name: await page.evaluate(WORKER, name) for name in workers} == dict.fromkeys(workers, "runs")
    assert await page.evaluate("refused") == []


async def test_what_somebody_uploaded_does_not_run(page: Page) -> None:
    assert await page.evaluate(RUN, UPLOAD) == "refused"
    assert await page.evaluate("window.ran") is None
    [refused] = await page.evaluate("refused")
    assert refused.endswith(UPLOAD)
