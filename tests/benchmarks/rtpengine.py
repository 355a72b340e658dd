"""rtpengine as the peer of call media, through its ng protocol (bencoded dictionaries over UDP)."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bridges.sip.media.gateway import Profile
from tests.benchmarks.measure import log_file
from tests.support.ports import free_block

RTPENGINE = shutil.which("rtpengine")
_RTP_PORTS = 400

Value = str | list["Value"] | dict[str, "Value"]


def encode(value: Value) -> bytes:
    """Bencode, as BitTorrent's BEP 3 has it: strings, lists and dictionaries are all that ng needs here."""
    if isinstance(value, str):
        raw = value.encode()
        return b"%d:%s" % (len(raw), raw)
    if isinstance(value, list):
        return b"l" + b"".join(map(encode, value)) + b"e"
    return b"d" + b"".join(encode(key) + encode(value[key]) for key in sorted(value)) + b"e"


def string_of(answer: bytes, key: str) -> str | None:
    """The string under ``key`` of an answer; its other parts do not matter here."""
    _, found, rest = answer.partition(encode(key))
    length, colon, text = rest.partition(b":")
    return text[: int(length)].decode() if found and colon and length.isdigit() else None


class RtpengineGateway(asyncio.DatagramProtocol):
    """Offer and answer in the words of the bridge's ``MediaGateway``."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._wire: asyncio.DatagramTransport | None = None
        self._answers: dict[bytes, asyncio.Future[bytes]] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._wire = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        cookie, _, answer = data.partition(b" ")
        if cookie in self._answers and not self._answers[cookie].done():
            self._answers[cookie].set_result(answer)

    async def ask(self, command: str, **arguments: Value) -> bytes:
        """One command, repeated until it is answered (rtpengine remembers the cookie).

        :raises TimeoutError: after five times half a second.
        """
        cookie = secrets.token_hex(8).encode()
        dashed: dict[str, Value] = {key.replace("_", "-"): value for key, value in arguments.items()}
        message = cookie + b" " + encode({**dashed, "command": command})
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._answers[cookie] = answer
        for _ in range(5):
            assert self._wire is not None
            self._wire.sendto(message)
            done, _ = await asyncio.wait([answer], timeout=0.5)
            if done:
                del self._answers[cookie]
                return answer.result()
        raise TimeoutError(f"rtpengine does not answer {command}")

    async def offer(
        self, call_id: str, from_leg: str, to_leg: str, sdp: str, from_profile: Profile, to_profile: Profile
    ) -> str:
        """The offer for ``to_leg``; only towards plain RTP here."""
        del to_leg, from_profile
        answer = await self.ask(
            "offer",
            call_id=call_id,
            from_tag=from_leg,
            sdp=sdp,
            transport_protocol=to_profile.value,
            ICE="remove",
            rtcp_mux=["demux"],
            flags=["strict-source"],
        )
        return _sdp(answer)

    async def answer(self, call_id: str, from_leg: str, to_leg: str, sdp: str) -> str:
        """The answer for ``to_leg``, which offered DTLS and ICE."""
        reply = await self.ask(
            "answer",
            call_id=call_id,
            from_tag=to_leg,
            to_tag=from_leg,
            sdp=sdp,
            transport_protocol=Profile.WEBRTC.value,
            ICE="force",
            rtcp_mux=["require"],
            flags=["strict-source"],
        )
        return _sdp(reply)

    async def delete(self, call_id: str) -> None:
        await self.ask("delete", call_id=call_id, flags=[])


def _sdp(answer: bytes) -> str:
    sdp = string_of(answer, "sdp")
    if sdp is None:
        raise RuntimeError(f"rtpengine: {answer.decode(errors='replace')}")
    return sdp


@asynccontextmanager
async def rtpengine(folder: Path) -> AsyncIterator[RtpengineGateway]:
    """Run it in user space (``--table=-1``) with one worker."""
    first = free_block(_RTP_PORTS + 2)
    with log_file(folder, "rtpengine.log") as log:
        process = await asyncio.create_subprocess_exec(
            RTPENGINE or "rtpengine",
            *("--table=-1", "--foreground", "--log-stderr", "--log-level=4", "--interface=127.0.0.1"),
            *(f"--listen-ng=127.0.0.1:{first}", "--num-threads=1", "--media-num-threads=1"),
            *(f"--port-min={first + 2}", f"--port-max={first + 1 + _RTP_PORTS}"),
            stdout=log,
            stderr=log,
        )
        _, gateway = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: RtpengineGateway(process.pid), remote_addr=("127.0.0.1", first)
        )
        try:
            await gateway.ask("ping")
            yield gateway
        finally:
            process.terminate()
            await process.wait()
