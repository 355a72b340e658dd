"""Messages of the ng protocol: cookie and dictionary, bencoded or as JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import ng
from wire.ng import Message, NgError


@pytest.mark.parametrize("as_json", [False, True])
def test_bytes_that_are_no_text_come_through(as_json: bool) -> None:
    message = Message("8_7", {"command": "offer", "sdp": "s=\udcff"}, as_json)
    assert ng.read(bytes(message)) == message


@pytest.mark.parametrize("as_json", [False, True])
def test_a_message_is_read_as_it_was_written(as_json: bool) -> None:
    message = Message("8_7", {"command": "offer", "flags": ["trust-address"], "ptime": 30}, as_json)
    assert ng.read(bytes(message)) == message


def test_what_rtpengines_manual_shows_is_read() -> None:
    assert ng.read(b"5323_1 d7:command4:pinge").body == {"command": "ping"}
    assert ng.read(b'5323_1 {"command":"ping"}') == Message("5323_1", {"command": "ping"}, as_json=True)


@pytest.mark.parametrize(
    ("data", "cookie"),
    [(b"", None), (b"5323_1", None), (b" d7:command4:pinge", None), (b"a\x00 de", None),
     (b"x" * 129 + b" de", None), (b"c d7:command4:ping", "c"), (b"c 4:ping", "c"), (b"c {", "c"),
     (b'c {"a": null}', "c"), (b'c {"a": 1.5}', "c"), (b"c [1]", "c"), (b'c {"a": "\xff"}', "c")],
)  # fmt: skip
def test_what_cannot_be_read_says_whom_to_tell(data: bytes, cookie: str | None) -> None:
    with pytest.raises(NgError) as refusal:
        ng.read(data)
    assert refusal.value.cookie == cookie


@given(st.binary(max_size=100))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    for whole in (data, b"cookie " + data, b"cookie {" + data):
        try:
            message = ng.read(whole)
        except NgError:
            continue
        for key in message.body:
            ng.text(message.body, key), ng.number(message.body, key), ng.words(message.body, key)
            ng.part(message.body, key), ng.parts(message.body, key)
        assert ng.read(bytes(message)).body == message.body


def test_values_are_read_as_what_they_should_be() -> None:
    body: ng.Body = {"n": "12", "i": 3, "t": "x", "l": ["a", 1, "b"], "d": {"k": "v"}, "m": [{"k": "v"}, "x"]}
    assert [ng.number(body, key) for key in ("n", "i", "t", "none")] == [12, 3, None, None]
    assert [ng.text(body, key) for key in ("t", "i", "none")] == ["x", None, None]
    assert [ng.words(body, key) for key in ("t", "l", "i")] == [("x",), ("a", "b"), ()]
    assert [ng.part(body, key) for key in ("d", "t")] == [{"k": "v"}, {}]
    assert [ng.parts(body, key) for key in ("m", "d")] == [({"k": "v"},), ()]
