"""Flows of phones (RFC 5626): what names them, what replaces them, and when a proxy is in the way."""

import json

import pytest

from bridges.sip.message import Flow, MalformedMessage, Request, Transport, parse_message
from bridges.sip.registrar import FirstHopLacksOutbound, Registrar, flow_timer

UDP = Flow(Transport.UDP, "203.0.113.9", 61000)
TCP = Flow(Transport.TCP, "203.0.113.9", 50000)
PHONE = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'
OTHER = '"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"'
VIA = "Via: SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bK1"
PROXY = "Via: SIP/2.0/UDP edge.example.net;branch=z9hG4bK2"


def contact(reg_id: object, instance: str = PHONE, uri: str = "sip:201@10.0.0.7:5060;ob") -> str:
    return f"<{uri}>;+sip.instance={instance};reg-id={reg_id}"


def register(
    *contacts: str, flow: Flow = UDP, vias: tuple[str, ...] = (VIA,), more: dict[str, str] | None = None
) -> Request:
    fields = {"Call-ID": "c1", "CSeq": "1 REGISTER", "Expires": "300", "Supported": "path, outbound"}
    lines = [
        "REGISTER sip:example.org SIP/2.0",
        *vias,
        "From: <sip:201@example.org>;tag=1",
        "To: <sip:201@example.org>",
        *(f"Contact: {each}" for each in contacts),
        *(f"{name}: {value}" for name, value in (fields | (more or {})).items()),
        "Content-Length: 0",
    ]
    message = parse_message("\r\n".join([*lines, "", ""]).encode(), flow)
    assert isinstance(message, Request)
    return message


def registrar() -> Registrar:
    return Registrar(min_expires=60, max_expires=3600, max_contacts=5)


def flows(found: Registrar) -> set[tuple[int | None, Flow]]:
    return {(binding.reg_id, binding.flow) for binding in found.bindings("201", 0)}


def test_two_flows_of_a_phone_stand_beside_each_other_though_their_contact_is_the_same() -> None:
    found = registrar()
    found.register("201", register(contact(1)), 0)
    found.register("201", register(contact(2), flow=TCP, more={"Call-ID": "c2"}), 0)
    assert flows(found) == {(1, UDP), (2, TCP)}


def test_a_flow_is_replaced_by_its_name_not_by_its_contact() -> None:
    found = registrar()
    found.register("201", register(contact(1)), 0)
    moved = Flow(Transport.UDP, "198.51.100.4", 7000)
    again = register(contact(1, uri="sip:201@192.168.1.9:5060"), flow=moved, more={"Call-ID": "c2"})
    found.register("201", again, 0)
    assert flows(found) == {(1, moved)}


def test_flows_of_different_phones_do_not_meet() -> None:
    found = registrar()
    found.register("201", register(contact(1)), 0)
    found.register("201", register(contact(1, OTHER), flow=TCP, more={"Call-ID": "c2"}), 0)
    assert flows(found) == {(1, UDP), (1, TCP)}


def test_one_flow_is_given_up_and_the_other_stays() -> None:
    found = registrar()
    found.register("201", register(contact(1)), 0)
    found.register("201", register(contact(2), flow=TCP, more={"Call-ID": "c2"}), 0)
    found.register("201", register(contact(1), more={"CSeq": "2 REGISTER", "Expires": "0"}), 0)
    assert flows(found) == {(2, TCP)}


@pytest.mark.parametrize("reg_id", ["0", "-1", "x", "01", "2147483648", "1" * 11])
def test_what_is_no_flow_name_is_a_contact_by_its_uri(reg_id: str) -> None:
    found = registrar()
    found.register("201", register(contact(reg_id)), 0)
    assert flows(found) == {(None, UDP)}


@pytest.mark.parametrize("reg_id", [1, 2147483647])
def test_flow_names_go_from_one_to_the_largest(reg_id: int) -> None:
    found = registrar()
    found.register("201", register(contact(reg_id)), 0)
    assert flows(found) == {(reg_id, UDP)}


@pytest.mark.parametrize("instance", ['""', '"urn:uuid:1"', '"<urn:a b>"', f'"<{"x" * 201}>"'])
def test_a_flow_of_a_phone_without_a_name_is_a_contact_by_its_uri(instance: str) -> None:
    found = registrar()
    found.register("201", register(contact(1, instance)), 0)
    assert flows(found) == {(None, UDP)}


def test_a_phone_that_names_its_flows_no_more_is_at_one_place() -> None:
    found = registrar()
    found.register("201", register(contact(1)), 0)
    plain = f"<sip:201@10.0.0.7:5060>;+sip.instance={PHONE}"
    found.register("201", register(plain, flow=TCP, more={"Call-ID": "c2"}), 0)
    assert flows(found) == {(None, TCP)}
    found.register("201", register(contact(1), more={"Call-ID": "c3"}), 0)
    assert flows(found) == {(1, UDP)}


def test_several_flows_in_one_register_are_a_mistake() -> None:
    found = registrar()
    with pytest.raises(MalformedMessage):
        found.register("201", register(contact(1), contact(2)), 0)
    assert flows(found) == set()


def test_a_proxy_that_keeps_the_flow_is_no_hindrance() -> None:
    found = registrar()
    path = "<sip:core.example.net;lr>, <sip:token@edge.example.net;lr;ob>"
    found.register("201", register(contact(1), vias=(PROXY, VIA), more={"Path": path}), 0)
    assert flows(found) == {(1, UDP)}


@pytest.mark.parametrize("path", [{}, {"Path": "<sip:core.example.net;lr;ob>, <sip:edge.example.net;lr>"}])
def test_a_proxy_that_keeps_no_flow_is_told_to_a_phone_that_wants_one(path: dict[str, str]) -> None:
    found = registrar()
    with pytest.raises(FirstHopLacksOutbound) as caught:
        found.register("201", register(contact(1), vias=(PROXY, VIA), more=path), 0)
    assert caught.value.status == 439
    assert flows(found) == set()
    found.register("201", register(contact(1), vias=(PROXY, VIA), more={**path, "Supported": "path"}), 0)
    assert flows(found) == {(None, UDP)}


def test_a_lost_connection_takes_its_flow_along_and_leaves_the_other() -> None:
    found = registrar()
    found.register("201", register(contact(1)), 0)
    found.register("201", register(contact(2), flow=TCP, more={"Call-ID": "c2"}), 0)
    assert found.drop_flow(TCP) == ["201"]
    assert flows(found) == {(1, UDP)}
    assert found.drop_flow(TCP) == []


def test_a_phone_that_lost_its_flow_is_expected_until_that_ran_out_and_found_again() -> None:
    found, again = registrar(), Flow(Transport.TCP, "198.51.100.4", 7000)
    found.register("201", register(contact(1), flow=TCP), 0)
    (expires_at,) = (binding.expires_at for binding in found.bindings("201", 0))
    found.drop_flow(TCP)
    assert (found.expects(TCP, expires_at - 1), found.expects(TCP, expires_at)) == (True, False)
    # Who else may say the same name of a phone, and gets nothing by it.
    found.register("202", register(contact(1), flow=UDP, more={"Call-ID": "c2"}), 1)
    assert found.flow_after(TCP) == TCP
    found.register("201", register(contact(1), flow=again, more={"Call-ID": "c3"}), 2)
    assert (found.flow_after(TCP), found.left_at(TCP), found.expects(TCP, 3)) == (again, 2, False)
    assert found.left_at(again) is None


def test_the_lost_connection_of_a_proxy_is_not_the_phones() -> None:
    found = registrar()
    path = "<sip:token@edge.example.net;lr;ob>"
    found.register("201", register(contact(1), flow=TCP, vias=(PROXY, VIA), more={"Path": path}), 0)
    assert found.drop_flow(TCP) == []


def test_flows_survive_a_restart() -> None:
    found = registrar()
    found.register("201", register(contact(1)), 0)
    found.register("201", register(contact(2), flow=TCP, more={"Call-ID": "c2"}), 0)
    later = registrar()
    later.load(json.loads(json.dumps(found.dump("201", 0))), 0, 0)
    assert flows(later) == {(1, UDP), (2, TCP)}
    later.register("201", register(contact(2), more={"Call-ID": "c3"}), 0)
    assert flows(later) == {(1, UDP), (2, UDP)}


@pytest.mark.parametrize(("flow", "seconds"), [(UDP, 29), (TCP, 120)])
def test_a_flow_may_be_silent_for_as_long_as_a_nat_remembers_it(flow: Flow, seconds: int) -> None:
    assert flow_timer(register(contact(1), flow=flow)) == seconds
    assert flow_timer(register(contact(1), flow=flow, vias=(PROXY, VIA))) is None
