"""Join requests, as clients pack them and as they do not."""

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import rtc

from server.sfu.signal import joining

REQUEST = rtc.JoinRequest(participant_sid="PA_1", reconnect=True)


def wrapped(content: bytes, *, packed: bool = False) -> str:
    compression = rtc.WrappedJoinRequest.GZIP if packed else rtc.WrappedJoinRequest.NONE
    message = rtc.WrappedJoinRequest(join_request=content, compression=compression)
    return base64.urlsafe_b64encode(message.SerializeToString()).decode()


def test_plain_and_packed_requests_are_read() -> None:
    content = REQUEST.SerializeToString()
    assert joining.read(wrapped(content)) == REQUEST
    assert joining.read(wrapped(gzip.compress(content), packed=True)) == REQUEST
    assert joining.read(wrapped(content).rstrip("=")) == REQUEST


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="none"),
        pytest.param("!", id="no base64"),
        pytest.param(wrapped(b"\xff"), id="no message"),
        pytest.param(wrapped(b"abc", packed=True), id="no gzip"),
        pytest.param(wrapped(gzip.compress(b"abcdef")[:-9], packed=True), id="cut off"),
        pytest.param(wrapped(gzip.compress(bytes(100_000_000)), packed=True), id="a bomb"),
        pytest.param("A" * 2_000_000, id="long"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(joining.BadJoinRequest):
        joining.read(text)


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: wrapped(raw, packed=True)))
def test_nonsense_raises_nothing_else(text: str) -> None:
    try:
        joining.read(text)
    except joining.BadJoinRequest:
        return


def test_the_older_form_says_the_same_in_the_query() -> None:
    assert joining.of_query({}).connection_settings.auto_subscribe
    assert not joining.of_query({"auto_subscribe": "0"}).connection_settings.auto_subscribe
    assert joining.of_query({"reconnect": "1", "sid": "PA_1"}) == rtc.JoinRequest(
        reconnect=True,
        participant_sid="PA_1",
        connection_settings=rtc.ConnectionSettings(auto_subscribe=True),
    )
