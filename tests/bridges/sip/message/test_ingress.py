"""Strict ingress: what is read, what is refused, and that nothing else ever happens."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridges.sip.message import (
    Flow,
    MalformedMessage,
    Request,
    Response,
    Transport,
    is_keep_alive,
    parse_message,
)
from bridges.sip.message.reply import make_error_response, make_response

FLOW = Flow(Transport.UDP, "192.0.2.7", 40000)

INVITE = (
    b"INVITE sip:202@example.org SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bK776;rport\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "Anna, \\"A\\" Rossi" <sip:201@example.org>;tag=1928\r\n'
    b"To: <sip:202@example.org>\r\n"
    b"Call-ID: a84b4c76e66710@10.0.0.7\r\n"
    b"CSeq: 314159 INVITE\r\n"
    b"Contact: <sip:201@10.0.0.7:5060;transport=udp>\r\n"
    b"Content-Type: application/sdp\r\n"
    b"Content-Length: 4\r\n"
    b"\r\n"
    b"v=0\n"
)


def request(data: bytes = INVITE) -> Request:
    message = parse_message(data, FLOW)
    assert isinstance(message, Request)
    return message


def test_reads_a_request() -> None:
    message = request()
    assert (message.method, message.target, message.uri.user) == ("INVITE", "sip:202@example.org", "202")
    assert message.from_.name == 'Anna, "A" Rossi'
    assert (message.from_tag, message.to_tag, message.branch) == ("1928", None, "z9hG4bK776")
    assert (message.cseq.sequence, message.cseq.method) == (314159, "INVITE")
    assert message.contacts[0].uri.parameters["transport"] == "udp"
    assert message.sdp() == "v=0\n"


def test_reads_a_response() -> None:
    message = parse_message(
        INVITE.replace(b"INVITE sip:202@example.org SIP/2.0", b"SIP/2.0 180 Ringing", 1), FLOW
    )
    assert isinstance(message, Response)
    assert (message.status, message.phrase) == (180, "Ringing")


def test_folded_lines_compact_names_and_spaces_before_the_colon_are_understood() -> None:
    data = (
        INVITE.replace(b"Via:", b"v :")
        .replace(b"From: ", b"f\t:\r\n  ")
        .replace(b"Call-ID:", b"i:")
        .replace(b";rport", b"\r\n\t;rport")
        .replace(b"Content-Length:", b"l:")
    )
    message = request(data)
    assert message.from_.name == 'Anna, "A" Rossi'
    assert message.via.parameters["branch"] == "z9hG4bK776"
    assert message.call_id == "a84b4c76e66710@10.0.0.7"


def test_line_ends_before_the_start_line_are_skipped_and_bytes_after_the_body_dropped() -> None:
    assert request(b"\r\n\r\n" + INVITE + b"garbage").body == b"v=0\n"


@pytest.mark.parametrize(
    "uri",
    [
        "sip:*21%23@pbx1",
        "sip:*21#@example.org",
        "sip:[2001:db8::1]:5070;transport=tcp",
        "tel:+39-06-1234;phone-context=x",
    ],
)
def test_request_uris_of_real_phones_are_read(uri: str) -> None:
    assert request(INVITE.replace(b"sip:202@example.org", uri.encode(), 1)).target == uri


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"INVITE sip:202@example.org SIP/2.0", b"INVITE http://example.org SIP/2.0", 416),
        (b"INVITE sip:202@example.org SIP/2.0", b"INVITE sip:" + b"2" * 2000 + b"@a SIP/2.0", 414),
        (b"INVITE sip:202@example.org SIP/2.0", b"INVITE <sip:202@example.org> SIP/2.0", 400),
        (b"CSeq: 314159 INVITE", b"CSeq: 314159 BYE", 400),
        (b"CSeq: 314159 INVITE", b"CSeq: 99999999999 INVITE", 400),
        (b"Max-Forwards: 70", b"Max-Forwards: many", 400),
        (b"Max-Forwards: 70", b"Max-Forwards: 70\r\nMax-Forwards: 70", 400),
        (b"To: <sip:202@example.org>", b"To: sip:202@", 400),
        (b"To: <sip:202@example.org>", b"To: <sip:202@example.org>;self=1", 400),
        (b"Contact: <sip:201@10.0.0.7:5060;transport=udp>", b"Contact: *", 400),
        (b"Contact: <sip:201@10.0.0.7:5060;transport=udp>", b"Contact: <sip:201@10.0.0.7:99999>", 400),
        (b"INVITE sip:202@example.org SIP/2.0", b"INVITE sip:202@example.org", 400),
        (b"INVITE sip:202@example.org SIP/2.0", b"INVITE sip:202@example.org SIP/3.0", 505),
        (b"To: <sip:202@example.org>", b"To: <sip:202@example.org>;x=" + b"a" * 9000, 400),
        (b"Call-ID: a84b", b"Call-ID: a b", 400),
        (b"\r\nTo: ", b"\nTo: ", 400),
        (b"Max-Forwards: 70", b"\r\n".join(b"X: a" for _ in range(200)), 513),
        (b"\r\n\r\nv=0\n", b"\r\n", 400),
        (b"Content-Length: 4", b"Content-Length: 5", 400),
        (b"Content-Length: 4", b"Content-Length: -1", 400),
    ],
)
def test_wrong_headers_are_refused_with_an_answer(old: bytes, new: bytes, status: int) -> None:
    assert old in INVITE
    with pytest.raises(MalformedMessage) as caught:
        request(INVITE.replace(old, new, 1))
    assert caught.value.status == status
    answer = make_error_response(caught.value, FLOW, "tag")
    assert answer is not None
    assert answer[0].startswith(b"SIP/2.0 %d " % status)
    assert answer[1] == FLOW


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\r\n\r\n",
        b"\xff" * 100,
        INVITE.replace(b"Via:", b"Voi:"),
        INVITE.replace(b"Via: SIP/2.0/UDP", b"Via: HTTP/1.1"),
        b"INVITE sip:202@example.org SIP/2.0\r\n" + b"A: b\r\n" * 12000 + b"\r\n",
    ],
)
def test_what_cannot_be_answered_is_only_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage) as caught:
        parse_message(data, FLOW)
    assert make_error_response(caught.value, FLOW, "tag") is None


def test_an_ack_is_never_answered_with_an_error() -> None:
    data = INVITE.replace(b"INVITE", b"ACK").replace(b"CSeq: 314159", b"CSeq: many")
    with pytest.raises(MalformedMessage) as caught:
        parse_message(data, FLOW)
    assert caught.value.remains is None


@pytest.mark.parametrize(
    "value",
    [
        b"Digest " + b'a="",' * 1500 + b" !",
        b" " * 8000 + b"x",
        b'"' * 8000,
        b"<" * 8000,
        b"a;" * 4000,
        b";=" * 4000,
        b"a, " * 2600,
        b'";b="' * 1600,
    ],
)
@pytest.mark.parametrize("name", [b"From", b"Contact", b"Via", b"Record-Route", b"Authorization"])
def test_crafted_values_take_no_time(name: bytes, value: bytes) -> None:
    """Budget in process time, generous: exponential or quadratic patterns take seconds here."""
    data = INVITE.replace(b"Max-Forwards: 70", name + b": " + value)
    started = time.process_time()
    with contextlib.suppress(MalformedMessage):
        parse_message(data, FLOW)
    assert time.process_time() - started < 0.2


@settings(max_examples=400)
@given(st.binary(max_size=600))
def test_arbitrary_bytes_raise_nothing_but_malformed_message(data: bytes) -> None:
    try:
        parse_message(data, FLOW)
    except MalformedMessage as error:
        make_error_response(error, FLOW, "tag")


@settings(max_examples=600)
@given(
    st.integers(0, len(INVITE)),
    st.integers(0, 40),
    st.binary(max_size=30) | st.text(max_size=20).map(str.encode),
)
def test_a_damaged_request_raises_nothing_but_malformed_message(start: int, cut: int, insert: bytes) -> None:
    data = INVITE[:start] + insert + INVITE[start + cut :]
    try:
        message = parse_message(data, FLOW)
    except MalformedMessage as error:
        make_error_response(error, FLOW, "tag")
    else:
        if isinstance(message, Request):
            make_response(message, 200, to_tag="tag")
            message.record_route()
            message.sdp()


def test_keep_alives_are_told_from_messages() -> None:
    stun = bytes.fromhex("000100002112a442") + bytes(12)
    assert all(is_keep_alive(data) for data in (b"", b"\r\n\r\n", b"\0", b"\0\0\0\0", stun))
    assert not is_keep_alive(INVITE)


def test_a_response_goes_back_to_where_the_request_came_from() -> None:
    reply = parse_message(make_response(request(), 180, to_tag="314"), FLOW)
    assert isinstance(reply, Response)
    assert reply.via.parameters["rport"] == "40000"
    assert reply.via.parameters["received"] == "192.0.2.7"
    assert reply.to_tag == "314"
    assert reply.from_.name == 'Anna, "A" Rossi'


def test_a_phrase_or_header_cannot_inject_headers() -> None:
    reply = make_response(request(), 486, "Busy\r\nX-Evil: 1", headers=[("Reason", "a\r\nX-Evil: 1")])
    parsed = parse_message(reply, FLOW)
    assert "x-evil" not in parsed.headers


# --- read liberally ---

BYE = INVITE.replace(b"INVITE", b"BYE")
RINGING = INVITE.replace(b"INVITE sip:202@example.org SIP/2.0", b"SIP/2.0 180 Ringing", 1)


@pytest.mark.parametrize(
    "line", [b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Contact", b"Subject", b"X-Y"]
)
@pytest.mark.parametrize("message", [INVITE, BYE, RINGING])
def test_bytes_that_are_not_utf8_stand_in_any_header_and_go_back_as_they_came(
    message: bytes, line: bytes
) -> None:
    """Case 1: bytes that are not UTF-8, in every header of requests and responses."""
    odd = {
        b"Via": (b"776", b"776;x=\xe9"),
        b"From": (b'"Anna, \\"A\\" Rossi"', b'"Caf\xe9 Prova"'),
        b"To": (b"<sip:202@example.org>", b"Caf\xe9 <sip:caf\xe9@example.org>"),
        b"Call-ID": (b"a84b", b"caf\xe9"),
        b"CSeq": (b"CSeq:", b"Cseq\xe9: \xe9\r\nCSeq:"),
        b"Contact": (b"Contact: ", b"Contact: Caf\xe9 "),
        b"Subject": (b"Max-Forwards: 70", b"Max-Forwards: 70\r\nSubject: caf\xe9"),
        b"X-Y": (b"Max-Forwards: 70", b"Max-Forwards: 70\r\nX-\xff: \x80"),
    }
    old, new = odd[line]
    start, _, rest = message.partition(b"\r\n")
    read = parse_message(start + b"\r\n" + rest.replace(old, new, 1), FLOW)
    assert read.call_id
    assert "\ufffd" in (read.from_.name, read.to.name, read.header("subject"))[0] or line != b"From"
    if line == b"From":
        assert read.from_.name == "Caf\ufffd Prova"
    if line == b"Subject":
        assert read.header("subject") == "caf\ufffd"
    if isinstance(read, Request):
        reply = make_response(read, 200, to_tag="t")
        assert (b"\xe9" in reply) == (line in {b"Via", b"From", b"To", b"Call-ID"})
        read.from_.name.encode()
        read.to.uri.user and read.to.uri.user.encode()


def test_names_in_utf8_stay_as_they_are() -> None:
    read = request(INVITE.replace(b"Rossi", "Caf\u00e9 \u0410".encode()))
    assert read.from_.name == 'Anna, "A" Caf\u00e9 \u0410'


@pytest.mark.parametrize(
    "line",
    [
        b"garbage",
        b"X Debug Info: 1",
        b": nothing",
        b"",
        b"X: a\x00b",
        b"X: " + b"a" * 9000,
        b"Expires: soon",
        b"Session-Expires: never",
        b"P-Asserted-Identity: <<<",
        b"X: one\nY: two",
    ],
)
@pytest.mark.parametrize("message", [INVITE, BYE, RINGING])
def test_a_header_line_that_is_none_or_not_needed_is_passed_over(message: bytes, line: bytes) -> None:
    """Case 2: what is not understood is ignored."""
    if line:
        read = parse_message(message.replace(b"Max-Forwards: 70", line, 1), FLOW)
        assert read.from_tag == "1928"
        assert "y" not in read.headers, "a single line feed begins no header"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Max-Forwards: 70", b"Max-Forwards: many"),
        (b"Max-Forwards: 70", b"Max-Forwards: 70\r\nMax-Forwards: 70"),
        (b"Max-Forwards: 70", b"Record-Route: <<<"),
        (b"Max-Forwards: 70", b"Expires: 99999999999"),
        (b"Contact: <sip:201@10.0.0.7:5060;transport=udp>", b"Contact: *"),
        (b"Contact: <sip:201@10.0.0.7:5060;transport=udp>", b"Contact: <sip:201@10.0.0.7:99999>, sip:"),
        (b"Content-Length: 4", b"Content-Length: 5"),
        (b"Content-Length: 4", b"Content-Length: -1"),
        (b"To: <sip:202@example.org>", b"To: sip:202@;tag=314"),
        (b'From: "Anna', b'From: Anna"'),
        (b"\r\n\r\nv=0\n", b"\r\n"),
    ],
)
def test_a_response_keeps_what_can_be_read(old: bytes, new: bytes) -> None:
    """Case 2: a response with one unusable header is not dropped whole."""
    assert old in RINGING
    read = parse_message(RINGING.replace(old, new, 1), FLOW)
    assert isinstance(read, Response)
    assert (read.status, read.branch, read.cseq.method) == (180, "z9hG4bK776", "INVITE")
    assert read.to_tag == ("314" if b"314" in new else None)
    assert read.record_route() == ()
    assert read.contact_target() in {None, "sip:201@10.0.0.7:5060;transport=udp"}


def test_of_several_contacts_of_a_response_the_readable_ones_are_kept() -> None:
    read = parse_message(RINGING.replace(b"Contact: ", b"Contact: sip:\r\nContact: "), FLOW)
    assert read.contact_target() == "sip:201@10.0.0.7:5060;transport=udp"
    assert [str(address.uri.user) for address in read.contacts] == ["201"]


def test_an_acknowledgement_is_read_as_far_as_can_be() -> None:
    """Case 2: an ACK cannot be answered, and a call depends on it."""
    ack = INVITE.replace(b"INVITE", b"ACK").replace(b"Contact: <sip:", b"Contact: <<sip:")
    read = request(ack.replace(b"Max-Forwards: 70", b"Max-Forwards: many\r\nExpires: x"))
    assert read.method == "ACK"


def test_a_message_whose_lines_end_in_line_feeds_alone_is_read() -> None:
    assert request(INVITE.replace(b"\r\n", b"\n")).sdp() == "v=0\n"


def test_blanks_around_the_words_of_a_start_line_do_no_harm() -> None:
    assert request(INVITE.replace(b" sip:202@example.org SIP/2.0", b"  sip:202@example.org\tSIP/2.0 ", 1))
    assert isinstance(parse_message(RINGING.replace(b"2.0 180 Ringing", b"2.0  180"), FLOW), Response)
