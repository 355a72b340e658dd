"""A peer that says anything in any order: a session never raises for it, and always comes to an end."""

from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bridges.sip.machine import LocalMisuse
from bridges.sip.message import OutgoingRequest, Request, Transport, make_response
from bridges.sip.message.reply import Header
from bridges.sip.session.events import Ended
from tests.bridges.sip.session.link import ANSWER, A, B, End, Link, inject

TAGS = st.sampled_from(("one", "two", ""))
SDP = st.sampled_from((b"", b"v=0 theirs\r\n"))
WAITS = st.sampled_from((0.0, 0.01, 0.6, 40.0))

RESPONSES = st.tuples(
    st.just("response"),
    st.sampled_from((100, 180, 183, 200, 200, 302, 401, 408, 422, 481, 486, 491, 503)),
    TAGS,
    SDP,
    st.sampled_from((None, "1", "2", "9", "x")),
)
REQUESTS = st.tuples(
    st.just("request"),
    st.sampled_from(("INVITE", "UPDATE", "PRACK", "BYE", "ACK", "INFO", "OPTIONS", "REFER", "CANCEL")),
    TAGS,
    SDP,
    st.integers(0, 9),
)
ACTIONS = st.tuples(
    st.just("action"),
    st.sampled_from(
        ("reoffer", "ask", "accept", "refuse", "withdraw", "cancel", "bye", "ring", "answer", "reject")
    ),
)
STEPS = st.lists(st.tuples(st.one_of(RESPONSES, RESPONSES, REQUESTS, REQUESTS, ACTIONS), WAITS), max_size=20)


def respond(end: End, status: int, tag: str, sdp: bytes, rseq: str | None) -> None:
    """An answer to whatever was sent last."""
    words = [word for word in end.words() if not word.isdigit() and word != "ACK"]
    if not words:
        return
    request = end.last(words[-1])
    assert isinstance(request, Request)
    headers: list[Header] = [
        ("Contact", "<sip:x@192.0.2.9>"),
        ("Min-SE", "3600"),
        ("Session-Expires", "90"),
        ("WWW-Authenticate", 'Digest realm="x", nonce="y"'),
    ]
    if rseq is not None:
        headers += [("Require", "100rel"), ("RSeq", rseq)]
    inject(end, make_response(request, status, to_tag=tag or None, headers=headers, body=sdp))


def ask(link: Link, end: End, method: str, tag: str, sdp: bytes, number: int) -> None:
    """A request within the dialog, or one that only claims to be."""
    session = end.session
    request = OutgoingRequest(
        method=method,
        uri=f"sip:x@{end.host}",
        transport=Transport.UDP,
        sent_by=f"{B if end.host == A else A}:5060",
        branch=f"z9hG4bK-{method}-{number}",
        from_=f"<sip:x@x>;tag={tag or (session.dialog and session.dialog.remote_tag) or 'none'}",
        to=f"<sip:y@y>;tag={session.local_tag}",
        call_id=session.call_id,
        cseq=number,
        headers=(("Contact", "<sip:x@192.0.2.9>"), ("RAck", f"{number} 1 INVITE"), ("Session-Expires", "90")),
        body=sdp,
    )
    inject(end, request.encode())


def act(link: Link, end: End, action: str) -> None:
    """What a user may do; out of turn it is told so."""
    session, now = end.session, link.now
    with suppress(LocalMisuse):
        match action:
            case "reoffer" | "ask":
                end.do(session.reoffer("v=0 ours\r\n" if action == "reoffer" else None, now))
            case "accept":
                end.do(session.accept_offer(ANSWER, now))
            case "refuse":
                end.do(session.refuse_offer(488, now))
            case "withdraw":
                end.do(session.withdraw_offer(now))
            case "bye":
                end.do(session.bye(now))
            case "cancel" if end is link.a:
                end.do(link.caller.cancel(now))
            case "ring" if end is link.b:
                end.do(link.callee.ring(183, ANSWER, now))
            case "answer" if end is link.b:
                end.do(link.callee.answer(ANSWER, now))
            case "reject" if end is link.b:
                end.do(link.callee.reject(486, None, now))


Step = tuple[tuple[object, ...], float]


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(of_caller=st.booleans(), reliable=st.booleans(), offers=st.booleans(), steps=STEPS)
def test_rfc3261_nothing_that_a_peer_says_raises_or_keeps_a_session_for_ever(
    of_caller: bool, reliable: bool, offers: bool, steps: list[Step]
) -> None:
    link = Link(sdp="v=0 ours\r\n" if offers else None, headers=(("Require", "100rel"),) if reliable else ())
    link.call()
    end, other = (link.a, link.b) if of_caller else (link.b, link.a)
    other.sessions.clear()  # it is played from here on
    end.fate = lambda _, __: []
    for (kind, *rest), wait in steps:
        if kind == "response":
            respond(end, *rest)  # type: ignore[arg-type]
        elif kind == "request":
            ask(link, end, *rest)  # type: ignore[arg-type]
        else:
            act(link, end, str(rest[0]))
        link.run(wait)
    act(link, end, "bye")
    act(link, end, "reject")
    link.run(1000)
    assert end.session.ended
    assert len(end.events(Ended)) == 1
    assert end.session.over
    assert end.session.get_timer() is None
