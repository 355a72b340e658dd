"""A real desk phone for the tests: Debian's ``baresip``, headless, driven through its ``ctrl_tcp`` module.

It sends a sine of a chosen frequency and records what it hears in ``dump-*-dec.wav``, so that a test can look
for the other end's tone in it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from tests.support.events import Event, EventLog
from tests.support.patience import LEAVING, PATIENCE
from tests.support.ports import free_block
from tests.support.programs import program
from tests.support.recording import Sound, loudest, read_growing_wav, wait_tone

_RTP_PORTS = 10

_CONFIG = """\
module_path /usr/lib/baresip/modules
sip_listen 127.0.0.1:{sip_port}
net_interface 127.0.0.1
audio_source ausine,{tone_hz}
audio_player aubridge,speaker
audio_alert aubridge,alert
ausrc_srate 48000
ausrc_channels 2
auplay_srate 8000
auplay_channels 1
rtp_ports {rtp_first}-{rtp_last}
snd_path {folder}
module g711.so
module ausine.so
module aubridge.so
module sndfile.so
module srtp.so
module ctrl_tcp.so
module_tmp account.so
module_tmp uuid.so
module_app menu.so
ctrl_tcp_listen 127.0.0.1:{control_port}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What a person types into a desk phone: extension, SIP password, and where the registrar is."""

    username: str
    password: str
    registrar: str  # host:port
    transport: str = "udp"
    codecs: str = "pcmu,pcma"
    auto_answer: bool = False
    regint: int = 60  # seconds; 0: does not register
    #: Transports of the flows that it registers beside each other (RFC 5626); none: one, without a name.
    flows: tuple[str, ...] = ()
    #: "srtp-mand": sound in SRTP or not at all, its keys in the SDP (RFC 4568).
    encryption: str = ""
    #: Watches its mailbox (RFC 3842): `MWI_NOTIFY` events.
    mailbox: bool = False
    #: Extensions of colleagues whose presence it watches (RFC 3856): see `wait_shows`.
    watches: tuple[str, ...] = ()
    #: Who may have signed the registrar's certificate, a PEM file; for TLS.
    authority: Path | None = None

    def __str__(self) -> str:
        return (
            f"<sip:{self.username}@{self.registrar};transport={self.transport}>"
            f";auth_user={self.username};auth_pass={self.password};regint={self.regint}"
            f";audio_codecs={self.codecs};answermode={'auto' if self.auto_answer else 'manual'}"
            f"{';mediaenc=' + self.encryption if self.encryption else ''}{self._outbound()}"
        )

    def _outbound(self) -> str:
        proxies = (
            f';outbound{number}="sip:{self.registrar};transport={transport}"'
            for number, transport in enumerate(self.flows, 1)
        )
        return "".join((";sipnat=outbound", *proxies)) if self.flows else ""


class Baresip:
    """One phone. ``async with Baresip(folder, line) as phone:`` starts it and ends it.

    :param folder: an empty folder of its own for configuration, log and recordings.
    :param tone_hz: the frequency of the sine that it sends in a call.
    """

    def __init__(self, folder: Path, line: Line, *, tone_hz: int = 1000) -> None:
        self.folder = folder
        self.line = line
        self.tone_hz = tone_hz
        self.events = EventLog(f"baresip {line.username}")
        self._answers: dict[str, asyncio.Future[Event]] = {}
        self._commands = 0
        self._process: asyncio.subprocess.Process | None = None
        self._log: IO[bytes] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Baresip:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the process and plug the line in (it registers at once when ``regint`` is not 0)."""
        first = free_block(3 + _RTP_PORTS)  # SIP, its TLS neighbour, control, RTP
        self.sip_port, control_port = first, first + 2
        self._write_configuration(first, control_port)
        self._log = (self.folder / "baresip.log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            program("baresip"),
            "-f",
            str(self.folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=self.folder,
        )
        reader, self._writer = await self._connect(control_port)
        self._reader = asyncio.create_task(self._read(reader))
        # The line is added only now: no event of its registration can be missed.
        await self.command("uanew", str(self.line))

    def _write_configuration(self, first: int, control_port: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "accounts").write_text("")
        contacts = [f'"{one}" <sip:{one}@{self.line.registrar}>;presence=p2p\n' for one in self.line.watches]
        (self.folder / "contacts").write_text("".join(contacts))
        authority = f"sip_cafile {self.line.authority}\n" if self.line.authority else ""
        (self.folder / "config").write_text(
            authority
            + ("module_app mwi.so\n" if self.line.mailbox else "")
            + ("module_app contact.so\nmodule_app presence.so\n" if self.line.watches else "")
            + _CONFIG.format(
                sip_port=first,
                control_port=control_port,
                tone_hz=self.tone_hz,
                rtp_first=first + 3,
                rtp_last=first + 2 + _RTP_PORTS,
                folder=self.folder,
            )
        )

    async def _connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        assert self._process is not None
        for _ in range(int(PATIENCE / 0.05)):
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                if self._process.returncode is not None:
                    break
                await asyncio.sleep(0.05)  # it opens the port when its modules are loaded, and tells nobody
        raise RuntimeError(
            "baresip did not start:\n" + (self.folder / "baresip.log").read_text(errors="replace")
        )

    async def stop(self) -> None:
        """Unregister and end the process."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), LEAVING)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()
        if self._writer is not None:
            self._writer.close()
        if self._log is not None:
            self._log.close()

    def kill(self) -> None:
        """End it as a power cut would: nothing is said to anybody."""
        assert self._process is not None
        self._process.kill()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                message: dict[str, Any] = json.loads((await reader.readexactly(length + 1))[:-1])
                if message.get("event"):
                    await self.events.add(message)
                elif (answer := self._answers.pop(message.get("token", ""), None)) and not answer.done():
                    answer.set_result(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.events.add({"type": "GONE"})

    async def command(self, name: str, params: str = "") -> str:
        """Run one of baresip's commands; its answer's text.

        :raises RuntimeError: when baresip refuses it.
        """
        assert self._writer is not None
        self._commands += 1
        token = str(self._commands)
        self._answers[token] = asyncio.get_running_loop().create_future()
        body = json.dumps({"command": name, "params": params, "token": token}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))
        answer = await asyncio.wait_for(self._answers[token], PATIENCE)
        if not answer.get("ok"):
            raise RuntimeError(f"baresip refused {name} {params}: {answer}")
        return str(answer.get("data", ""))

    async def wait_registered(self, timeout: float = PATIENCE) -> None:
        """Wait until the registrar accepted it.

        :raises RuntimeError: when the registrar refused it, with its words.
        """
        event = await self.events.wait("REGISTER_OK", "REGISTER_FAIL", timeout=timeout)
        if event["type"] == "REGISTER_FAIL":
            raise RuntimeError(f"registration of {self.line.username} failed: {event.get('param')}")

    async def dial(self, number: str) -> None:
        """Dial digits, a name or a whole SIP URI."""
        self.clear_recordings()
        self.events.forget()
        uri = number if number.startswith("sip:") else f"sip:{number}@{self.line.registrar}"
        await self.command("dial", f"{uri};transport={self.line.transport}")

    async def wait_ringing(self, timeout: float = PATIENCE) -> Event:
        """Wait for an incoming call; its event (``peeruri`` is the caller)."""
        return await self.events.wait("CALL_INCOMING", timeout=timeout)

    async def answer(self) -> None:
        """Pick up the call that rings, and wait until it stands."""
        self.clear_recordings()
        await self.command("accept")
        await self.wait_established()

    async def wait_established(self, timeout: float = PATIENCE) -> Event:
        """Wait until a call stands."""
        return await self.events.wait("CALL_ESTABLISHED", timeout=timeout)

    async def wait_closed(self, timeout: float = PATIENCE) -> str:
        """Wait until a call is over; why, in the phone's words (``404 Not Found``, …)."""
        return str((await self.events.wait("CALL_CLOSED", timeout=timeout)).get("param", ""))

    async def hang_up(self) -> None:
        """End the call, or refuse (486) the one that rings."""
        await self.command("hangup")

    async def transfer(self, number: str) -> None:
        """Hand the other end of the present call to somebody else (REFER)."""
        await self.command("transfer", f"sip:{number}@{self.line.registrar}")

    async def send_dtmf(self, digits: str) -> None:
        """Send RFC 4733 digits in the call."""
        await self.command("sndcode", digits)

    async def set_tone(self, hz: int) -> None:
        """Send another frequency, from the next call on."""
        self.tone_hz = hz
        await self.command("ausrc", f"ausine,{hz}")

    async def wait_shows(self, extension: str, status: str, timeout: float = PATIENCE) -> None:
        """Wait until what it shows of a colleague it watches is this: Online, Busy, Offline.

        :raises TimeoutError: with what it shows.
        """
        listed = ""
        for _ in range(int(timeout * 20)):
            listed = re.sub("\x1b\\[[0-9;]*m", "", await self.command("contacts"))
            if re.search(rf"\b{status}\b.*<sip:{extension}@", listed):
                return
            await asyncio.sleep(0.05)  # it has no event for it
        raise TimeoutError(f"{extension} is never {status}: {listed}")

    def clear_recordings(self) -> None:
        """Forget what earlier calls sounded like."""
        for path in self.folder.glob("dump-*.wav"):
            path.unlink()

    def heard(self) -> Sound:
        """What it has heard so far in its latest call (empty before the first packet)."""
        files = sorted(self.folder.glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime)
        return read_growing_wav(files[-1]) if files else Sound(8000, ())

    async def wait_loud(self, timeout: float = PATIENCE) -> None:
        """Wait until it hears anything at all: somebody speaks.

        :raises TimeoutError: when all stays silent.
        """
        await self._wait_loudness(lambda peak: peak > 1000, timeout)

    async def wait_quiet(self, timeout: float = PATIENCE) -> None:
        """Wait until it hears nothing.

        :raises TimeoutError: when it is never silent.
        """
        await self._wait_loudness(lambda peak: peak < 200, timeout)

    async def _wait_loudness(self, holds: Callable[[int], bool], timeout: float) -> None:
        """Until `holds` is true of the loudest of the last 200 ms."""
        for _ in range(int(timeout * 20)):
            if holds(loudest(self.heard().last(0.2))):
                return
            await asyncio.sleep(0.05)  # a file grows without telling anybody
        raise TimeoutError(f"baresip {self.line.username} is never as loud, or silent, as expected")

    async def hears_further(self, seconds: float) -> None:
        """Wait until it has heard so much more, of sound or silence. Raises TimeoutError."""
        until = self.heard().seconds + seconds
        for _ in range(int(PATIENCE * 10)):
            if self.heard().seconds >= until:
                return
            await asyncio.sleep(0.1)  # a file grows without telling anybody
        raise TimeoutError("nothing more is heard")

    async def wait_hears(self, hz: float, timeout: float = PATIENCE) -> None:
        """Wait until the last half second that it heard is a tone of ``hz``."""
        await wait_tone(self.heard, hz, timeout, f"baresip {self.line.username}")
