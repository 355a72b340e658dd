"""A whole bridge: real SIP, real media gateway, real database and HTTP; only its neighbours are small."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession
from yarl import URL

from bridges.media.config import Media
from bridges.sip import app as app_module
from bridges.sip.app import Bridge, CannotListen
from bridges.sip.config import Config, Control, Sip, Trunk
from bridges.sip.records.store import Store
from bridges.sip.transport.api import (
    Answered,
    Ended,
    EndpointConfig,
    Event,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    Progress,
    TrunkConfig,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.surroundings import AS_TOKEN, HS_TOKEN, REALM, SECRET, Surroundings
from tests.support.audio import tone_share
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone
from tests.support.webrtc_peer import WebRtcPeer

ROOM = "!room:localhost"
PHONE_PLAN = {
    "outcome": "ring",
    "caller": {"user_id": "@anna:localhost", "name": "Anna Rossi", "number": "201"},
    "callee": {"user_id": "@bruno:localhost", "name": "Bruno Bianchi", "number": "202"},
    "stages": [{"timeout": 45.0, "legs": [{"kind": "sip", "extension": "202"}]}],
}


def configuration(around: Surroundings, folder: Path) -> Config:
    first = free_block(24)
    return Config(
        domain="localhost",
        realm=REALM,
        sip=Sip(udp_port=first, tcp_port=first),
        control=Control(port=first + 1),
        media=Media(webrtc_port=first + 2, rtp_port_min=first + 4, rtp_port_max=first + 23),
        homeserver_url=around.url,
        web_url=around.url,
        as_token=AS_TOKEN,
        hs_token=HS_TOKEN,
        internal_secret=SECRET,
        database=str(folder / "bridge.db"),
    )


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Bridge]:
    bridge = Bridge(config, await Store.open(Path(config.database)))
    try:
        await bridge.start()
        yield bridge
    finally:
        await bridge.stop()


class Phone:
    """A desk phone on the real SIP engine: registers as an extension, calls and answers with real RTP."""

    def __init__(self, bridge: Bridge, extension: str, rtp: RtpPhone) -> None:
        self.extension, self.rtp = extension, rtp
        trunk = TrunkConfig(
            name="line",
            host="127.0.0.1",
            port=bridge.endpoint.udp_port or 0,
            kind="register",
            username=extension,
            password=f"phone-{extension}",
        )
        config = EndpointConfig(
            domain="localhost",
            realm=REALM,
            udp_port=0,
            tcp_port=None,
            trunks=(trunk,),
            registrar=False,
        )
        self.endpoint = SipEndpoint(config)
        self.endpoint.on_invite = self._ring
        self.incoming: asyncio.Queue[IncomingCall] = asyncio.Queue()
        self.events: asyncio.Queue[Event] = asyncio.Queue()

    async def __aenter__(self) -> "Phone":
        up = asyncio.Event()
        self.endpoint.on_trunk_change = lambda status: up.set() if status.up else None
        await self.endpoint.start()
        async with asyncio.timeout(PATIENCE):
            await up.wait()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.endpoint.stop()

    async def _ring(self, call: IncomingCall) -> None:
        call.listen(self.events.put_nowait)
        call.ring()
        await self.incoming.put(call)

    async def answer(self, sdp: str | None = None) -> IncomingCall:
        """Wait for a call, and pick it up."""
        async with asyncio.timeout(PATIENCE):
            call = await self.incoming.get()
        call.answer(sdp or self.rtp.sdp())
        self.rtp.talk_to(call.sdp or "")
        return call

    async def call(self, number: str, sdp: str | None = None) -> OutgoingCall:
        call = await self.endpoint.invite(
            self.endpoint.trunk_target("line", number),
            from_=NameAddress(f"sip:{self.extension}@localhost"),
            to=NameAddress(f"sip:{number}@localhost"),
            sdp=sdp or self.rtp.sdp(),
            credentials=self.endpoint.trunk_credentials("line"),
        )
        call.listen(self.events.put_nowait)
        return call

    async def hears_of(self, kind: type[Event]) -> Any:
        """The next event of this kind."""
        async with asyncio.timeout(PATIENCE):
            while not isinstance(event := await self.events.get(), kind):
                pass
        return event


@asynccontextmanager
async def two_phones(folder: Path) -> AsyncIterator[tuple[Surroundings, Bridge, Phone, Phone]]:
    async with (
        Surroundings() as around,
        running(configuration(around, folder)) as bridge,
        RtpPhone(tone_hz=440) as here,
        RtpPhone(tone_hz=900) as there,
        Phone(bridge, "201", here) as anna,
        Phone(bridge, "202", there) as bruno,
    ):
        yield around, bridge, anna, bruno


async def test_two_desk_phones_talk_and_the_web_is_told(tmp_path: Path) -> None:
    async with two_phones(tmp_path) as (around, bridge, anna, bruno):
        around.plan = PHONE_PLAN
        call = await anna.call("202")
        await bruno.answer()
        await anna.hears_of(Progress)
        answered = await anna.hears_of(Answered)
        anna.rtp.talk_to(answered.sdp)
        await bruno.rtp.wait_packets(60)
        await anna.rtp.wait_packets(60)
        assert hears(bruno.rtp.heard(), 440)
        assert hears(anna.rtp.heard(), 900)
        assert bridge.calls()[0]["bridge_state"] == "talking"
        call.bye()
        await bruno.hears_of(Ended)
        record = await around.record()
        assert (record["outcome"], record["answered_on"]) == ("answered", "desk_phone")
        assert record["audio"] == {"caller_to_callee": True, "callee_to_caller": True}
        await around.until(lambda: around.states[-1]["registered"] == ["201", "202"], "registrations")
        await around.until(lambda: around.states[-1]["users"] == {}, "nobody on the phone")
        busy = {"@anna:localhost": {"calls": 1}, "@bruno:localhost": {"calls": 1}}
        assert busy in [state["users"] for state in around.states]


async def test_a_phone_that_is_not_heard_is_told_within_two_seconds_of_the_answer(tmp_path: Path) -> None:
    async with two_phones(tmp_path) as (around, bridge, anna, bruno):
        around.plan = PHONE_PLAN
        call = await anna.call("202")
        await bruno.answer()
        await anna.hears_of(Answered)
        record: dict[str, Any] = await around.until(
            lambda: next((r for r in around.records.values() if r["sound"]["troubles"]), None), "trouble"
        )
        (trouble,) = record["sound"]["troubles"]
        assert (trouble["fault"], trouble["why"], trouble["side"]) == ("nothing", "blocked", "caller")
        assert trouble["since"] - record["answered_at"] < 2_000 + 500
        call.bye()
        assert (await around.record())["sound"]["troubles"] == [trouble]
        metrics = (await bridge.metrics()).decode()
        assert 'unisono_sound_troubles_total{fault="nothing",kind="phone",why="blocked"} 1.0' in metrics


async def test_what_was_said_for_a_call_can_be_read_while_it_lives_and_reaches_the_web_afterwards(
    tmp_path: Path,
) -> None:
    async with two_phones(tmp_path) as (around, bridge, anna, bruno), ClientSession() as http:
        around.plan = PHONE_PLAN
        call = await anna.call("202")
        await bruno.answer()
        anna.rtp.talk_to((await anna.hears_of(Answered)).sdp)
        await bruno.rtp.wait_packets(20)
        base, call_id = f"http://127.0.0.1:{bridge.control_port}/v1/calls", bridge.calls()[0]["id"]
        headers = {"Authorization": f"Bearer {SECRET}"}
        async with http.get(f"{base}/{call_id}/messages") as response:
            assert response.status == 401
        async with http.get(f"{base}/{call_id}x/messages", headers=headers) as response:
            assert response.status == 404
        async with http.get(f"{base}/{call_id}/messages", headers=headers) as response:
            live = await response.json()
        steps = [(m["leg"], m["sent"], m["text"].partition("\r\n")[0]) for m in live["messages"]]
        assert steps[0][:2] == ("caller", False)
        assert steps[0][2].startswith("INVITE sip:202@")
        assert ("caller", True, "SIP/2.0 407 Proxy Authentication Required") in steps
        assert ("phone-1", False, "SIP/2.0 200 OK") in steps
        assert {path["leg"]: path["joined"] for path in live["media"]} == {
            "caller": "phone-1",
            "phone-1": "caller",
        }
        assert live["plan"]["stages"] == PHONE_PLAN["stages"]
        call.bye()
        trace = (await around.until(lambda: around.traces.get(call_id), "the trace")) or {}
        assert trace["ended_at"]
        ends = [m["text"].partition(" ")[0] for m in trace["messages"][-4:]]
        assert sorted(ends) == ["BYE", "BYE", "SIP/2.0", "SIP/2.0"]
        assert any("response=" in m["text"] for m in trace["messages"])
        assert not any(re.search('response="[0-9a-f]', m["text"]) for m in trace["messages"])


async def test_a_call_of_two_desk_phones_is_ended_by_a_command(tmp_path: Path) -> None:
    async with two_phones(tmp_path) as (around, bridge, anna, bruno):
        around.plan = PHONE_PLAN
        await anna.call("202")
        await bruno.answer()
        await anna.hears_of(Answered)
        call_id = bridge.calls()[0]["id"]
        path = f"/v1/calls/{call_id}/commands"
        hang_up = {"user_id": "@bruno:localhost", "command": {"action": "hang_up"}}
        assert (await control(bridge, "POST", path, "wrong", hang_up))[0] == 401
        assert (await control(bridge, "POST", path, body={"user_id": "@bruno:localhost"}))[0] == 400
        _, stranger = await control(bridge, "POST", path, body=hang_up | {"user_id": "@chiara:localhost"})
        assert stranger["refused"] == "not_your_call"
        status, done = await control(bridge, "POST", path, body=hang_up)
        assert (status, done) == (200, {"call_id": call_id, "slot": None, "meeting": None, "refused": None})
        await anna.hears_of(Ended)
        await bruno.hears_of(Ended)
        pick_up = {"user_id": "@bruno:localhost", "pick_up": {"slot": "701"}}
        _, nothing = await control(bridge, "POST", "/v1/calls/pick-up", body=pick_up)
        assert nothing["refused"] == "call_not_found"


@pytest.mark.parametrize(
    ("plan", "sdp", "status"),
    [
        ({"outcome": "refuse", "cause": "not_found"}, None, 404),
        ({"outcome": "refuse", "cause": "no_trunk"}, None, 503),
        (PHONE_PLAN, None, 480),
    ],
)
async def test_calls_that_lead_nowhere_say_why(
    tmp_path: Path, plan: dict[str, Any], sdp: str | None, status: int
) -> None:
    async with (
        Surroundings() as around,
        running(configuration(around, tmp_path)) as bridge,
        RtpPhone() as rtp,
        Phone(bridge, "201", rtp) as anna,
    ):
        around.plan = plan
        await anna.call("202", sdp)
        assert (await anna.hears_of(Ended)).status == status
        assert (await around.record())["answered_at"] is None


async def test_no_common_codec_is_488(tmp_path: Path) -> None:
    async with two_phones(tmp_path) as (around, _, anna, _bruno):
        around.plan = PHONE_PLAN
        await anna.call("202", anna.rtp.sdp().replace("PCMU/8000", "L16/8000").replace("AVP 0", "AVP 96"))
        assert (await anna.hears_of(Ended)).status == 488


def hears(samples: Sequence[int], hz: float) -> bool:
    """Whether the end of what was heard (G.711) is a tone of this frequency."""
    return tone_share(samples[-4000:], 8000, hz) > 0.8


def invite(sdp: str, event_id: str = "$1") -> dict[str, Any]:
    return room_event(
        "@anna:localhost",
        "m.call.invite",
        {"lifetime": 60000, "offer": {"type": "offer", "sdp": sdp}},
        event_id,
    )


def room_event(sender: str, event_type: str, content: dict[str, Any], event_id: str) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "room_id": ROOM,
        "sender": sender,
        "type": event_type,
        "content": {"call_id": "m1", "party_id": "web-a", "version": "1"} | content,
        "origin_server_ts": int(time() * 1000),
    }


async def test_a_browser_and_a_desk_phone_talk(tmp_path: Path) -> None:
    async with two_phones(tmp_path) as (around, bridge, _, bruno), WebRtcPeer(tone_hz=600) as browser:
        around.plan = PHONE_PLAN
        control = f"http://127.0.0.1:{bridge.control_port}"
        assert await around.push(control, "t1", invite(await browser.offer())) == 200
        call = await bruno.answer()
        answer = await around.event("m.call.answer")
        assert (answer["sender"], answer["room_id"]) == ("@bruno:localhost", ROOM)
        said = next(request for request in around.requests if "m.call.answer" in request.path)
        assert said.query["user_id"] == "@bruno:localhost"
        selected = {"selected_party_id": answer["content"]["party_id"]}
        await around.push(
            control, "t2", room_event("@anna:localhost", "m.call.select_answer", selected, "$2")
        )
        await browser.take_answer(answer["content"]["answer"]["sdp"])
        await bruno.rtp.wait_packets(75)
        assert hears(bruno.rtp.heard(), 600)
        assert await around.push(control, "t1", invite("v=0 again")) == 200
        assert bruno.incoming.empty()
        call.bye()
        assert (await around.event("m.call.hangup"))["content"]["reason"] == "user_hangup"
        assert (await around.record())["answered_on"] == "desk_phone"


async def test_the_http_listener_lets_in_who_knows_the_secret(tmp_path: Path) -> None:
    async with (
        Surroundings() as around,
        running(configuration(around, tmp_path)) as bridge,
        ClientSession() as http,
    ):
        base = f"http://127.0.0.1:{bridge.control_port}"
        await around.until(lambda: around.pings, "the homeserver is asked to send what it kept")

        async def status(method: str, path: str, token: str | None, body: bytes | None = None) -> int:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with http.request(
                method, URL(base + path, encoded=True), headers=headers, data=body
            ) as response:
                return response.status

        app = "/_matrix/app/v1"
        assert await status("PUT", f"{app}/transactions/1", None) == 401
        assert await status("PUT", f"{app}/transactions/1", "wrong") == 403
        assert await status("PUT", f"{app}/transactions/1", HS_TOKEN, b"{nonsense") == 400
        assert await status("PUT", f"{app}/transactions/1", HS_TOKEN, b"[]") == 400
        assert await status("POST", f"{app}/ping", HS_TOKEN) == 200
        assert await status("GET", f"{app}/rooms/%23x%3Alocalhost", HS_TOKEN) == 404
        assert await status("GET", f"{app}/users/%40_tel_%2B391%3Alocalhost", HS_TOKEN) == 200
        assert around.registered == ["_tel_+391"]
        assert await status("GET", f"{app}/users/%40anna%3Alocalhost", HS_TOKEN) == 404
        assert await status("GET", "/v1/calls", None) == 401
        assert await status("GET", "/v1/calls", SECRET) == 200
        assert await status("GET", "/v1/registrations", SECRET) == 200
        assert await status("GET", "/nowhere", None) == 404
        assert await status("GET", "/health/live", None) == 200


async def test_readiness_names_the_part_that_is_not(tmp_path: Path) -> None:
    async with Surroundings() as around:
        config = configuration(around, tmp_path)
        away = msgspec.structs.replace(config, homeserver_url="http://127.0.0.1:9")
        async with running(away) as bridge, ClientSession(f"http://127.0.0.1:{bridge.control_port}") as http:
            await around.until(lambda: around.states, "the web is asked")
            async with http.get("/health/ready") as response:
                body = await response.json()
            assert response.status == 503
            assert body["ready"] is False
            assert set(body["parts"]) == {"sip_udp", "sip_tcp", "homeserver", "web"}
            assert body["parts"]["sip_udp"] == {"ready": True, "why": None}
            assert body["parts"]["homeserver"]["why"]


async def test_a_trunk_that_is_down_is_shown_and_does_not_count(tmp_path: Path) -> None:
    async with Surroundings() as around:
        provider = Trunk(
            name="provider", kind="register", host="127.0.0.1", port=9, username="u", password="p"
        )
        config = msgspec.structs.replace(configuration(around, tmp_path), trunks=(provider,))
        async with (
            running(config) as bridge,
            ClientSession(f"http://127.0.0.1:{bridge.control_port}") as http,
        ):
            await around.until(lambda: around.states, "the web is asked")
            async with http.get("/health/ready") as response:
                body = await response.json()
            assert body["parts"]["trunk:provider"]["ready"] is False
            assert (response.status, body["ready"]) == (200, True), body


@pytest.mark.parametrize("part", ["media", "sip", "control"])
async def test_a_port_in_use_is_named(tmp_path: Path, part: str) -> None:
    async with Surroundings() as around:
        config = configuration(around, tmp_path)
        other = configuration(around, tmp_path / "other")
        other = msgspec.structs.replace(other, **{part: getattr(config, part)})
        async with running(config):
            with pytest.raises(CannotListen, match=part):
                async with running(other):
                    pass


async def test_a_web_process_that_followed_another_unseen_is_told_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "PROBE", 0.01)
    async with Surroundings() as around, running(configuration(around, tmp_path)) as bridge:
        await around.until(lambda: bridge.web.instance == "first", "the first one is known")
        await around.until(lambda: around.states, "it is told")
        around.states.clear()
        around.instance = "second"
        await around.until(lambda: around.states, "the second one is told")


async def test_the_process_ends_with_0_on_sigterm_and_with_2_on_a_port_in_use(tmp_path: Path) -> None:
    async with Surroundings() as around:
        config = configuration(around, tmp_path)
        path = tmp_path / "sip.json"
        path.write_bytes(msgspec.json.encode(config))
        command = (sys.executable, "-m", "bridges.sip", "--config", str(path))
        first = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        await around.until(lambda: around.states, "the bridge runs")
        second = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        _, said = await asyncio.wait_for(second.communicate(), 60)
        assert second.returncode == 2
        assert str(config.media.webrtc_port) in said.decode()
        os.kill(first.pid, signal.SIGTERM)
        await asyncio.wait_for(first.communicate(), 60)
        assert first.returncode == 0


def peer(name: str, port: int) -> dict[str, Any]:
    return {
        "name": name, "kind": "peer", "host": "127.0.0.1", "port": port, "transport": "udp",
        "username": None, "password": None, "caller_id": None,
    }  # fmt: skip


async def control(
    bridge: Bridge, method: str, path: str, token: str = SECRET, body: object = None
) -> tuple[int, Any]:
    """Ask the control address; status and body."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{bridge.control_port}{path}"
    async with (
        ClientSession() as session,
        session.request(method, url, headers=headers, json=body) as response,
    ):
        is_json = response.content_type == "application/json"
        return response.status, await response.json() if is_json else await response.text()


async def test_trunks_are_the_webs_from_its_first_answer_on(tmp_path: Path) -> None:
    async with Surroundings() as around:
        around.trunks = [peer("first", 9), peer("second", 9)]
        config = msgspec.structs.replace(
            configuration(around, tmp_path), trunks=(Trunk(name="of-the-file", host="127.0.0.1", port=9),)
        )
        async with running(config) as bridge:
            await around.until(
                lambda: any(request.path.endswith("/trunks") for request in around.requests), "a question"
            )
            _, told = await control(bridge, "POST", "/v1/trunks/reload")
            assert [one["name"] for one in told["trunks"]] == ["first", "second"]
            around.trunks = [peer("second", 9), peer("third", 9)]
            _, told = await control(bridge, "POST", "/v1/trunks/reload")
            assert [one["name"] for one in told["trunks"]] == ["second", "third"]
            around.trunks = None
            _, told = await control(bridge, "POST", "/v1/trunks/reload")
            assert [one["name"] for one in told["trunks"]] == ["second", "third"]
            assert (await control(bridge, "GET", "/v1/trunks"))[1] == told
            assert (await control(bridge, "POST", "/v1/trunks/reload", "wrong"))[0] == 401


async def test_a_phone_whose_password_changed_is_not_registered_any_more(tmp_path: Path) -> None:
    async with two_phones(tmp_path) as (around, bridge, _anna, _bruno):
        assert len((await control(bridge, "GET", "/v1/registrations"))[1]["registrations"]) == 2
        assert (await control(bridge, "DELETE", "/v1/registrations/201", "wrong"))[0] == 401
        assert (await control(bridge, "DELETE", "/v1/registrations/201"))[0] == 200
        left = (await control(bridge, "GET", "/v1/registrations"))[1]["registrations"]
        assert [one["extension"] for one in left] == ["202"]
        await around.until(lambda: around.states[-1]["registered"] == ["202"], "the state without it")


async def test_metrics_are_for_whoever_holds_their_token(tmp_path: Path) -> None:
    async with Surroundings() as around:
        config = msgspec.structs.replace(configuration(around, tmp_path), metrics_token="watcher")
        async with running(config) as bridge:
            status, text = await control(bridge, "GET", "/metrics", "watcher")
            assert status == 200
            for line in (
                "unisono_calls_live 0.0",
                "unisono_phones_registered 0.0",
                "unisono_outbox_records 0.0",
            ):
                assert line in text, line
            for wrong in (SECRET, ""):
                assert (await control(bridge, "GET", "/metrics", wrong))[0] == 401
