"""`/api/v1/calendars` with real servers of calendars: files over HTTP, and Radicale."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web as http
from sqlalchemy import text

from server.calendars.store import SqlCalendars
from server.config.sections import CalendarsSection
from tests.server.calendars.test_reading import calendar, event
from tests.support.radicale import PASSWORD, USER, Radicale, radicale
from tests.support.web import Browser, Web, demo_config, running

HOUR = 3_600_000
ANNA = "@anna:localhost"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    config = replace(demo_config(), calendars=CalendarsSection(("127.0.0.0/8",), 5))
    async with running(tmp_path, config) as web:
        yield web


@pytest.fixture
async def anna(web: Web) -> Browser:
    return await web.signed_in("Anna", "201")


@pytest.fixture
async def bruno(web: Web) -> Browser:
    return await web.signed_in("Bruno", "202")


class Files:
    """A server of one calendar: `body` at /a.ics, at /redirect, packed, and behind a password."""

    def __init__(self) -> None:
        self.body, self.etag, self.statuses = b"", '"1"', list[int]()
        self.url = ""

    async def answer(self, request: http.Request) -> http.StreamResponse:
        match request.path:
            case "/redirect":
                raise http.HTTPFound("/a.ics")
            case "/inside":
                raise http.HTTPFound("http://169.254.169.254/latest/meta-data")
            case "/loop":
                raise http.HTTPFound("/loop")
            case "/bomb":
                packed = gzip.compress(b"BEGIN:VCALENDAR\n" + bytes(64 * 1024 * 1024))
                return http.Response(body=packed, headers={"Content-Encoding": "gzip"})
            case "/locked":
                raise http.HTTPUnauthorized
            case "/broken":
                raise http.HTTPInternalServerError
            case "/a.ics":
                same = request.headers.get("If-None-Match") == self.etag
                self.statuses.append(304 if same else 200)
                if same:
                    raise http.HTTPNotModified
                return http.Response(body=self.body, headers={"ETag": self.etag})
        raise http.HTTPNotFound


@pytest.fixture
async def files() -> AsyncIterator[Files]:
    found = Files()
    app = http.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    runner = http.AppRunner(app)
    await runner.setup()
    await http.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


def utc(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def meeting(web: Web, begins: int, ends: int, *more: str, uid: str = "1@test") -> str:
    now = web.clock()
    return event(
        f"DTSTART:{utc(now + begins)}", f"DTEND:{utc(now + ends)}", *more, uid=uid, summary="Secret plan"
    )


async def state(browser: Browser, user_id: str = ANNA) -> str:
    people = (await browser.get("/api/v1/people")).body["people"]
    return str(next(one["state"] for one in people if one["user_id"] == user_id))


async def test_a_link_says_that_one_is_in_a_meeting_until_its_end(
    web: Web, anna: Browser, bruno: Browser, files: Files
) -> None:
    files.body = calendar(meeting(web, -HOUR, HOUR), head="X-WR-CALNAME:Work")
    added = await anna.ask("POST", "/api/v1/calendars", {"address": f"{files.url}/a.ics?key=s3cret"})
    assert added.status == 200, added.body
    (row,) = added.body["calendars"]
    end = web.clock() // 1000 * 1000 + HOUR
    assert (row["name"], row["host"], row["problem"], row["next"]["title"]) == (
        "Work",
        "127.0.0.1",
        None,
        "Secret plan",
    )
    assert added.body["busy_until"] == row["next"]["ends_at"] == end
    assert "s3cret" not in str(added.body)
    async with web.engine.connect() as connection:
        kept = str((await connection.execute(text("SELECT * FROM calendars"))).all())
    assert "s3cret" not in kept
    assert "Secret plan" not in kept
    # Nobody else is told what it is about.
    seen = (await bruno.get("/api/v1/people")).body
    assert "Secret plan" not in str(seen)
    assert (await bruno.get("/api/v1/calendars")).body["calendars"] == []
    again = await anna.ask("POST", "/api/v1/calendars", {"address": f"{files.url}/a.ics?key=s3cret"})
    assert (again.status, again.code) == (409, "calendar_twice")
    read = f"/api/v1/calendars/{row['id']}/read"
    files.statuses.clear()
    assert (await anna.ask("POST", read)).status == 200
    assert files.statuses == [304]
    # What was there is kept while the server is away.
    files.body, files.etag = b"no calendar", '"2"'
    assert (await anna.ask("POST", read)).code == "calendar_not_a_calendar"
    (row,) = (await anna.get("/api/v1/calendars")).body["calendars"]
    assert (row["problem"], row["next"]["title"]) == ("calendar_not_a_calendar", "Secret plan")
    web.clock.now = end
    assert (await anna.get("/api/v1/calendars")).body["busy_until"] is None
    assert (await bruno.ask("DELETE", f"/api/v1/calendars/{row['id']}")).code == "unknown_calendar"
    assert (await anna.ask("DELETE", f"/api/v1/calendars/{row['id']}")).body["calendars"] == []


async def test_nothing_rings_during_appointments_for_whoever_wants_that(
    web: Web, anna: Browser, files: Files
) -> None:
    files.body = calendar(meeting(web, 0, HOUR))
    await anna.ask("POST", "/api/v1/calendars", {"address": f"{files.url}/a.ics"})
    services = (await anna.get("/api/v1/services")).body
    assert services["now"]["appointment"] is False
    assert (await anna.ask("PATCH", "/api/v1/calendars", {"silent": True})).body["silent"] is True
    now = (await anna.get("/api/v1/services")).body["now"]
    end = web.clock() // 1000 * 1000 + HOUR
    assert (now["appointment"], now["until"]) == (True, end)
    web.clock.now = end
    assert (await anna.get("/api/v1/services")).body["now"]["appointment"] is False


async def test_what_was_read_holds_for_a_process_that_begins(web: Web, anna: Browser, files: Files) -> None:
    files.body = calendar(meeting(web, -HOUR, HOUR))
    await anna.ask("POST", "/api/v1/calendars", {"address": f"{files.url}/a.ics"})
    choices = await SqlCalendars(web.engine).choices()
    assert [len(one.times) for one in choices.values()] == [1]


async def test_what_is_wrong_is_said_at_once(anna: Browser, files: Files) -> None:
    for path, code in {
        "/nothing": "calendar_not_found",
        "/locked": "calendar_wrong_password",
        "/broken": "calendar_server_error",
        "/bomb": "calendar_too_large",
        "/inside": "calendar_address_forbidden",
        "/loop": "calendar_server_error",
        "/a.ics": "calendar_not_a_calendar",
    }.items():
        refused = await anna.ask("POST", "/api/v1/calendars", {"address": files.url + path})
        assert (refused.status, refused.code) == (400, code), path


async def test_nobody_sends_the_server_where_they_may_not(anna: Browser) -> None:
    for address, code in {
        "ftp://example.org/a.ics": "calendar_address_invalid",
        "http://93.184.216.34/a.ics": "calendar_needs_https",
        "http://192.168.0.1/a.ics": "calendar_address_forbidden",
        "https://169.254.169.254/latest": "calendar_address_forbidden",
        "https://[::1]/a.ics": "calendar_address_forbidden",
        "https://10.0.0.1/a.ics": "calendar_address_forbidden",
        # What is no address to Python is one to a library that makes letters plain.
        "http://１０.0.0.1:8080/a.ics": "calendar_needs_https",
        "https://169。254。169。254/latest": "calendar_address_forbidden",
    }.items():
        refused = await anna.ask("POST", "/api/v1/calendars", {"address": address})
        assert (refused.status, refused.code) == (400, code), address


async def test_a_name_that_leads_inside_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as web:
        anna = await web.signed_in("Anna", "201")
        refused = await anna.ask("POST", "/api/v1/calendars", {"address": "https://localhost:8443/a.ics"})
        assert refused.code == "calendar_address_forbidden"
        refused = await anna.ask("POST", "/api/v1/calendars", {"address": "http://localhost:8080/a.ics"})
        assert refused.code == "calendar_needs_https"


@pytest.fixture
async def account(tmp_path: Path) -> AsyncIterator[Radicale]:
    folder = tmp_path / "radicale"
    folder.mkdir()
    async with radicale(folder) as server:
        yield server


async def test_an_account_of_several_calendars_is_asked_for_which(
    web: Web, anna: Browser, account: Radicale
) -> None:
    await account.make("work", "Work")
    await account.make("home", "Home")
    await account.put("work", "one", calendar(meeting(web, -HOUR, HOUR)))
    await account.put("home", "two", calendar(meeting(web, HOUR, 2 * HOUR, uid="2@test")))
    wanted = {"address": account.url, "user": USER, "password": PASSWORD}
    wrong = await anna.ask("POST", "/api/v1/calendars", wanted | {"password": "wrong"})
    assert wrong.code == "calendar_wrong_password"
    tried = await anna.ask("POST", "/api/v1/calendars", wanted)
    assert tried.body["calendars"] == []
    found = {one["name"]: one["url"] for one in tried.body["found"]}
    assert sorted(found) == ["Home", "Work"]
    added = await anna.ask("POST", "/api/v1/calendars", wanted | {"chosen": [found["Work"]]})
    (row,) = added.body["calendars"]
    assert (row["name"], row["kind"], added.body["found"]) == ("Work", "caldav", [])
    assert added.body["busy_until"] == web.clock() // 1000 * 1000 + HOUR
    # The server's own mark says that something has changed, and what.
    await account.put("work", "three", calendar(meeting(web, HOUR, 3 * HOUR, uid="3@test")))
    again = await anna.ask("POST", f"/api/v1/calendars/{row['id']}/read")
    assert again.body["busy_until"] == web.clock() // 1000 * 1000 + 3 * HOUR
    # One that is there keeps no other of the account away.
    both = await anna.ask("POST", "/api/v1/calendars", wanted | {"chosen": list(found.values())})
    assert sorted(one["name"] for one in both.body["calendars"]) == ["Home", "Work"]
