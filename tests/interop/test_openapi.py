"""schemathesis asks the running server whatever its OpenAPI document allows, and what it does not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance
from schemathesis.transport.serialization import serialize_binary

from tests.support.stack import Stack

PASSWORD = "correct horse battery"
EMAIL = "ada@unisono.example"
#: A stream has no end to wait for, and signing out would end what the walk needs.
LEFT_OUT = {("get", "/api/v1/events"), ("delete", "/api/v1/session")}
#: Examples of one operation; the machine that runs this has better things to do all day.
EXAMPLES = 20


@schemathesis.serializer("audio/wav", "video/webm")
def sound(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Of these files it knows no sample: whatever bytes it makes up."""
    return bytes(serialize_binary(value))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole Unisono, with an administrator."""
    extra = '\n[accounts]\nsecond_factor = "optional"\nsecond_browser = "replace"\n'
    with Stack.start(tmp_path_factory.mktemp("openapi"), demo=True, extra=extra) as stack:
        stack.wait_ready()
        added = stack.cli(
            "people", "add", "--email", EMAIL, "--name", "Ada Neri", "--role", "administrator",
            "--password", PASSWORD, "--extension", "209",
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        yield stack


def operations(stack: Stack) -> list[Any]:
    document = json.loads(stack.request("GET", "/api/v1/openapi.json")[1])
    schema = schemathesis.openapi.from_dict(document)
    found: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return [one for one in found if (one.method.lower(), one.path) not in LEFT_OUT]


def examine(stack: Stack, operation: Any, session: requests.Session) -> None:
    """Whatever is sent, the answer is none of ours that failed, and has the shape that was promised."""

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(
            base_url=stack.url,
            session=session,
            checks=[not_a_server_error, response_schema_conformance],
            timeout=60,
        )

    ask()


def signed_in(stack: Stack) -> requests.Session:
    session = requests.Session()
    session.headers["X-Unisono"] = "1"
    body = {"email": EMAIL, "password": PASSWORD, "layout": "desktop"}
    answer = session.post(f"{stack.url}/api/v1/session", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return session


def answers(stack: Stack) -> Counter[int]:
    """How many requests were answered with each status so far, by the server's own log."""
    lines = (json.loads(line) for line in stack.log("web").splitlines() if line.startswith("{"))
    return Counter(line["status"] for line in lines if line.get("event") == "request")


@pytest.mark.parametrize("who", ["nobody", "an administrator"])
def test_no_request_makes_the_server_fail(stack: Stack, who: str) -> None:
    asked, before = operations(stack), answers(stack)
    assert len(asked) > 40
    session = requests.Session() if who == "nobody" else signed_in(stack)
    for operation in asked:
        if who != "nobody" and session.get(f"{stack.url}/api/v1/session", timeout=60).status_code == 401:
            # One of the operations before signed out; a new session shows the rest.
            session = signed_in(stack)
        examine(stack, operation, session)
    told = answers(stack) - before
    # The walk got somewhere: refusals alone would prove little.
    assert told[401 if who == "nobody" else 200] > 100, told
    assert stack.health()[0] == 200, stack.describe()
    assert "request_failed" not in stack.log("web")
