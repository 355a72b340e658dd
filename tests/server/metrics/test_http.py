"""What Prometheus reads of the web process."""

from tests.support.web import Answer, Web


async def scrape(web: Web, token: str | None = None) -> Answer:
    bearer = {"Authorization": f"Bearer {web.secrets.metrics_token if token is None else token}"}
    return await web.browser().ask("GET", "/metrics", headers=bearer)


async def test_requests_are_counted_by_route_and_never_by_what_people_typed(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    for _ in range(2):
        await anna.get("/api/v1/contacts/secret-number-0698765432")
    answer = await scrape(web)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = answer.body.decode()
    route = 'route="api/v1/contacts/<contact_id:str>"'
    assert f'unisono_http_requests_total{{method="GET",{route},status="404"}} 2.0' in text
    assert "secret-number" not in text and "Anna" not in text
    assert f"unisono_http_seconds_count{{{route}}} 2.0" in text


async def test_people_sessions_and_contacts_are_counted(web: Web) -> None:
    anna = await web.signed_in("Anna Rossi", "201")
    await web.enrol("Bruno Bianchi", "202")
    await anna.ask("POST", "/api/v1/contacts", {"name": "Gino"})
    lines = (await scrape(web)).body.decode().splitlines()
    for line in ("unisono_people 2.0", "unisono_sessions 1.0", "unisono_contacts 1.0"):
        assert line in lines, line


async def test_only_the_metrics_token_opens_them(web: Web) -> None:
    for token in ("", "wrong", web.secrets.internal_secret):
        answer = await scrape(web, token)
        assert (answer.status, answer.code) == (401, "not_authorised")
    assert (await (await web.signed_in("Anna Rossi")).get("/metrics")).status == 401
