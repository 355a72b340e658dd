"""The control port of a media process: what is repeated, cut, odd or from strangers."""

from __future__ import annotations

import asyncio
import io
import math
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridges.media import g711
from bridges.media.config import Config, Media, Ng
from bridges.media.gateway import Profile
from bridges.media.in_process import InProcessMediaGateway
from bridges.media.ng import server
from bridges.media.ng.control import Control
from bridges.media.process import MediaProcess
from bridges.sdp.codecs import PCMU
from tests.support.audio import pcm, tone_share
from tests.support.media_calls import hears, until
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.rtp_phone import RtpPhone, target_of
from wire import ng
from wire.bencode import Value
from wire.ng import Body, Command, Message

PORTS = 20


class Client(asyncio.DatagramProtocol):
    """Sends bytes and keeps what comes back."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()
        self.wire: Any = None

    def connection_made(self, transport: Any) -> None:
        self.wire = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.answers.put_nowait(data)

    async def raw(self, data: bytes) -> bytes:
        self.wire.sendto(data)
        return await asyncio.wait_for(self.answers.get(), PATIENCE)

    async def ask(self, cookie: str, command: str, **body: Value) -> Body:
        named = {name.replace("_", "-"): value for name, value in body.items()}
        return ng.read(await self.raw(bytes(Message(cookie, {"command": command, **named})))).body


def config(**section: Any) -> Config:
    first = free_block(PORTS)
    media = Media(webrtc_port=0, rtp_port_min=first, rtp_port_max=first + PORTS - 1)
    return Config(ng=Ng(port=0, **section), media=media)


@pytest.fixture
async def process() -> AsyncIterator[MediaProcess]:
    made = MediaProcess(config(interfaces={"outside": "192.0.2.1", "inside": "127.0.0.1"}))
    await made.start()
    yield made
    await made.stop()


async def connected(process: MediaProcess) -> Client:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_datagram_endpoint(Client, remote_addr=("127.0.0.1", process.port))
    return client


@pytest.fixture
async def client(process: MediaProcess) -> AsyncIterator[Client]:
    made = await connected(process)
    yield made
    made.wire.close()


async def test_a_repeated_message_is_answered_again_and_done_once(client: Client) -> None:
    async with RtpPhone() as anna:
        offer: dict[str, Value] = {"call_id": "c", "from_tag": "anna", "sdp": anna.sdp()}
        first = await client.ask("1", "offer", **offer)
        assert await client.ask("1", "offer", **offer) == first
        # A second one with another cookie is another offer: the same leg, the next version.
        assert (await client.ask("2", "offer", **offer, ptime=30))["sdp"] != first["sdp"]
        both = bytes(Message("3", {"command": "delete", "call-id": "c"}))
        client.wire.sendto(both)
        assert await client.raw(both) == await asyncio.wait_for(client.answers.get(), PATIENCE)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"7 d7:command4:pin", "cut"), (b"7 ", "no value"), (b"7 l4:pinge", "not a dictionary"), (b"7 {", "not"),
     (b"7 de", "Unrecognized command"), (b"7 d7:commandi1ee", "Unrecognized command"),
     (b"7 d7:command5:offere", "no sdp"), (b"7 d7:command5:querye", "no call-id")],
)  # fmt: skip
async def test_a_message_that_makes_no_sense_is_answered_so(client: Client, data: bytes, reason: str) -> None:
    answer = ng.read(await client.raw(data))
    assert answer.cookie == "7"
    assert answer.body["result"] == "error"
    assert reason in str(answer.body["error-reason"])


async def test_what_has_no_cookie_gets_no_answer_and_the_next_message_does(client: Client) -> None:
    client.wire.sendto(b"\x00\x01\x02")
    client.wire.sendto(b"")
    assert (await client.ask("1", "ping"))["result"] == "pong"
    assert client.answers.empty()


async def test_json_is_answered_in_json(client: Client) -> None:
    assert (await client.raw(b'1 {"command": "ping"}')).startswith(b'1 {"result": "pong"')


async def test_strangers_are_not_answered() -> None:
    process = MediaProcess(config(clients=("192.0.2.0/24",)))
    await process.start()
    client = await connected(process)
    client.wire.sendto(b"1 d7:command4:pinge")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.answers.get(), 0.3)
    client.wire.close()
    await process.stop()


async def test_nonsense_fills_no_log(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.log, "_now", lambda: 1e9)
    with caplog.at_level("INFO", "bridges"):
        for number in range(200):
            await client.raw(b"%d nonsense" % number)
    assert [record.message for record in caplog.records].count("ng_unreadable") == 1


async def test_a_proxy_that_does_not_know_the_far_tag_yet_joins_two_phones(client: Client) -> None:
    """As Kamailio's rtpengine module asks: no to-tag in the offer, `via-branch` in both."""
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        asked: dict[str, Value] = {"call_id": "c", "from_tag": "anna", "via_branch": "z9hG4bK1"}
        direction: list[Value] = ["inside", "inside"]
        offer = await client.ask("1", "offer", sdp=anna.sdp(), direction=direction, **asked)
        answer = await client.ask("2", "answer", sdp=bruno.sdp(), to_tag="bruno", **asked)
        anna.talk_to(str(answer["sdp"]))
        bruno.talk_to(str(offer["sdp"]))
        assert await hears(anna.heard, 800)
        assert await hears(bruno.heard, 440)
        tags = ng.part(await client.ask("3", "query", call_id="c"), "tags")
        assert set(tags) == {"anna", "bruno"}
        assert (await client.ask("4", "list"))["calls"] == ["c"]
        assert (await client.ask("5", "delete", call_id="c", from_tag="anna"))["result"] == "ok"
        gone = await client.ask("6", "delete", call_id="c", from_tag="anna")
        assert gone["error-reason"] == "Unknown call-id"


async def test_the_far_side_is_told_the_interface_that_was_asked_for(client: Client) -> None:
    async with RtpPhone() as anna:
        way: list[Value] = ["inside", "outside"]
        asked: dict[str, Value] = {"call_id": "c", "from_tag": "anna", "sdp": anna.sdp()}
        offer = await client.ask("1", "offer", direction=way, rtcp_mux=["offer"], **asked)
        assert "c=IN IP4 192.0.2.1" in str(offer["sdp"])
        assert "a=rtcp-mux" in str(offer["sdp"])


async def test_events_are_told_until_they_were_heard() -> None:
    engine = InProcessMediaGateway(Media(webrtc_port=0).settings())
    control = Control(engine, {})
    assert engine.on_media_timeout and engine.on_silence
    engine.on_silence("c", "anna", 61.5)
    engine.on_media_timeout("c", "bruno")
    asked: Body = {"command": Command.EVENTS.value}
    first = await control.do(asked)
    events = ng.parts(first, "events")
    assert [(event["event"], event["tag"]) for event in events] == [("silent", "anna"), ("gone", "bruno")]
    known: Body = {**asked, "instance": control.instance}
    assert (await control.do({**known, "after": 1}))["events"] == [events[1]]
    assert (await control.do({**known, "after": 2}))["events"] == []
    # Another life of the process: numbers of the one before mean nothing.
    assert (await control.do({**asked, "instance": "other", "after": 2}))["events"] == [*events]


values: st.SearchStrategy[Value] = st.recursive(
    st.text(max_size=5) | st.integers(-9, 999),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
KEYS = ("call-id", "from-tag", "to-tag", "sdp", "flags", "codec", "direction", "peers", "code", "after",
        "media-address", "received-from", "rtcp-mux", "transport-protocol", "via-branch",
        "duration",
        "blob", "file", "repeat-times")  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.sampled_from(Command), st.dictionaries(st.sampled_from(KEYS), values))
def test_any_dictionary_gets_an_answer_that_names_no_inner_error(command: Command, body: Body) -> None:
    async def ask() -> Body:
        return await Control(InProcessMediaGateway(Media().settings()), {}).do(
            {**body, "command": command.value}
        )

    answer = asyncio.run(ask())
    assert answer["result"] in {"ok", "error", "pong"}
    assert answer.get("status") != 500


async def test_a_call_that_nobody_looks_after_ends_once_it_is_silent() -> None:
    engine = InProcessMediaGateway(Media(webrtc_port=0).settings())
    async with RtpPhone() as anna:
        await engine.offer("c", "anna", "bruno", anna.sdp(), Profile.RTP, Profile.RTP)
        now = asyncio.get_running_loop().time()
        assert engine.forsaken(now + 59, None) == []
        assert engine.forsaken(now + 62, None) == ["c"]
        assert engine.forsaken(now + 62, now + 30) == []
        assert engine.forsaken(now + 100, now + 30) == ["c"]
    await engine.close()


def music_file(hz: float) -> bytes:
    """A WAV file of a second, 16 kHz."""
    sink = io.BytesIO()
    with wave.open(sink, "wb") as made:
        made.setparams((1, 2, 16_000, 0, "NONE", ""))
        made.writeframes(pcm([int(9000 * math.sin(2 * math.pi * hz * n / 16_000)) for n in range(16_000)]))
    return sink.getvalue()


async def test_music_is_played_in_place_of_the_other_party_until_it_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "hold.wav").write_bytes(music_file(600))
    process = MediaProcess(config(files=str(tmp_path)))
    await process.start()
    client = await connected(process)
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        legs: dict[str, Value] = {"call_id": "c", "from_tag": "anna", "to_tag": "bruno"}
        bruno.talk_to(str((await client.ask("1", "offer", sdp=anna.sdp(), **legs))["sdp"]))
        anna.talk_to(str((await client.ask("2", "answer", sdp=bruno.sdp(), **legs))["sdp"]))
        assert await hears(anna.heard, 800)
        held: dict[str, Value] = {"call_id": "c", "from_tag": "anna"}
        played = await client.ask("3", "play media", file="hold.wav", repeat_times=0, **held)
        assert played == {"result": "ok", "duration": 1000}
        assert await hears(anna.heard, 600)
        assert await hears(bruno.heard, 440)  # who holds is heard no less
        await client.ask("4", "stop media", **held)
        assert await hears(anna.heard, 800)
        for cookie, name in (("5", "../media.json"), ("6", "none.wav"), ("7", "/etc/passwd")):
            refused = await client.ask(cookie, "play media", file=name, **held)
            assert refused["error-reason"] == "no such file"
        refused = await client.ask("8", "play media", blob="no sound", **held)
        assert "no sound" in str(refused["error-reason"])
    client.wire.close()
    await process.stop()


async def test_who_is_blocked_is_not_heard_until_it_is_unblocked(client: Client) -> None:
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        legs: dict[str, Value] = {"call_id": "c", "from_tag": "anna", "to_tag": "bruno"}
        bruno.talk_to(str((await client.ask("1", "offer", sdp=anna.sdp(), **legs))["sdp"]))
        answer = str((await client.ask("2", "answer", sdp=bruno.sdp(), **legs))["sdp"])
        anna.talk_to(answer)
        assert await hears(bruno.heard, 440)
        blocked: dict[str, Value] = {"call_id": "c", "from_tag": "anna"}
        assert (await client.ask("3", "block media", **blocked))["result"] == "ok"
        count = len(bruno.packets)
        await anna.wait_packets(20)
        assert len(bruno.packets) - count <= 1  # one may have been on its way
        await client.ask("4", "unblock media", **blocked)
        await bruno.wait_packets(20)
        await client.ask("5", "block DTMF", **blocked)
        await anna.press(target_of(answer), "5")
        await client.ask("6", "unblock DTMF", **blocked)
        await anna.press(target_of(answer), "7")
        await until(lambda: bruno.keys() == [7])
        assert (await client.ask("7", "block media", call_id="none"))["error-reason"] == "Unknown call-id"


async def test_a_recording_has_each_party_in_a_channel_of_its_own(tmp_path: Path) -> None:
    process = MediaProcess(config(recordings=str(tmp_path)))
    await process.start()
    client = await connected(process)
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        legs: dict[str, Value] = {"call_id": "c", "from_tag": "anna", "to_tag": "bruno"}
        bruno.talk_to(str((await client.ask("1", "offer", sdp=anna.sdp(), **legs))["sdp"]))
        anna.talk_to(str((await client.ask("2", "answer", sdp=bruno.sdp(), **legs))["sdp"]))
        assert await hears(anna.heard, 800)
        started = await client.ask("3", "start recording", call_id="c")
        await anna.wait_packets(75)
        assert (await client.ask("4", "stop recording", call_id="c"))["result"] == "ok"
    client.wire.close()
    await process.stop()
    made = (tmp_path / str(started["file"])).read_bytes()
    assert 16_000 <= len(made) <= 16_000 * (PATIENCE + 2)
    for channel, hz in ((0, 440), (1, 800)):
        middle = [g711.DECODE[PCMU.key][code] for code in made[channel::2][4000:8000]]
        assert tone_share(middle, 8000, hz) > 0.9


async def test_a_recording_has_the_name_and_the_channels_that_were_asked_for(tmp_path: Path) -> None:
    process = MediaProcess(config(recordings=str(tmp_path)))
    await process.start()
    client = await connected(process)
    async with RtpPhone(tone_hz=440) as anna, RtpPhone(tone_hz=800) as bruno:
        legs: dict[str, Value] = {"call_id": "c", "from_tag": "anna", "to_tag": "bruno"}
        bruno.talk_to(str((await client.ask("1", "offer", sdp=anna.sdp(), **legs))["sdp"]))
        anna.talk_to(str((await client.ask("2", "answer", sdp=bruno.sdp(), **legs))["sdp"]))
        assert await hears(anna.heard, 800)
        asked: dict[str, Value] = {"call_id": "c", "from_tag": "bruno", "to_tag": "anna"}
        outside = await client.ask("3", "start recording", **asked, recording_file="../c")
        assert outside["error-reason"] == "recording-file is no name"
        nobody = await client.ask("4", "start recording", call_id="c", from_tag="carla", to_tag="anna")
        assert nobody["result"] == "error"
        await client.ask("5", "start recording", **asked, recording_file="c.ulaw")
        await anna.wait_packets(50)
        await client.ask("6", "pause recording", call_id="c")
        paused = (tmp_path / "c.ulaw").stat().st_size
        await anna.wait_packets(50)
        await client.ask("7", "start recording", **asked, recording_file="c.ulaw")
        assert (tmp_path / "c.ulaw").stat().st_size == paused
        await anna.wait_packets(50)
        await client.ask("8", "stop recording", call_id="c")
        assert (tmp_path / "c.ulaw").stat().st_size > paused
    client.wire.close()
    await process.stop()
    middle = [g711.DECODE[PCMU.key][code] for code in (tmp_path / "c.ulaw").read_bytes()[0::2][2000:6000]]
    assert tone_share(middle, 8000, 800) > 0.9


async def test_without_a_folder_nothing_is_recorded(client: Client) -> None:
    answer = await client.ask("1", "start recording", call_id="c")
    assert "no folder" in str(answer["error-reason"])
