"""Keys by INFO: every spelling that devices have for them (field case 7)."""

import pytest

from bridges.sip.message import Flow, Request, Transport, parse_message
from bridges.sip.transport.api import Dtmf
from bridges.sip.transport.keys import keys_of
from tests.bridges.sip.transport.test_hostile import request
from tests.bridges.sip.transport.test_in_dialog import talking

RELAY, BARE = "application/dtmf-relay", "application/dtmf"
EVENT, NORTEL = "audio/telephone-event", "application/vnd.nortelnetworks.digits"

SPELLINGS = [
    (RELAY, b"Signal=11\r\nDuration=160\r\n", "#", 160),
    (RELAY, b"Signal=10\r\nDuration=160", "*", 160),
    (RELAY, b"Signal=12\r\n", "A", 160),
    (RELAY, b"Signal=15\r\n", "D", 160),
    (RELAY, b"Signal=5\r\nDuration=240\r\n", "5", 240),
    (RELAY, b"signal = c\nduration = x\n", "C", 160),
    (RELAY, b"  SIGNAL: *  \r\nDURATION: 0", "*", 160),
    (RELAY, b'Signal="#"\r\n\x00', "#", 160),
    (RELAY, b"Duration=100\r\nSignal=0\r\n", "0", 100),
    (RELAY, b"Signal=05\r\n", "5", 160),
    (RELAY, b"Signal=star\r\n", "*", 160),
    (RELAY, b"5", "5", 160),
    (RELAY.upper() + ";charset=utf-8", b"Signal=1", "1", 160),
    (BARE, b"10", "*", 160),
    (BARE, b"11\r\n", "#", 160),
    (BARE, b" d ", "D", 160),
    (BARE, b"#", "#", 160),
    (BARE, b"Signal=7\r\n", "7", 160),
    (BARE, b"1234#", "1234#", 160),
    ("application/x-dtmf", b"9", "9", 160),
    ("text/plain", b"Signal=9", "9", 160),
    ("application/vnd.example.dtmf-relay", b"Signal=3", "3", 160),
    (EVENT, b"\x0b\x0a\x05\x00", "#", 160),
    (EVENT, b"\x05\x8a\x07\x80", "5", 240),
    (EVENT, b"event=11\r\n", "#", 160),
    ("application/telephone-event", b"5", "5", 160),
    (NORTEL, b"p=Digit-Collection\r\ny=Digits\r\nd=Digits=12#\r\n", "12#", 160),
    (NORTEL, b"d= digits = 7", "7", 160),
]
NO_KEY = [(RELAY, b"Signal=16\r\n"), (RELAY, b"Signal=flash"), (BARE, b"!"), ("application/hook-flash", b"x")]
NOT_READ = [
    (RELAY, b"Signal=\r\n"),
    (RELAY, b"Signal=?"),
    ("text/xml", b"5"),
    (NORTEL, b"y=Digits"),
    ("text/plain", b"Hi"),
]


def info(kind: str, body: bytes) -> Request:
    data = request("INFO", 1, 9, body=body, content_type=kind).encode()
    message = parse_message(data, Flow(Transport.UDP, "127.0.0.1", 9))
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize(("kind", "body", "keys", "duration"), SPELLINGS)
def test_every_spelling_of_a_key_is_understood(kind: str, body: bytes, keys: str, duration: int) -> None:
    """Case 7: numbers, letters, case, blanks, a missing duration, and the body types that devices send."""
    assert keys_of(info(kind, body)) == [Dtmf(key, duration) for key in keys]


@pytest.mark.parametrize(("kind", "body"), NO_KEY)
def test_a_hook_flash_is_understood_and_no_key(kind: str, body: bytes) -> None:
    assert keys_of(info(kind, body)) == []


@pytest.mark.parametrize(("kind", "body"), NOT_READ)
def test_what_is_no_key_is_told_so(kind: str, body: bytes) -> None:
    assert keys_of(info(kind, body)) is None


async def test_a_pin_that_ends_with_a_hash_by_number_is_complete() -> None:
    """Case 7: INFO with `Signal=11`, and `10` alone, in a call."""
    async with talking() as (caller, _, heard):
        for body, kind, key in (
            ("Signal=7\r\n", RELAY, "7"),
            ("Signal=11\r\nDuration=160\r\n", RELAY, "#"),
            ("10", BARE, "*"),
        ):
            answer = await caller.say(caller.request("INFO", body=body, content_type=kind))
            assert answer.status == 200
            assert (await heard.next(Dtmf)).signal == key
        flash = caller.request("INFO", body="Signal=16\r\n", content_type=RELAY)
        assert (await caller.say(flash)).status == 200
        assert heard.empty
        refused = await caller.say(caller.request("INFO", body="<x/>", content_type="text/xml"))
        assert (refused.status, "dtmf-relay" in (refused.header("accept") or "")) == (415, True)
