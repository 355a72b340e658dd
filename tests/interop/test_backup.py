"""A backup taken while people work, restored on an empty machine: nothing acknowledged is missing."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from server.secrets import load_or_create
from tests.support.stack import ROOT, Stack, run_unisono, unisono

ANNA, BRUNO = ("anna@unisono.example", "anna-demo"), ("bruno@unisono.example", "bruno-demo")
EXTRA = '\n[accounts]\nsecond_factor = "optional"\nsecond_browser = "replace"\n'
#: Of each kind, before the backup begins and again while and after it is made.
BEFORE = 25


class Person:
    """A signed-in person with the web's cookie and the Matrix token."""

    def __init__(self, stack: Stack, email: str, password: str) -> None:
        self.stack, self.http = stack, requests.Session()
        self.http.headers["X-Unisono"] = "1"
        body = {"email": email, "password": password, "layout": "desktop"}
        answer = self.http.post(f"{stack.url}/api/v1/session", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        self.matrix = answer.json()["matrix"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, self.stack.url + path, json=body, timeout=60)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def chat(self, method: str, path: str, body: Any = None, data: bytes | None = None) -> Any:
        bearer = {"Authorization": f"Bearer {self.matrix['access_token']}"}
        answer = requests.request(
            method, self.stack.url + path, json=body, data=data, headers=bearer, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


class Load:
    """Does `work(n)` again and again in a thread of its own; `done` holds what was acknowledged."""

    def __init__(self, work: Callable[[int], str]) -> None:
        self.done: list[str] = []
        self.failed: BaseException | None = None
        self._work, self._stop = work, threading.Event()
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def wait(self) -> list[str]:
        """What was acknowledged, once it is enough."""
        assert self._enough.wait(120), self.failed
        return list(self.done)

    def _run(self) -> None:
        number = 0
        try:
            while not self._stop.is_set():
                self.done.append(self._work(number))
                number += 1
                if number >= BEFORE:
                    self._enough.set()
        except BaseException as error:
            self.failed = error
            raise


def test_everything_acknowledged_before_a_backup_is_in_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    with ExitStack() as running:
        stack = running.enter_context(Stack.start(here, demo=True, extra=EXTRA))
        stack.wait_ready()
        anna = Person(stack, *ANNA)
        room = anna.ask("POST", "/api/v1/rooms/direct", {"user_id": "@bruno:localhost"})["room_id"]
        media = upload(anna)
        added = stack.cli("people", "add", "--email", "new@unisono.example", "--name", "Nina Nuova",
                          "--password", "quite long enough")  # fmt: skip
        assert added.returncode == 0, added.stderr
        loads = [
            running.enter_context(Load(work))
            for work in (messages(anna, room), contacts(anna), call_records(stack))
        ]
        acknowledged = [load.wait() for load in loads]
        made = stack.cli("backup", str(tmp_path / "archive"))
        assert made.returncode == 0, made.stderr
        assert [load.failed for load in loads] == [None, None, None]
        assert all(len(load.done) > len(known) for load, known in zip(loads, acknowledged, strict=True)), (
            "nothing was under way while the backup was made"
        )
    restored = run_unisono("restore", str(tmp_path / "archive"), "--data", str(there / "data"))
    assert restored.returncode == 0, restored.stderr
    with Stack.start(there, demo=True, extra=EXTRA) as stack:
        stack.wait_ready()
        everything_is_there(stack, room, media, acknowledged)
    again = run_unisono("restore", str(tmp_path / "archive"), "--data", str(there / "data"))
    assert again.returncode == 1 and "not empty" in again.stderr


def test_a_restored_server_starts_with_what_its_configuration_names(tmp_path: Path) -> None:
    """Case 30: a line with `password_file`; backup; restore where nothing else is; start."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "provider.secret").write_text("hush\n")
    line = '[[trunks]]\nname = "provider"\nkind = "register"\nhost = "192.0.2.1"\nusername = "u"\n'
    with Stack.start(here, sip=False, extra=f'{line}password_file = "provider.secret"\n') as stack:
        stack.wait_ready()
        made = run_unisono("backup", str(tmp_path / "archive"), "--data", str(stack.data))
        assert made.returncode == 0, made.stdout + made.stderr
        ports = stack.ports
    shutil.rmtree(here)
    restored = run_unisono("restore", str(tmp_path / "archive"), "--data", str(there))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    command = restored.stdout.split("Start it with: unisono ")[1].splitlines()[0].split()
    with (tmp_path / "out").open("wb") as output:
        process = subprocess.Popen([*unisono(), *command], cwd=ROOT, stdout=output, stderr=output)
        with Stack(tmp_path, ports, process, tmp_path / "out", there / "configuration.toml") as stack:
            stack.wait_ready()


def everything_is_there(stack: Stack, room: str, media: str, acknowledged: list[list[str]]) -> None:
    sent, kept, called = acknowledged
    bruno, nina = Person(stack, *BRUNO), Person(stack, "new@unisono.example", "quite long enough")
    assert nina.ask("GET", "/api/v1/people")["people"][-1]["name"] == "Nina Nuova"
    assert set(sent) <= read_messages(bruno, room)
    anna = Person(stack, *ANNA)
    found: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        page = anna.ask("GET", f"/api/v1/contacts?tab=personal&limit=200{cursor}")
        found |= {entry["contact"]["name"] for entry in page["entries"]}
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert set(kept) <= found
    calls: set[str] = set()
    before: str | None = ""
    while before is not None:
        log = anna.ask("GET", f"/api/v1/calls?limit=200{before}")
        calls |= {call["id"] for call in log["calls"]}
        before = f"&before={log['next']}" if log["next"] else None
    assert set(called) <= calls
    picture = requests.get(
        f"{stack.url}/_matrix/client/v1/media/download/{media.removeprefix('mxc://')}",
        headers={"Authorization": f"Bearer {bruno.matrix['access_token']}"},
        timeout=60,
    )
    assert picture.content == b"a picture"


def upload(person: Person) -> str:
    answer = person.chat("POST", "/_matrix/media/v3/upload?filename=p.bin", data=b"a picture")
    return str(answer["content_uri"])


def messages(person: Person, room: str) -> Callable[[int], str]:
    def send(number: int) -> str:
        body = {"msgtype": "m.text", "body": f"message {number}"}
        path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/t{number}"
        return str(person.chat("PUT", path, body)["event_id"])

    return send


def read_messages(person: Person, room: str) -> set[str]:
    found: set[str] = set()
    start = ""
    while True:
        page = person.chat("GET", f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=b&limit=500{start}")
        found |= {event["event_id"] for event in page["chunk"]}
        if "end" not in page:
            return found
        start = f"&from={page['end']}"


def contacts(person: Person) -> Callable[[int], str]:
    def add(number: int) -> str:
        body = {"name": f"Contact {number}", "numbers": [{"number": f"06 55{number:05}"}]}
        return str(person.ask("POST", "/api/v1/contacts", body)["contact"]["name"])

    return add


def call_records(stack: Stack) -> Callable[[int], str]:
    """As the bridge tells them."""
    secret = load_or_create(stack.data / "secrets").internal_secret

    def put(number: int) -> str:
        call_id = f"01BACKUP{number:06}"
        record = {
            "id": call_id, "revision": 1, "via": "sip", "started_at": 1000 + number, "outcome": "missed",
            "caller": {"user_id": "@anna:localhost", "name": "Anna"},
            "callee": {"user_id": "@bruno:localhost", "name": "Bruno"},
        }  # fmt: skip
        body = json.dumps({"records": [record]}).encode()
        status, answer = stack.request("POST", "/internal/v1/call-records", body, token=secret)
        assert status == 204, answer
        return call_id

    return put
