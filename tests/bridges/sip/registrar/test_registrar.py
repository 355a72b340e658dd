"""Bindings: what a REGISTER does, and what time does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sip.message import Flow, MalformedMessage, Request, Transport, parse_message
from bridges.sip.registrar import IntervalTooBrief, Registrar, StaleRegister

NAT = Flow(Transport.UDP, "203.0.113.9", 61000)


def register(
    *contacts: str, call_id: str = "c1", cseq: int = 1, expires: int | None = None, flow: Flow = NAT
) -> Request:
    lines = [
        "REGISTER sip:example.org SIP/2.0",
        "Via: SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bK1",
        "From: <sip:201@example.org>;tag=1",
        "To: <sip:201@example.org>",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} REGISTER",
        "User-Agent: Phone/1",
        *(f"Contact: {contact}" for contact in contacts),
        *([f"Expires: {expires}"] if expires is not None else []),
        "Content-Length: 0",
    ]
    message = parse_message("\r\n".join([*lines, "", ""]).encode(), flow)
    assert isinstance(message, Request)
    return message


def registrar() -> Registrar:
    return Registrar(min_expires=60, max_expires=3600, max_contacts=3)


A, B = "<sip:201@10.0.0.7:5060>", "<sip:201@10.0.0.8:5060;transport=tcp>"


def uris(found: Registrar, now: float = 0) -> list[str]:
    return [binding.uri for binding in found.bindings("201", now)]


def test_a_contact_is_reached_where_its_register_came_from() -> None:
    bindings = registrar().register("201", register(A, expires=300), 10)
    assert [(b.uri, b.flow, b.expires_at, b.user_agent) for b in bindings] == [
        ("sip:201@10.0.0.7:5060", NAT, 310, "Phone/1")
    ]


def test_contacts_add_up_are_ordered_by_q_and_refreshed_one_by_one() -> None:
    found = registrar()
    found.register("201", register(f"{A};q=0.5;expires=100"), 0)
    found.register("201", register(B, call_id="c2", expires=200), 0)
    assert uris(found) == ["sip:201@10.0.0.8:5060;transport=tcp", "sip:201@10.0.0.7:5060"]
    found.register("201", register(f"{A};expires=3000", cseq=2), 50)
    assert uris(found, 250) == ["sip:201@10.0.0.7:5060"]


def test_expiry_is_clamped_above_and_refused_below() -> None:
    found = registrar()
    assert found.register("201", register(A, expires=99999), 0)[0].expires_at == 3600
    assert found.register("201", register(A, cseq=2), 0)[0].expires_at == 3600
    with pytest.raises(IntervalTooBrief) as caught:
        found.register("201", register(A, cseq=3, expires=59), 0)
    assert (caught.value.status, caught.value.minimum) == (423, 60)


def test_removal_of_one_and_of_all() -> None:
    found = registrar()
    found.register("201", register(A, B), 0)
    found.register("201", register(A, cseq=2, expires=0), 0)
    assert len(uris(found)) == 1
    assert found.register("201", register("*", cseq=3, expires=0), 0) == []
    assert found.usernames(0) == []


@pytest.mark.parametrize("expires", [None, 300])
def test_a_star_needs_expires_0(expires: int | None) -> None:
    with pytest.raises(MalformedMessage):
        registrar().register("201", register("*", expires=expires), 0)


def test_an_older_register_changes_nothing_at_all() -> None:
    found = registrar()
    found.register("201", register(A, cseq=5), 0)
    for late in (register(B, A, cseq=4), register("*", cseq=5, expires=0)):
        with pytest.raises(StaleRegister):
            found.register("201", late, 0)
    assert len(uris(found)) == 1
    found.register("201", register(A, call_id="after-reboot", cseq=1), 0)


def test_a_register_without_contact_asks_only() -> None:
    found = registrar()
    found.register("201", register(A), 0)
    assert len(found.register("201", register(cseq=2), 0)) == 1


def test_a_phone_that_moved_is_not_locked_out_by_its_past() -> None:
    found = registrar()
    for number in range(6):
        contact = f"<sip:201@10.0.0.{number}>"
        found.register("201", register(contact, call_id=f"c{number}", expires=100 + number), 0)
    assert uris(found) == [f"sip:201@10.0.0.{number}" for number in (5, 4, 3)]


def test_the_same_instance_replaces_itself() -> None:
    found = registrar()
    instance = ';+sip.instance="<urn:uuid:1>"'
    found.register("201", register(A + instance), 0)
    found.register("201", register(B + instance, call_id="c2"), 0)
    assert uris(found) == ["sip:201@10.0.0.8:5060;transport=tcp"]


def test_who_counts_on_is_the_same_phone_whatever_it_says_of_its_address() -> None:
    found, first, then = (
        registrar(),
        Flow(Transport.TCP, "203.0.113.9", 1),
        Flow(Transport.TCP, "203.0.113.9", 2),
    )
    found.register("201", register("<sip:201@10.0.0.7:1>", flow=first), 0)
    found.register("202", register("<sip:202@10.0.0.7:2>", cseq=2, flow=then), 1)
    found.register("201", register("<sip:201@10.0.0.7:2>", call_id="c2", flow=then), 1)
    assert (found.flow_after(first), found.left_at(first)) == (first, None)
    found.register("201", register("<sip:201@10.0.0.7:2>", cseq=2, flow=then), 2)
    assert (found.flow_after(first), found.left_at(first)) == (then, 2)
    assert found.left_at(then) is None


def test_time_takes_bindings_away() -> None:
    found = registrar()
    found.register("201", register(A, expires=100), 0)
    assert found.get_timer() == 100
    assert uris(found, 100) == []
    assert found.handle_timer(99) == []
    assert found.handle_timer(100) == ["201"]
    assert found.get_timer() is None


def test_a_closed_connection_leaves_the_address_of_a_contact() -> None:
    found = registrar()
    tcp = Flow(Transport.TCP, "203.0.113.9", 50000)
    found.register("201", register(B, flow=tcp), 0)
    assert found.drop_flow(tcp) == []
    assert uris(found) == ["sip:201@10.0.0.8:5060;transport=tcp"]


def test_bindings_survive_a_restart_as_json() -> None:
    found = registrar()
    found.register("201", register(A, expires=300), 1000)
    rows = json.loads(json.dumps(found.dump("201", to_unix=5000)))
    later = registrar()
    assert later.load([*rows, {"username": "x"}, {**rows[0], "uri": "?"}], now=7, to_unix=6100) == 1
    assert later.bindings("201", 7) == [
        b.__class__(**{**{f: getattr(b, f) for f in b.__slots__}, "expires_at": 200.0})
        for b in found.bindings("201", 1000)
    ]
    assert later.load(rows, now=300, to_unix=6100) == 0, "expired meanwhile"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([A, B, f"{A};q=0.1", f"{B};expires=0", "<sip:x@y>;expires=70"]),
            st.sampled_from([None, 0, 60, 300]),
            st.integers(0, 200),
        ),
        max_size=30,
    )
)
def test_whatever_comes_bindings_stay_bounded_and_alive(steps: list[tuple[str, int | None, int]]) -> None:
    found, now = registrar(), 0.0
    for number, (contact, expires, wait) in enumerate(steps):
        now += wait
        bindings = found.register("201", register(contact, cseq=number + 1, expires=expires), now)
        assert len(bindings) <= 3
        assert all(now < binding.expires_at <= now + 3600 for binding in bindings)
