"""A real LiveKit server, built once with Go, for tests of what we say to it and of what it says to us.

`python -m tests.support.livekit_server` builds it, or says why not and ends with 1.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.patience import PATIENCE
from tests.support.ports import free_block

#: The last release that is one module without replacements, and so can be installed by its name.
MODULE = "github.com/livekit/livekit-server/cmd/server@v1.11.0"
KEY, SECRET = "livekit-key", "l" * 40
_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / "build" / "livekit"
BINARY = _FOLDER / "livekit-server"
_BUILDING = 1500.0


class NotHere(Exception):
    """The server cannot be built on this machine; the text says why."""


def build() -> Path:
    """The server's binary, built when it is not there yet; who comes meanwhile waits. Raises NotHere."""
    if BINARY.exists():
        return BINARY
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return BINARY if BINARY.exists() else _build()


def _build() -> Path:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise NotHere("there is no `go`: install Go 1.26 or newer")
    environment = {**os.environ, "GOBIN": str(_FOLDER)}
    command = [go, "install", "-p", "2", MODULE]
    try:
        done = subprocess.run(
            command, cwd=_FOLDER, env=environment, capture_output=True, text=True, timeout=_BUILDING,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotHere(f"`go install` took more than {_BUILDING:.0f} s") from None
    if done.returncode:
        raise NotHere(f"`go install` failed: {done.stderr.strip()[-500:]}")
    (_FOLDER / "server").rename(BINARY)
    return BINARY


@dataclass(frozen=True)
class LiveKit:
    """`http` is the address of its API; signalling is at the same port."""

    http: str


@contextlib.contextmanager
def livekit_server(folder: Path, webhook: str) -> Iterator[LiveKit]:
    """Runs it, as our example configures it, until the end of the block; `webhook` is told what happens."""
    binary, port = build(), free_block(3)
    config = yaml.safe_load((_ROOT / "config" / "livekit.example.yaml").read_text("utf-8"))
    here = {"use_external_ip": False, "node_ip": "127.0.0.1", "enable_loopback_candidate": True}
    config |= {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "rtc": {**config["rtc"], "udp_port": port + 1, "tcp_port": port + 2, **here},
        "keys": {KEY: SECRET},
        "webhook": {"api_key": KEY, "urls": [webhook]},
    }
    path = folder / "livekit.yaml"
    path.write_text(yaml.safe_dump(config))
    with (folder / "livekit.log").open("wb") as log:
        process = subprocess.Popen([binary, "--config", path], stdout=log, stderr=log)
    try:
        _wait_ready(port, process)
        yield LiveKit(f"http://127.0.0.1:{port}")
    finally:
        # Told to end, it would wait for its rooms to empty.
        process.kill()
        process.wait(PATIENCE)


def _wait_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("the LiveKit server did not come up")


if __name__ == "__main__":
    try:
        build()
    except NotHere as error:
        sys.stdout.write(f"{error}\n")
        sys.exit(1)
