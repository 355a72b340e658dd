"""A program that is followed by another one, as it is on the disk then, while it works."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from processes.succession import inherited
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.stack import alive, wait_until

#: Says its version and that it has its turn, with its process number; then by which signal it ends. Whoever
#: connects is told the version.
PROGRAM = """
import os, select, signal, sys
from processes.prefork import keep
from processes.succession import inherited, my_turn
listener = inherited("127.0.0.1", int(sys.argv[1]))
def work():
    my_turn(listener)
    farewells = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, farewells)
    print("VERSION", os.getpid(), flush=True)
    while not (got := signal.sigtimedwait(farewells, 0.01)):
        if select.select([listener], [], [], 0.01)[0]:
            with listener.accept()[0] as connection:
                connection.sendall(b"VERSION")
    print("VERSION", signal.Signals(got.si_signo).name, flush=True)
    return 0
sys.exit(keep(work))
"""
#: One that is loaded, but cannot begin to work.
UNREADY = PROGRAM.replace("my_turn(listener)", "return 3")
#: One that says that it is loaded, and when it is let, that it is ready, without waiting for its turn.
TOLD = """
import os, signal, socket, sys
from processes.succession import _given
print("2", os.getpid(), flush=True)
open(sys.argv[0] + ".go").close()
socket.socket(fileno=_given()[0]).send(b"ready")
print("2", "told", flush=True)
"""
#: One that ends only when it is let.
SLOW = PROGRAM.replace("    return 0", '    open(sys.argv[0] + ".go").close()\n    return 0')
#: Over a program that must be ready in less time than any is.
HASTY = """
import sys
from processes import succession
succession._LOADING = 0.2
sys.exit(succession.main(sys.argv[1:]))
"""


class Followed:
    """`process` is the one over the program, which is in `path`."""

    def __init__(self, process: subprocess.Popen[str], path: Path, port: int) -> None:
        self.process, self._path, self.port = process, path, port

    def words(self) -> list[str]:
        """The next line that is said."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def logs(self, event: str) -> bool:
        """Whether this is logged, from now on."""
        assert self.process.stderr is not None
        return any(event in line for line in self.process.stderr)

    def renew(self, program: str) -> None:
        self._path.write_text(program)
        self.process.send_signal(signal.SIGHUP)

    def tell_unheard(self) -> int:
        """The next program is `TOLD`, and says that it is ready while nobody hears it; its process number."""
        number = int(self.words()[1])
        self.process.send_signal(signal.SIGSTOP)
        self.let()
        assert self.words() == ["2", "told"]
        return number

    def let(self) -> None:
        """The program that waits goes on."""
        self._path.with_name(self._path.name + ".go").write_bytes(b"")

    def asks(self) -> str:
        """Which version answers whoever connects."""
        with self.connected() as connection:
            return connection.recv(1).decode()

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    """Its first version works."""
    with begun_in(tmp_path) as begun:
        yield begun


@contextmanager
def begun_in(folder: Path, *over: str) -> Iterator[Followed]:
    path, port = folder / "program.py", free_port()
    path.write_text(PROGRAM.replace("VERSION", "1"))
    os.mkfifo(folder / "program.py.go")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    over = over or ("-m", "processes.succession")
    command = (sys.executable, *over, "test", sys.executable, str(path), str(port))
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield Followed(process, path, port)
        finally:
            process.kill()


def test_the_next_version_has_its_turn_when_it_is_ready_and_the_one_before_has_ended(
    followed: Followed,
) -> None:
    version, first = followed.words()
    assert version == "1" and followed.asks() == "1"
    followed.renew(PROGRAM.replace("VERSION", "2"))
    assert followed.words() == ["1", "SIGTERM"]  # another one comes after it
    version, second = followed.words()
    assert version == "2" and followed.asks() == "2"
    wait_until(lambda: not alive(int(first)), PATIENCE)
    os.kill(int(second), signal.SIGKILL)
    version, third = followed.words()
    assert version == "2" and third != second
    followed.renew(PROGRAM.replace("VERSION", "3"))
    assert [followed.words()[0] for _ in range(2)] == ["2", "3"]
    followed.process.send_signal(signal.SIGINT)
    assert followed.words() == ["3", "SIGINT"]  # nobody comes
    assert followed.process.wait(PATIENCE) == 0


def test_who_connects_while_nobody_works_is_answered_by_the_next(followed: Followed) -> None:
    first = int(followed.words()[1])
    os.kill(first, signal.SIGSTOP)
    with followed.connected() as waiting:
        followed.renew(PROGRAM.replace("VERSION", "2"))
        os.kill(first, signal.SIGKILL)
        assert followed.words()[0] in {"1", "2"}
        assert waiting.recv(1)


@pytest.mark.parametrize("broken", ["import nothing_of_that_name", UNREADY])
def test_a_version_that_cannot_be_used_changes_nothing(followed: Followed, broken: str) -> None:
    first = followed.words()[1]
    followed.renew(broken)
    assert followed.logs("program_not_renewed")
    assert alive(int(first)) and followed.asks() == "1"
    followed.renew(PROGRAM.replace("VERSION", "2"))
    assert [followed.words()[0] for _ in range(2)] == ["1", "2"]


def test_a_version_that_has_ended_when_it_is_heard_changes_nothing(followed: Followed) -> None:
    first = followed.words()[1]
    followed.renew(TOLD)
    second = followed.tell_unheard()
    wait_until(lambda: not alive(second), PATIENCE)
    followed.process.send_signal(signal.SIGCONT)
    assert followed.logs("program_not_renewed")
    assert alive(int(first)) and followed.asks() == "1"


def test_a_version_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    with begun_in(tmp_path, "-c", HASTY) as followed:
        first = followed.words()[1]
        for _ in range(2):
            followed.renew("import signal; signal.pause()")
            assert followed.logs("program_not_renewed")
        assert alive(int(first)) and followed.asks() == "1"


def test_no_version_begins_when_all_is_to_end(followed: Followed) -> None:
    followed.words()
    followed.renew(TOLD + "signal.pause()")
    second = followed.tell_unheard()
    followed.process.send_signal(signal.SIGTERM)
    followed.process.send_signal(signal.SIGCONT)
    said, logged = followed.process.communicate(timeout=PATIENCE)
    assert (said.split(), followed.process.returncode) == (["1", "SIGTERM"], 0)
    assert "program_retired" not in logged
    assert not alive(second)


def test_who_is_told_to_end_while_one_program_follows_another_ends(followed: Followed) -> None:
    followed.words()
    followed.renew(SLOW.replace("VERSION", "2"))
    assert [followed.words()[0] for _ in range(2)] == ["1", "2"]
    followed.renew(PROGRAM.replace("VERSION", "3"))
    assert followed.words() == ["2", "SIGTERM"]
    followed.process.send_signal(signal.SIGTERM)
    followed.let()
    assert followed.process.wait(PATIENCE) == 0


def test_without_the_one_over_it_no_program_works_on(followed: Followed) -> None:
    worker = int(followed.words()[1])
    followed.process.kill()
    wait_until(lambda: not alive(worker), PATIENCE)


def test_the_end_of_a_program_is_told_by_its_code(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "processes.succession", "test", sys.executable, "-c", "exit(2)")
    assert (
        subprocess.run(command, check=False, timeout=PATIENCE, cwd=Path(__file__).parents[2]).returncode == 2
    )


# --- what is listened on ---


def test_every_address_is_of_both_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, object]] = []
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: True)
    monkeypatch.setattr(socket, "create_server", lambda address, **how: made.append({"to": address, **how}))
    inherited("::", 8080)
    assert (made[0]["family"], made[0]["dualstack_ipv6"]) == (socket.AF_INET6, True)


def test_a_name_of_several_addresses_is_the_older_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    addresses = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    with inherited("localhost", port) as listener:
        assert listener.getsockname() == ("127.0.0.1", port)
