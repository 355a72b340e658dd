"""A whole Unisono on free ports in a folder of its own, for tests against the real thing.

with Stack.start(tmp_path, demo=True) as stack:
    stack.wait_ready()
    urlopen(stack.url + "/api/v1/config")
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from server.homeserver.client import HomeserverClient
from server.secrets import load_or_create
from tests.support.patience import PATIENCE
from tests.support.ports import free_block

ROOT = Path(__file__).parents[2]
#: Seconds that a start may take on a busy machine; the promise (15 s) has a test of its own.
START = PATIENCE
_RTP = 200
#: Messages that a mailbox holds.
VOICE_MESSAGES = 5

#: A password alone signs in, and the newest sign-in wins: for tests that are not about signing in.
ONE_STEP = """
[accounts]
second_factor = "optional"
second_browser = "replace"
"""


@dataclass(frozen=True)
class Ports:
    """Every port of one stack, all on 127.0.0.1."""

    web: int
    internal: int
    homeserver: int
    sip: int  # UDP and TCP
    control: int
    webrtc: int
    sfu: int
    sfu_media: int
    carrier: int
    carrier_control: int
    rtp_min: int
    carrier_rtp_min: int
    media_control: int
    #: How many there are for RTP.
    rtp: int = _RTP

    @classmethod
    def free(cls, rtp: int = _RTP) -> Ports:
        base, sfu = free_block(8), free_block(12)  # a second process has its ports ten further
        web, internal, homeserver, sip, control, webrtc, carrier, carrier_control = range(base, base + 8)
        return cls(
            web, internal, homeserver, sip, control, webrtc, sfu, sfu + 1, carrier, carrier_control,
            free_block(rtp), free_block(50), free_block(1), rtp,
        )  # fmt: skip


@dataclass
class Stack:
    """A running `unisono serve`; `process` is the supervisor."""

    folder: Path
    ports: Ports
    process: subprocess.Popen[bytes]
    output: Path
    config: Path

    @classmethod
    def start(
        cls,
        folder: Path,
        *,
        demo: bool = False,
        sip: bool = True,
        sfu: bool = False,
        media_host: str = "127.0.0.1",
        sfu_lines: str = "",
        sip_lines: str = "tls_port = 0",
        voicemail_lines: str = "",
        extra: str = "",
        ports: Ports | None = None,
    ) -> Stack:
        """Start on fresh ports. `extra` is TOML put after the ports: further sections or `[[trunks]]`;
        `sfu_lines` goes into the section of group calls, `sip_lines` into that of telephones,
        `voicemail_lines` into that of mailboxes.

        `demo` adds the people of `config/demo.toml` and the carrier; `media_host` is where the media of group
        calls comes to.
        """
        ports = ports or Ports.free()
        config = folder / "stack.toml"
        accounts = "" if "[accounts]" in extra else ONE_STEP
        text = configuration(
            ports,
            demo=demo,
            sip=sip,
            sfu=sfu,
            media_host=media_host,
            sfu_lines=sfu_lines,
            sip_lines=sip_lines,
            voicemail_lines=voicemail_lines,
        )
        config.write_text(text + accounts + extra, "utf-8")
        output = folder / "serve.out"
        with output.open("ab") as stream:
            process = subprocess.Popen(
                [*unisono(), "serve", "--config", str(config), "--data", str(folder / "data")],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, umask=0,
            )  # fmt: skip
        return cls(folder, ports, process, output, config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.web}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def wait_ready(self, within: float = START) -> float:
        """Wait for `/health/ready`; returns the seconds it took."""
        began = time.monotonic()
        wait_until(lambda: self.health()[0] == 200, within, self.describe)
        return time.monotonic() - began

    def health(self) -> tuple[int, dict[str, Any]]:
        """What `/health/ready` says: status (0 when nobody answers) and body."""
        return self.get("/health/ready")

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status (0 when nobody answers) and JSON body ({} for any other)."""
        try:
            status, body = self.request("GET", path)
        except (OSError, http.client.HTTPException):
            return 0, {}
        with contextlib.suppress(ValueError):
            return status, json.loads(body)
        return status, {}

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = PATIENCE,
    ) -> tuple[int, bytes]:
        """One request through the front, or to the internal listener, `token` as bearer; blocks."""
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        port = self.ports.internal if path.startswith("/internal/") else self.ports.web
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            connection.request(method, path, body, {**authorization, **(headers or {})})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `unisono ARGUMENTS --config … --data …` against this stack."""
        place = ("--config", str(self.config), "--data", str(self.data))
        return run_unisono(*arguments, *place)

    def add_people(self, *localparts: str) -> None:
        """Members of the organisation, who may be known to the homeserver or not."""
        for localpart in localparts:
            email = f"{localpart}@unisono.example"
            more = ("--name", localpart.title(), "--password", f"{localpart}-password")
            added = self.cli("people", "add", "--email", email, *more)
            assert added.returncode == 0, added.stderr

    def children(self) -> dict[str, int]:
        """The processes that do the work by name: pid of `web`, `homeserver`, `sip`, `media`, and so on."""
        found = {name: pid for pid in children_of(self.process.pid) if (name := part_name(pid))}
        workers = {name: worker(pid) if comm(pid) == f"{name}-parent" else pid for name, pid in found.items()}
        return {name: pid for name, pid in workers.items() if pid is not None}

    def standby(self, name: str) -> int | None:
        """The process that waits to go on for that of a part."""
        parents = (pid for pid in children_of(self.process.pid) if comm(pid) == f"{name}-parent")
        return next((pid for parent in parents if (pid := standby(parent)) is not None), None)

    def log(self, name: str) -> str:
        """What the process `name` has logged so far."""
        path = self.data / "logs" / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def marks(self) -> dict[Path, int]:
        """How long each log is now, in bytes."""
        return {path: path.stat().st_size for path in self.data.glob("logs/*.log")}

    def logged_since(self, marks: dict[Path, int], lines: int = 120) -> str:
        """The last lines of what each process has logged since then."""
        parts = []
        for path in sorted(self.data.glob("logs/*.log")):
            with path.open("rb") as log:
                log.seek(marks.get(path, 0))
                new = log.read().decode("utf-8", "replace").splitlines()
            parts += [f"--- {path.name}: {len(new)} lines", *new[-lines:]]
        return "\n".join(parts)

    def describe(self) -> str:
        """For a failed assertion: what was printed, what is not ready, the ends of the logs."""
        logs = "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text("utf-8", "replace").splitlines()[-8:])
            for path in sorted(self.data.glob("logs/*.log"))
        )
        return f"{self.output.read_text('utf-8', 'replace')}\n{self.health()}\n{logs}"

    def stop(self, within: float = 20.0) -> int:
        """SIGTERM and the exit status; whatever is left after `within` seconds is killed."""
        remaining = self.children().values()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            for pid in remaining:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@contextlib.asynccontextmanager
async def homeserver_client(stack: Stack) -> AsyncIterator[HomeserverClient]:
    """The server's own client of Synapse, with the tokens of this stack."""
    secrets = load_or_create(stack.data / "secrets")
    client = HomeserverClient(
        f"http://127.0.0.1:{stack.ports.homeserver}",
        "localhost",
        secrets.sessions_as_token,
        secrets.telephone_as_token,
    )
    await client.start()
    try:
        yield client
    finally:
        await client.close()


def unisono() -> list[str]:
    return [sys.executable, "-m", "server.main"]


def run_unisono(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `unisono` to its end."""
    return subprocess.run(
        [*unisono(), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=3 * PATIENCE, check=False
    )


def configuration(
    ports: Ports,
    *,
    demo: bool = False,
    sip: bool = True,
    sfu: bool = False,
    media_host: str = "127.0.0.1",
    sfu_lines: str = "",
    sip_lines: str = "tls_port = 0",
    voicemail_lines: str = "",
) -> str:
    """TOML that puts every part on `ports`; people's media in group calls comes to `media_host`."""
    people = (ROOT / "config" / "demo.toml").read_text("utf-8").partition("[[demo.people]]")
    return f"""
[organisation]
name = "Test"
domain = "localhost"
[web]
port = {ports.web}
internal_port = {ports.internal}
[homeserver]
port = {ports.homeserver}
[sip]
enabled = {str(sip).lower()}
udp_port = {ports.sip}
tcp_port = {ports.sip}
{sip_lines}
control_port = {ports.control}
[voicemail]
messages = {VOICE_MESSAGES}
{voicemail_lines}
[media]
webrtc_port = {ports.webrtc}
rtp_port_min = {ports.rtp_min}
rtp_port_max = {ports.rtp_min + ports.rtp - 1}
control_port = {ports.media_control}
[sfu]
enabled = {str(sfu).lower()}
port = {ports.sfu}
udp_host = "{media_host}"
udp_port = {ports.sfu_media}
tcp_port = {ports.sfu_media}
{sfu_lines}
[demo.carrier]
port = {ports.carrier}
control_port = {ports.carrier_control}
rtp_port_min = {ports.carrier_rtp_min}
rtp_port_max = {ports.carrier_rtp_min + 49}
[demo]
enabled = {str(demo).lower()}
{people[1] + people[2] if demo else ""}
"""


def wait_until(condition: Callable[[], bool], within: float, describe: Callable[[], str] = str) -> None:
    """Poll `condition` until it holds; an AssertionError with `describe()` after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s\n{describe()}")
        time.sleep(0.05)


#: A machine that is not the promises' own may be so many times slower.
_SLOWEST = 3.0


def load() -> float:
    """How many times longer things may take here and now than on a quiet machine of today (3 at least)."""
    return _SLOWEST * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def children_of(pid: int) -> Iterator[int]:
    """The live children of a process (proc(5))."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z":
                yield int(entry.name)


def comm(pid: int) -> str:
    """What a process calls itself; "" when it is gone (proc(5))."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def worker(parent: int) -> int | None:
    """The process under one that forks others which does the work."""
    name = comm(parent).removesuffix("-parent")
    children = list(children_of(parent))
    loaded = [pid for pid in children if comm(pid) == f"{name}-loaded"]
    below = [pid for each in (parent, *loaded) for pid in children_of(each)]
    return next((pid for pid in below if comm(pid) == name), None)


def standby(parent: int) -> int | None:
    """The child that waits to go on for it."""
    name = comm(parent).removesuffix("-parent")
    return next((pid for pid in children_of(parent) if comm(pid) == f"{name}-standby"), None)


def part_name(pid: int) -> str | None:
    names = {
        "server.web": "web",
        "synapse.app.homeserver": "homeserver",
        "bridges.sip": "sip",
        "bridges.media": "media",
        "server.sfu": "sfu",
        "bridges.carrier": "carrier",
    }
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return None
    return next((names[argument] for argument in arguments if argument in names), None)


def alive(pid: int) -> bool:
    """Whether the process exists and is more than a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
