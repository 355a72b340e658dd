"""Requests of ours read back."""

from bridges.sip.message import Flow, OutgoingRequest, Request, Transport, parse_message
from bridges.sip.message.grammar import quote_display_name

FLOW = Flow(Transport.UDP, "192.0.2.7", 5060)
NAME = 'Eve" <sip:x@y>\r\nX-Evil: 1\\'

INVITE = OutgoingRequest(
    method="INVITE",
    uri="sip:201@192.0.2.9:5071",
    transport=Transport.UDP,
    sent_by="192.0.2.7:5060",
    branch="z9hG4bKabc",
    from_=f"{quote_display_name(NAME)} <sip:202@example.org>;tag=1",
    to="<sip:201@example.org>",
    call_id="c1",
    cseq=7,
    route=("<sip:p1;lr>",),
    headers=(("Contact", "<sip:192.0.2.7:5060>"),),
    body=b"v=0\r\n",
)


def read(request: OutgoingRequest) -> Request:
    message = parse_message(request.encode(), FLOW)
    assert isinstance(message, Request)
    return message


def test_a_request_is_read_back_and_a_display_name_cannot_inject() -> None:
    message = read(INVITE)
    assert message.from_.name == 'Eve" <sip:x@y> X-Evil: 1\\'
    assert "x-evil" not in message.headers
    assert message.sdp() == "v=0\r\n"
    assert message.header("route") == "<sip:p1;lr>"


def test_cancel_and_the_ack_to_a_failure_share_branch_target_and_route() -> None:
    for other in (
        INVITE.cancel([("Reason", "SIP;cause=200")]),
        INVITE.failure_ack("<sip:201@example.org>;tag=9"),
    ):
        message = read(other)
        assert (message.branch, message.target, message.cseq.sequence) == ("z9hG4bKabc", INVITE.uri, 7)
        assert message.header("route") == "<sip:p1;lr>"
        assert not message.body
    assert read(INVITE.failure_ack("<sip:201@example.org>;tag=9")).to_tag == "9"
