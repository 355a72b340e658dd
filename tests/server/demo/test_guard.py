"""The demo opens no real organisation, and answers to nobody elsewhere."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from sanic import HTTPResponse, Request

from server import main as command
from server.config import Config, DataDir, load, shipped
from server.demo import guard, here
from server.edge import errors, requests
from tests.support.served import bare_app, served
from tests.support.web import migrated

DEMO = load(shipped("demo.toml"))
REAL = load()


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    found = DataDir(tmp_path / "data")
    found.create()
    return found


@pytest.fixture
def add(data: DataDir) -> Callable[[str], None]:
    def add(email: str) -> None:
        if not data.database.exists():
            asyncio.run(migrated(data.database))
        words = ["people", "add", "--email", email, "--name", "N", "--password", "correct horse"]
        with pytest.raises(SystemExit) as end:
            command.main([*words, "--data", str(data.root)])
        assert end.value.code == 0

    return add


def _start(config: Config, data: DataDir) -> None:
    asyncio.run(guard.check(config, data))


def test_new_data_may_become_a_demos_and_stay_it_with_invited_people(
    data: DataDir, add: Callable[[str], None]
) -> None:
    _start(DEMO, data)
    add("invited@office.example")
    _start(DEMO, data)


def test_data_of_before_with_nobody_but_the_demos_people_is_a_demos(
    data: DataDir, add: Callable[[str], None]
) -> None:
    add("Anna@unisono.example")
    _start(DEMO, data)


def test_the_demo_is_refused_on_the_data_of_a_real_organisation(
    data: DataDir, add: Callable[[str], None]
) -> None:
    for email in ("anna@unisono.example", "dario@office.example", "elena@office.example"):
        add(email)
    with pytest.raises(guard.RealData, match=r"dario@office\.example and 1 more"):
        _start(DEMO, data)


def test_a_demo_that_became_a_real_organisation_is_none_any_more(
    data: DataDir, add: Callable[[str], None]
) -> None:
    _start(DEMO, data)
    _start(REAL, data)
    add("dario@office.example")
    with pytest.raises(guard.RealData, match=r"not the demo's \(dario@office\.example\):"):
        _start(DEMO, data)


def test_the_note_of_one_database_says_nothing_of_another(data: DataDir, add: Callable[[str], None]) -> None:
    elsewhere = replace(
        DEMO, database=replace(DEMO.database, url=f"sqlite+aiosqlite:///{data.root}/other.db")
    )
    _start(elsewhere, data)
    add("dario@office.example")
    with pytest.raises(guard.RealData):
        _start(DEMO, data)


def test_a_database_that_is_away_is_no_demos(data: DataDir) -> None:
    away = replace(DEMO, database=replace(DEMO.database, url="postgresql://u@127.0.0.1:1/u"))
    with pytest.raises(guard.RealData, match="the database is not there"):
        _start(away, data)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8080", 200), ("127.0.0.1", 200), ("[::1]:8080", 200),
        ("phone.example.org", 421), ("192.168.1.2:8080", 421), ("localhost.example.org", 421), ("[", 421),
    ],
)  # fmt: skip
async def test_a_page_of_elsewhere_cannot_read_the_demo_by_rebinding_its_name(host: str, status: int) -> None:
    async def outbox(_request: Request) -> HTTPResponse:
        return HTTPResponse("codes")

    app = bare_app("demo-guard")
    errors.install(app)
    here.install(app)
    app.add_route(outbox, "/outbox")
    async with served(app) as url, aiohttp.ClientSession() as http:
        answer = await http.get(f"{url}/outbox", headers={"Host": host})
        assert answer.status == status


@pytest.mark.parametrize("demo", [False, True])
async def test_a_head_that_is_too_large_is_called_so_and_no_name_of_elsewhere(*, demo: bool) -> None:
    async def outbox(_request: Request) -> HTTPResponse:
        return HTTPResponse("codes")

    app = bare_app("demo-head")
    app.add_route(outbox, "/outbox")
    requests.install(app)
    errors.install(app)
    if demo:
        here.install(app)
    async with served(app) as url, aiohttp.ClientSession() as http:
        answer = await http.get(f"{url}/outbox", headers={"X-Long": "x" * 100_000})
        assert answer.status == 431
        assert (await answer.json())["error"]["code"] == "headers_too_large"
