"""A second make of desk phone for the tests: Debian's ``linphonec``, headless, driven by standard input.

It plays a WAV file with a sine in place of a microphone and records what it hears into another, so that a
test can look for the other end's tone in it. Its sentences on standard output, and a few lines of its log
there, are the events.
"""

from __future__ import annotations

import array
import asyncio
import math
import os
import re
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from tests.support.baresip import Line
from tests.support.events import Event, EventLog
from tests.support.patience import LEAVING, PATIENCE
from tests.support.ports import free_block
from tests.support.programs import program
from tests.support.recording import Sound, loudest, wait_tone

_RTP_PORTS = 20
#: How often it is told to hold a call.
_HOLDS = 4
_RATE = 8000
#: Seconds until the tone begins anew, with half a second of silence between.
_TONE_SECONDS = 120

#: What it says, and the event that it means; named groups become the event's keys.
_SENTENCES = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("READY", r"Using wav files instead of soundcard"),
        ("REGISTER_OK", r"Account .+ moving from state \[\w+\] to \[LinphoneRegistrationOk\]"),
        ("UNREGISTERED", r"Account .+ moving from state \[\w+\] to \[LinphoneRegistrationCleared\]"),
        (
            "REGISTER_FAIL",
            r"Account .+ moving from state \[\w+\] to \[(?P<param>LinphoneRegistrationFailed)\]",
        ),
        ("CALL_INCOMING", r"Receiving new incoming call from (?P<peeruri>.+), assigned id (?P<id>\d+)"),
        ("CALL_OUTGOING", r"Establishing call id to (?P<peeruri>.+), assigned id (?P<id>\d+)"),
        ("CALL_RINGING", r"Call (?P<id>\d+) to .+ ringing"),
        ("CALL_ESTABLISHED", r"Media streams established with .+ for call (?P<id>\d+)"),
        ("CALL_PAUSED", r"Call (?P<id>\d+) with .+ is now paused"),
        ("CALL_HELD", r"Call (?P<id>\d+) has been paused by"),
        ("CALL_TRANSFERRED", r"The distant endpoint .+ of call (?P<id>\d+) has been transfered"),
        ("CALL_CLOSED", r"Call (?P<id>\d+) with .+ ended \((?P<param>.*)\)"),
        ("CALL_CLOSED", r"Call (?P<id>\d+) with .+ (?P<param>error)"),
        ("DTMF", r"Receiving tone (?P<param>.) from"),
    )
)

_CONFIG = """\
[sip]
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port={tls}
bind_address=127.0.0.1
use_ipv6=0
ipv6_migration_done=1
auto_net_state_mon=0
register_only_when_network_is_up=0
default_proxy=0
contact=<sip:{username}@127.0.0.1>
media_encryption={encryption}
media_encryption_mandatory={mandatory}
verify_server_certs={checks}
verify_server_cn={checks}
root_ca={authority}
[rtp]
audio_rtp_port={rtp_first}-{rtp_last}
audio_jitt_comp=60
[misc]
add_missing_audio_codecs=0
[sound]
echocancellation=0
"""

#: Without it, all requests would go to the registrar's address.
_ACCOUNT = """\
[proxy_0]
reg_proxy=<sip:{registrar};transport={transport}>
reg_identity=<sip:{username}@{host}>
reg_expires={regint}
reg_sendregister=1
[auth_info_0]
username={username}
passwd={password}
domain={host}
"""

_MIME = {"pcmu": "PCMU", "pcma": "PCMA"}
_CODEC = """\
[audio_codec_{number}]
mime={name}
rate=8000
channels=1
enabled=1
"""


class Linphone:
    """One phone. ``async with Linphone(folder, line) as phone:`` starts it and ends it.

    :param folder: an empty folder of its own for configuration, log and recordings.
    :param tone_hz: the frequency of the sine that it sends in a call.
    """

    def __init__(self, folder: Path, line: Line, *, tone_hz: int = 1000) -> None:
        self.folder = folder
        self.line = line
        self.tone_hz = tone_hz
        self.events = EventLog(f"linphone {line.username}")
        self._process: asyncio.subprocess.Process | None = None
        self._log: IO[bytes] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._recordings = 0
        self._calls: set[str] = set()

    async def __aenter__(self) -> Linphone:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the process, which registers at once when the line's ``regint`` is not 0."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sip_port = free_block(1 + _RTP_PORTS)
        (self.folder / ".local/share/linphone").mkdir(parents=True)  # its database is kept nowhere else
        (self.folder / "linphonerc").write_text(self._configuration())
        _write_tone(self.folder / "tone.wav", self.tone_hz)
        self._log = (self.folder / "linphone.log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            *(program("linphonec"), "-d", "6", "-c", str(self.folder / "linphonerc")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C", "TERM": "dumb"},
        )
        self._reader = asyncio.create_task(self._read())
        self.command("soundcard use files")
        await self.events.wait("READY")
        self.command(f"play {self.folder / 'tone.wav'}")
        self._record_next()

    def _configuration(self) -> str:
        line = self.line
        port = dict.fromkeys(("udp", "tcp", "tls"), 0) | {line.transport: self.sip_port}
        codecs = [*line.codecs.split(","), "telephone-event"]
        return _CONFIG.format(
            **port,
            username=line.username,
            rtp_first=self.sip_port + 1,
            rtp_last=self.sip_port + _RTP_PORTS,
            encryption="srtp" if line.encryption else "none",
            mandatory=int(line.encryption == "srtp-mand"),
            checks=int(line.authority is not None),
            authority=line.authority or "",
        ) + "".join(
            (
                self._account(),
                *(
                    _CODEC.format(number=number, name=_MIME.get(name, name))
                    for number, name in enumerate(codecs)
                ),
            )
        )

    def _account(self) -> str:
        if not self.line.regint:
            return ""
        return _ACCOUNT.format(
            registrar=self.line.registrar,
            host=self.line.registrar.partition(":")[0],
            transport=self.line.transport,
            username=self.line.username,
            password=self.line.password,
            regint=self.line.regint,
        )

    async def stop(self) -> None:
        """Unregister and end the process."""
        if self._process is not None and self._process.returncode is None:
            try:
                await self._unregister()
                self.command("quit")
                await asyncio.wait_for(self._process.wait(), LEAVING)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()
        if self._log is not None:
            self._log.close()

    async def _unregister(self) -> None:
        """Leave the registrar, which `quit` alone does not do."""
        if self.events.seen("REGISTER_OK"):
            self.command("unregister")
            await self.events.wait("UNREGISTERED", "GONE", timeout=LEAVING)

    def kill(self) -> None:
        """End it as a power cut would: nothing is said to anybody."""
        assert self._process is not None
        self._process.kill()

    async def _read(self) -> None:
        assert self._process is not None and self._process.stdout is not None and self._log is not None
        while said := await self._process.stdout.readline():
            self._log.write(said)
            self._log.flush()
            text = said.decode(errors="replace")
            for kind, pattern in _SENTENCES:
                if found := pattern.search(text):
                    self._note(kind, found.groupdict().get("id"))
                    await self.events.add({"type": kind, **found.groupdict()})
                    break
        await self.events.add({"type": "GONE"})

    def _note(self, kind: str, call_id: str | None) -> None:
        if call_id is None:
            return
        if kind != "CALL_CLOSED":
            self._calls.add(call_id)
            return
        self._calls.discard(call_id)
        if not self._calls:
            self._record_next()

    def command(self, text: str) -> None:
        """Type one of linphonec's commands; what comes of it is an event."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(text.encode() + b"\n")

    async def wait_registered(self, timeout: float = PATIENCE) -> None:
        """Wait until the registrar accepted it.

        :raises RuntimeError: when the registrar refused it, with linphone's words.
        """
        event = await self.events.wait("REGISTER_OK", "REGISTER_FAIL", timeout=timeout)
        if event["type"] == "REGISTER_FAIL":
            raise RuntimeError(f"registration of {self.line.username} failed: {event.get('param')}")

    async def dial(self, number: str) -> str:
        """Dial digits, a name or a whole SIP URI; the call's id, for :meth:`transfer` and its kin."""
        self.events.forget()
        self.clear_recordings()
        self.command(f"call {self._uri(number)}")
        return str((await self.events.wait("CALL_OUTGOING"))["id"])

    def _uri(self, number: str) -> str:
        if number.startswith("sip:"):
            return number
        return f"sip:{number}@{self.line.registrar};transport={self.line.transport}"

    async def wait_ringing(self, timeout: float = PATIENCE) -> Event:
        """Wait for an incoming call; its event (``peeruri`` is the caller, ``id`` the call's)."""
        return await self.events.wait("CALL_INCOMING", timeout=timeout)

    async def answer(self) -> None:
        """Pick up the call that rings, and wait until it stands."""
        self.clear_recordings()
        self.command("answer")
        await self.wait_established()

    async def wait_established(self, timeout: float = PATIENCE) -> Event:
        """Wait until a call stands, or stands again after it was held."""
        return await self.events.wait("CALL_ESTABLISHED", timeout=timeout)

    async def wait_closed(self, timeout: float = PATIENCE) -> str:
        """Wait until a call is over; why, in the phone's words."""
        return str((await self.events.wait("CALL_CLOSED", timeout=timeout)).get("param", ""))

    async def hang_up(self, call_id: str = "") -> None:
        """End the call, or refuse the one that rings."""
        self.command(f"terminate {call_id}".rstrip())

    async def hold(self) -> None:
        """Hold the present call, and wait until the other end knows.

        One whose session is being agreed on anew takes no command: it is given again.
        """
        for _ in range(_HOLDS - 1):
            self.command("pause")
            with suppress(TimeoutError):
                await self.events.wait("CALL_PAUSED", timeout=PATIENCE / _HOLDS)
                return
        self.command("pause")
        await self.events.wait("CALL_PAUSED", timeout=PATIENCE / _HOLDS)

    async def resume(self, call_id: str) -> None:
        """Talk again in a held call."""
        self.command(f"resume {call_id}")
        await self.wait_established()

    async def transfer(self, number: str) -> None:
        """Hand the other end of the present call to somebody else (REFER)."""
        self.command(f"transfer {self._uri(number)}")

    async def transfer_to_call(self, call_id: str, other_id: str) -> None:
        """Join the other ends of two calls (REFER with Replaces), after having talked to both."""
        self.command(f"transfer {call_id} --to-call {other_id}")

    async def send_dtmf(self, digits: str) -> None:
        """Send RFC 4733 digits in the call."""
        self.command(digits)

    def _record_next(self) -> None:
        """Name the file of the next call. Linphone dies of it in mid call, so it is done between calls."""
        self._recordings += 1
        self.command(f"record {self._recording}")

    @property
    def _recording(self) -> Path:
        return self.folder / f"heard-{self._recordings}.wav"

    def clear_recordings(self) -> None:
        """Forget what earlier calls sounded like."""
        for path in self.folder.glob("heard-*.wav"):
            if path != self._recording:
                path.unlink()

    def heard(self) -> Sound:
        """What it has heard so far in its latest call (empty before the first packet)."""
        files = sorted(self.folder.glob("heard-*.wav"), key=lambda path: path.stat().st_mtime)
        # The header of 44 bytes stays empty until the stream ends.
        pcm = files[-1].read_bytes()[44:] if files else b""
        return Sound(_RATE, array.array("h", pcm[: len(pcm) // 2 * 2]))

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
        for _ in range(int(timeout * 20)):
            if holds(loudest(self.heard().last(0.2))):
                return
            await asyncio.sleep(0.05)  # a file grows without telling anybody
        raise TimeoutError(f"linphone {self.line.username} is never as loud, or silent, as expected")

    async def wait_hears(self, hz: float, timeout: float = PATIENCE) -> None:
        """Wait until the last half second that it heard is a tone of ``hz``."""
        await wait_tone(self.heard, hz, timeout, f"linphone {self.line.username}")


def _write_tone(path: Path, hz: int) -> None:
    step = 2 * math.pi * hz / _RATE
    second = array.array("h", (int(10_000 * math.sin(step * n)) for n in range(_RATE)))
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(second.tobytes() * _TONE_SECONDS)
