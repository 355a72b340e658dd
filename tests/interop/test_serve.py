"""`unisono serve` with a real Synapse: start, heal, stop, refuse."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.homeserver.client import MatrixSession
from tests.support.patience import PATIENCE
from tests.support.stack import (
    Ports,
    Stack,
    alive,
    configuration,
    homeserver_client,
    load,
    run_unisono,
    wait_until,
)

#: The promises of the product, in seconds, for a machine that has nothing else to do.
READY = 15.0
HEALED = 5.0
#: 127.0.0.1 in /proc/net/tcp.
LOOPBACK = "0100007F"
PARTS = ["web", "homeserver", "sip", "media", "carrier"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack.start(tmp_path_factory.mktemp("serve"), demo=True) as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="module")
def person(stack: Stack) -> MatrixSession:
    """Somebody with a token of the homeserver."""

    async def sign_in() -> MatrixSession:
        async with homeserver_client(stack) as client:
            await client.ensure_user("poller", "Poller")
            return await client.login("poller", "POLL", "Tests")

    return asyncio.run(sign_in())


@pytest.fixture(scope="module")
def service_token(stack: Stack) -> str:
    return (stack.data / "secrets" / "sessions_as_token").read_text().strip()


def serve_and_fail(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    config = folder / "bad.toml"
    config.write_text(text, "utf-8")
    return run_unisono("serve", "--config", str(config), "--data", str(folder / "data"))


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_back_within_five_seconds(stack: Stack, part: str) -> None:
    victim = stack.children()[part]
    others = {name: pid for name, pid in stack.children().items() if name != part}
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not alive(victim), 2 * load())
    # Readiness is what the others noticed: of the media process that is what the last ping told.
    wait_until(
        lambda: stack.children().get(part, victim) != victim and stack.health()[0] == 200,
        HEALED * load(),
        stack.describe,
    )
    assert {name: pid for name, pid in stack.children().items() if name != part} == others


def test_readiness_says_which_part_is_missing_and_why(stack: Stack) -> None:
    synapse = stack.children()["homeserver"]
    body: dict[str, Any] = {}

    def not_ready() -> bool:
        nonlocal body
        status, body = stack.health()
        return status == 503

    os.kill(synapse, signal.SIGSTOP)
    try:
        wait_until(not_ready, PATIENCE, stack.describe)  # what was found a moment before serves for a second
    finally:
        os.kill(synapse, signal.SIGCONT)
    assert body["ready"] is False
    assert body["parts"]["homeserver"]["ready"] is False
    assert "2 s" in body["parts"]["homeserver"]["why"]
    assert body["parts"]["web"] == {"ready": True, "why": None}
    stack.wait_ready()


def test_nothing_listens_outside_the_loopback(stack: Stack) -> None:
    ours = [address for pid in stack.children().values() for address in listening(pid)]
    assert len(ours) >= 7
    assert {address.partition(":")[0] for address in ours} == {LOOPBACK}
    assert listening(stack.process.pid) == []


def listening(pid: int) -> list[str]:
    """Local addresses, as the kernel writes them, that a process receives at (proc(5), `net/tcp`)."""
    inodes = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(str(handle.readlink()).removeprefix("socket:[").rstrip("]"))
    found = []
    for table, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == state and fields[9] in inodes:
                found.append(fields[1])
    return found


def test_every_file_of_every_process_is_for_its_owner_alone(stack: Stack) -> None:
    """Started with a umask that lets everybody read and write (M6)."""
    found = [stack.data, *stack.data.rglob("*")]
    names = {path.relative_to(stack.data).as_posix() for path in found}
    assert {
        "unisono.db",
        "sip/bridge.db",
        "homeserver/homeserver.db",
        "logs/web.log",
        "run/sip.json",
    } <= names
    for path in found:
        with contextlib.suppress(FileNotFoundError):
            mode = stat.S_IMODE(path.lstat().st_mode)
            assert mode & (stat.S_IRWXG | stat.S_IRWXO) == 0, f"{path}: {mode:o}"


def test_the_administration_of_the_homeserver_is_not_reachable(stack: Stack) -> None:
    for path in ("/_synapse/admin/v1/server_version", "/_matrix/../_synapse/admin/v1/server_version"):
        assert stack.get(path)[0] == 404
    assert stack.get("/_matrix/client/versions")[0] == 200


def test_a_second_server_on_the_same_data_is_refused(stack: Stack, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(configuration(Ports.free()), "utf-8")
    refused = run_unisono("serve", "--config", str(other), "--data", str(stack.data))
    assert refused.returncode == 2
    assert f"in use by another server (process {stack.process.pid})" in refused.stderr


def test_killing_the_supervisor_leaves_no_process_and_the_next_start_is_ready_in_time(tmp_path: Path) -> None:
    with Stack.start(tmp_path, demo=True) as first:
        first.wait_ready()
        pids = list(first.children().values())
        assert len(pids) == len(PARTS)
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        wait_until(lambda: not any(alive(pid) for pid in pids), 3 * load(), lambda: str(pids))
    with Stack.start(tmp_path, demo=True, ports=first.ports) as second:
        assert second.wait_ready() < READY * load()
        wait_until(
            lambda: "Unisono is ready: " + second.url in second.output.read_text(), PATIENCE, second.describe
        )
        assert "anna@unisono.example" in second.output.read_text()
        pids = [second.process.pid, *second.children().values()]
        assert len(pids) == 1 + len(PARTS)
        # SIGTERM ends everything.
        began = time.monotonic()
        assert second.stop(PATIENCE) == 0
        assert time.monotonic() - began < 6 * load()
        assert not [pid for pid in pids if alive(pid)]


@pytest.mark.parametrize(
    ("part", "kind", "key"),
    [
        ("web", "tcp", "web.port"),
        ("homeserver", "tcp", "homeserver.port"),
        ("sip", "udp", "sip.udp_port"),
        ("webrtc", "udp", "media.webrtc_port"),
    ],
)
def test_a_port_in_use_is_named(tmp_path: Path, part: str, kind: str, key: str) -> None:
    ports = Ports.free()
    port = getattr(ports, part)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", port))
        if kind == "tcp":
            holder.listen()
        failed = serve_and_fail(tmp_path, configuration(ports))
    assert failed.returncode == 2
    assert f"port {port}/{kind} on 127.0.0.1 is in use" in failed.stderr
    assert f"`{key}`" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_an_unknown_key_is_named_with_its_line(tmp_path: Path) -> None:
    failed = serve_and_fail(tmp_path, "[web]\nport = 18080\n\n[homeserver]\nprot = 8008\n")
    assert failed.returncode == 2
    assert "bad.toml:5: unknown key `homeserver.prot`" in failed.stderr


def test_an_upload_of_many_megabytes_comes_back_whole(stack: Stack, person: MatrixSession) -> None:
    content = os.urandom(20_000_000)
    status, body = stack.request(
        "POST",
        "/_matrix/media/v3/upload?filename=x.bin",
        content,
        token=person.access_token,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert status == 200, body
    media = json.loads(body)["content_uri"].removeprefix("mxc://")
    path = f"/_matrix/client/v1/media/download/{media}"
    assert stack.request("GET", path, token=person.access_token) == (200, content)


def test_an_upload_over_the_limit_is_refused(stack: Stack, service_token: str) -> None:
    with socket.create_connection(("127.0.0.1", stack.ports.web), timeout=30) as raw:
        raw.sendall(
            b"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n"
            b"Authorization: Bearer " + service_token.encode() + b"\r\n\r\n" + bytes(1000)
        )
        assert raw.recv(1000).startswith(b"HTTP/1.1 413 ")


def sync_position(stack: Stack, person: MatrixSession) -> str:
    body = stack.request("GET", "/_matrix/client/v3/sync", token=person.access_token)[1]
    position: str = json.loads(body)["next_batch"]
    return position


def test_a_long_poll_waits_for_news(stack: Stack, person: MatrixSession) -> None:
    """The poll hangs through the front until something happens to the person."""
    path = f"/_matrix/client/v3/sync?timeout=30000&since={sync_position(stack, person)}"
    answers: list[bytes] = []
    waiting = threading.Thread(
        target=lambda: answers.append(stack.request("GET", path, token=person.access_token)[1])
    )
    waiting.start()
    waiting.join(1.0)
    assert waiting.is_alive(), answers
    news = f"/_matrix/client/v3/user/{person.user_id}/account_data/org.example.news"
    assert stack.request("PUT", news, b'{"fresh":1}', token=person.access_token)[0] == 200
    waiting.join(PATIENCE)
    assert b"org.example.news" in answers[0]


def test_requests_are_logged_with_their_id_and_without_tokens(stack: Stack) -> None:
    path = "/_matrix/client/v3/account/whoami?access_token=very-secret-token"
    assert stack.request("GET", path, headers={"X-Request-Id": "followed-id-0001"})[0] == 401
    wait_until(lambda: "followed-id-0001" in stack.log("web"), PATIENCE)
    for name in ("web", "homeserver", "supervisor"):
        assert "very-secret-token" not in stack.log(name)


def test_somebody_outside_calls_a_colleague(stack: Stack) -> None:
    """Nobody is signed in and no desk phone is there: the caller hears so, and the call is recorded."""
    called = stack.cli("demo", "call-in", "--to", "bruno")
    assert called.returncode == 0, called.stderr
    assert called.stdout.startswith("+390698765432 calls +390612345202 ")
    wait_until(lambda: "call_ended" in stack.log("sip"), PATIENCE, stack.describe)
    refused = stack.cli("demo", "call-in", "--to", "dario")
    assert (refused.returncode, refused.stderr) == (2, "unisono: nobody in the demo is `dario`\n")
