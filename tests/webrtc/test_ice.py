"""The lite agent: who knows the password is answered, and nobody else."""

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from webrtc.ice import MAX_ADDRESSES, IceLite, local_ufrag, read_request

PASSWORD = "p" * 24
BROWSER = ("192.0.2.7", 50000)
WIFI = ("192.0.2.8", 50001)


def request(
    username: str = "ours:theirs", password: str = PASSWORD, *, nominate: bool = False
) -> stun.Message:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 7
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    found = read_request(bytes(message))
    assert found is not None
    return found


def agent() -> IceLite:
    made = IceLite("ours", PASSWORD)
    made.remote_ufrag = "theirs"
    return made


def test_a_valid_check_is_answered_with_its_source_under_our_password() -> None:
    ice, check = agent(), request()
    raw = ice.respond(check, BROWSER, 5.0)
    assert raw is not None
    response = stun.parse_message(raw)
    assert response.message_class is stun.Class.RESPONSE
    assert response.transaction_id == check.transaction_id
    assert response.attributes["XOR-MAPPED-ADDRESS"] == BROWSER
    assert response.check_message_integrity(PASSWORD.encode())
    assert ice.consent_at == 5.0


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(lambda: request(password="q" * 24), id="wrong password"),
        pytest.param(lambda: request("ours:other"), id="another browser"),
        pytest.param(lambda: request("ours"), id="half a user name"),
        pytest.param(lambda: request("else:theirs"), id="another leg"),
    ],
)
def test_a_check_that_proves_nothing_is_ignored(check: object) -> None:
    ice = agent()
    assert callable(check)
    assert ice.respond(check(), BROWSER, 5.0) is None
    assert ice.consent_at is None
    assert ice.address is None


def test_checks_without_integrity_are_ignored() -> None:
    bare = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    bare.attributes["USERNAME"] = "ours:theirs"
    found = read_request(bytes(bare))
    assert found is not None
    assert agent().respond(found, BROWSER, 5.0) is None


def test_before_the_answer_is_known_nobody_can_be_told_apart() -> None:
    ice = IceLite("ours", PASSWORD)
    for username in ("ours:theirs", "ours:None", "ours:"):
        assert ice.respond(request(username), BROWSER, 5.0) is None


def test_the_first_pair_serves_until_another_is_nominated() -> None:
    ice = agent()
    ice.respond(request(), BROWSER, 1.0)
    ice.respond(request(), WIFI, 2.0)
    assert ice.address == BROWSER
    ice.respond(request(nominate=True), WIFI, 3.0)
    assert ice.address == WIFI
    assert ice.addresses == [BROWSER, WIFI]


def test_the_number_of_addresses_is_bounded_and_the_nominated_one_stays() -> None:
    ice = agent()
    ice.respond(request(nominate=True), BROWSER, 1.0)
    for port in range(1, 50):
        ice.respond(request(), ("192.0.2.7", port), 1.0)
    assert len(ice.addresses) == MAX_ADDRESSES
    assert BROWSER in ice.addresses


def test_after_a_restart_only_the_new_password_counts() -> None:
    ice = agent()
    ice.respond(request(), BROWSER, 1.0)
    ice.restart("fresh", "r" * 24)
    assert ice.respond(request(), BROWSER, 2.0) is None
    assert ice.respond(request("fresh:theirs", "r" * 24), WIFI, 3.0) is not None
    assert ice.address == BROWSER  # until it is nominated


def test_only_binding_requests_are_read() -> None:
    indication = stun.Message(stun.Method.BINDING, stun.Class.INDICATION)
    allocate = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)
    assert read_request(bytes(indication)) is None
    assert read_request(bytes(allocate)) is None
    assert local_ufrag(request()) == "ours"


@given(st.binary(max_size=200))
def test_garbage_is_not_a_request(data: bytes) -> None:
    read_request(data)


@given(st.data())
def test_damaged_requests_raise_nothing(data: st.DataObject) -> None:
    raw = bytearray(raw_request())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    read_request(bytes(raw))


def raw_request() -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    message.attributes["XOR-MAPPED-ADDRESS"] = BROWSER
    message.attributes["ERROR-CODE"] = (400, "no")
    message.attributes["ICE-CONTROLLING"] = 7
    message.attributes["CHANNEL-NUMBER"] = 7
    return bytes(message)
