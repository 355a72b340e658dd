"""What is kept of which call, and for how long."""

from bridges.sip.message.flow import Flow, Transport
from bridges.sip.trace.ring import OF_CALL, MessageRing
from bridges.sip.trace.traces import DIALOGS, LINGER, STRANGERS, Traces, matrix_dialog
from wire.route import Ghost, Party, Plan
from wire.trace import MediaPath, TracedMessage

FLOW = Flow(Transport.UDP, "192.0.2.1", 5060)


def message(text: str, at: int = 1) -> TracedMessage:
    return TracedMessage(at=at, kind="sip", sent=True, text=text)


def invite(call_id: str) -> bytes:
    return f"INVITE sip:202@localhost SIP/2.0\r\nCall-ID: {call_id}\r\n\r\n".encode()


def answer(call_id: str, status: int = 200) -> bytes:
    return f"SIP/2.0 {status} Words\r\ni :{call_id}\r\n\r\n".encode()


def first_lines(traces: Traces, call_id: str = "A") -> list[str]:
    trace = traces.of(call_id)
    assert trace is not None
    return [each.text.partition("\r\n")[0] for each in trace.messages]


def test_the_beginning_and_the_end_of_a_long_call_are_kept() -> None:
    ring = MessageRing(4_000)
    for number in range(20):
        ring.add(message(f"{number:2}" + "x" * 298))
    kept = [int(each.text[:2]) for each in ring.messages()]
    assert kept == [0, 1, 2, 3, 16, 17, 18, 19]
    assert ring.left_out == 12


def test_a_message_larger_than_the_ring_takes_everything_but_the_first() -> None:
    ring = MessageRing(1_000)
    for text in ("a", "x" * 5_000, "b"):
        ring.add(message(text))
    assert [each.text[0] for each in ring.messages()] == ["a", "b"]


def test_what_came_before_the_call_was_known_belongs_to_it() -> None:
    traces = Traces(lambda flow: "198.51.100.1:5060")
    traces.sip(1, invite("x"), FLOW, sent=False)
    traces.sip(2, answer("x", 401), FLOW, sent=True)
    traces.begin("A")
    traces.claim("A", "x", "caller")
    traces.sip(3, answer("x"), FLOW, sent=True)
    trace = traces.of("A")
    assert trace is not None
    assert [(m.at, m.sent, m.leg) for m in trace.messages] == [
        (1, False, "caller"),
        (2, True, "caller"),
        (3, True, "caller"),
    ]
    assert (trace.messages[0].local, trace.messages[0].remote) == ("198.51.100.1:5060", "192.0.2.1:5060")


def test_messages_of_several_legs_stand_in_the_order_of_time() -> None:
    traces = Traces()
    traces.begin("A")
    traces.claim("A", "x", "caller")
    traces.sip(2, answer("x"), FLOW, sent=True)
    traces.sip(1, invite("y"), FLOW, sent=True)
    traces.claim("A", "y", "phone-1")
    assert first_lines(traces) == ["INVITE sip:202@localhost SIP/2.0", "SIP/2.0 200 Words"]


def test_only_what_an_invitation_began_is_kept() -> None:
    traces = Traces()
    traces.sip(1, b"REGISTER sip:localhost SIP/2.0\r\nCall-ID: x\r\n\r\n", FLOW, sent=False)
    traces.matrix(1, matrix_dialog("!r", "x"), "m.call.hangup", "@a:h", {}, sent=False)
    traces.sip(1, b"\x00 nothing of SIP", FLOW, sent=False)
    traces.begin("A")
    traces.claim("A", "x", "caller")
    traces.claim("A", matrix_dialog("!r", "x"), "matrix-1")
    assert first_lines(traces) == []


def test_events_of_a_room_belong_to_their_call() -> None:
    traces = Traces()
    dialog = matrix_dialog("!r:h", "m1")
    traces.matrix(1, dialog, "m.call.invite", "@a:h", {"call_id": "m1"}, sent=False)
    traces.begin("A")
    traces.claim("A", dialog, "caller")
    traces.matrix(2, dialog, "m.call.hangup", "@a:h", {"call_id": "m1"}, sent=False)
    trace = traces.of("A")
    assert trace is not None
    assert [(m.kind, m.remote, m.leg) for m in trace.messages] == [("matrix", "!r:h", "caller")] * 2


def test_of_strangers_the_latest_are_kept() -> None:
    traces = Traces()
    for number in range(STRANGERS + 1):
        traces.sip(1, invite(f"s{number}"), FLOW, sent=False)
    traces.begin("A")
    traces.claim("A", "s0", "caller")
    assert first_lines(traces) == []
    traces.claim("A", "s1", "caller")
    assert len(first_lines(traces)) == 1


def test_a_call_claims_so_many_dialogs_and_none_of_another_call() -> None:
    traces = Traces()
    for call_id in ("A", "B"):
        traces.begin(call_id)
    for number in range(DIALOGS + 1):
        traces.claim("A", f"d{number}", "phone")
    traces.claim("B", "d0", "caller")
    for dialog in ("d0", f"d{DIALOGS}"):
        traces.sip(1, invite(dialog), FLOW, sent=False)
    assert (len(first_lines(traces)), len(first_lines(traces, "B"))) == (1, 0)


def test_an_ended_call_waits_for_the_last_words_and_is_given_once() -> None:
    traces = Traces()
    traces.begin("A")
    traces.claim("A", "x", "caller")
    traces.routed("A", Plan("refuse", "not_found"))
    traces.media("A", [MediaPath(leg="caller", transport="RTP/AVP")])
    traces.end("A", 1_000)
    traces.end("A", 9_000)
    assert traces.collect(1_000 + LINGER - 1) == []
    traces.sip(1_500, invite("x"), FLOW, sent=False)
    (trace,) = traces.collect(1_000 + LINGER)
    assert (trace.id, trace.ended_at, len(trace.messages)) == ("A", 1_000, 1)
    assert trace.plan == Plan("refuse", "not_found")
    assert trace.media[0].leg == "caller"
    assert traces.collect(1 << 50) == []
    assert traces.of("A") is None
    traces.sip(2_000, answer("x"), FLOW, sent=False)


def test_what_somebody_calls_an_outsider_is_not_kept() -> None:
    outsider = Party("@_tel_+39:h", 'Zio "Pippo"', "+39")
    plan = Plan(
        "ring", caller=outsider, callee=Party("@anna:h", "Anna", "201"), ghost=Ghost("@_tel_+39:h", "Zio")
    )
    traces = Traces()
    traces.begin("A")
    traces.claim("A", "x", "phone-1")
    traces.routed("A", plan)
    data = invite("x").replace(b"\r\n\r\n", b'\r\nFrom: "Zio \\"Pippo\\"" <sip:+39@h>\r\nTo: "Anna"\r\n\r\n')
    traces.sip(1, data, FLOW, sent=True)
    trace = traces.of("A")
    assert trace is not None and trace.plan is not None
    text = trace.messages[0].text
    assert "Pippo" not in text and "Zio" not in text
    assert "sip:+39@h" in text and '"Anna"' in text
    assert (trace.plan.caller.name, trace.plan.callee.name, trace.plan.caller.number) == ("", "Anna", "+39")


def test_no_more_are_given_at_once_than_asked_for() -> None:
    traces = Traces()
    for call_id in ("A", "B", "C"):
        traces.begin(call_id)
        traces.end(call_id, 1)
    assert [trace.id for trace in traces.collect(1 << 50, 2)] == ["A", "B"]
    assert [trace.id for trace in traces.collect(1 << 50, 2)] == ["C"]


def test_a_call_that_is_not_known_is_nothing() -> None:
    traces = Traces()
    traces.claim("A", "x", "caller")
    traces.routed("A", Plan("ring"))
    traces.media("A", [])
    traces.end("A", 1)
    assert traces.of("A") is None


def test_what_is_new_in_a_call_that_lives_is_given_once_and_the_next_process_goes_on_with_it() -> None:
    traces, then = Traces(), Traces()
    traces.begin("A")
    traces.claim("A", "x", "caller")
    traces.sip(1, invite("x"), FLOW, sent=False)
    (first,) = traces.unwritten()
    traces.sip(2, answer("x"), FLOW, sent=True)
    (second,) = traces.unwritten()
    assert traces.unwritten() == []
    assert (first.call_id, first.anew, len(first.messages), len(second.messages)) == ("A", False, 1, 1)
    then.resume("A", [*first.messages, *second.messages])
    then.begin("A")
    then.claim("A", "x", "caller")
    assert then.unwritten() == []
    then.sip(3, b"BYE sip:x SIP/2.0\r\nCall-ID: x\r\n\r\n", FLOW, sent=True)
    assert first_lines(then) == ["INVITE sip:202@localhost SIP/2.0", "SIP/2.0 200 Words", "BYE sip:x SIP/2.0"]
    then.end("A", 4)
    assert then.unwritten() == []  # it is collected soon, as a whole


def test_a_call_of_which_much_is_said_is_written_anew_as_far_as_it_is_kept() -> None:
    traces = Traces()
    traces.begin("A")
    traces.claim("A", "x", "caller")
    long = answer("x") + b"v=" + b"0" * 7_000
    written = 0
    for at in range(3 * OF_CALL // 7_000):
        traces.sip(at, long, FLOW, sent=True)
        (fresh,) = traces.unwritten()
        size = sum(len(each.text) for each in fresh.messages)
        written = size if fresh.anew else written + size
        assert written <= 2 * OF_CALL
