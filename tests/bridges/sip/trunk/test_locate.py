"""Case 12: the order in which a provider's servers are tried."""

from bridges.sip.message import Transport
from bridges.sip.trunk import Naptr, Srv, in_order, service_names

UDP, TCP = Transport.UDP, Transport.TCP


def test_case_12_the_usual_name_is_asked_where_no_naptr_record_says_another() -> None:
    assert service_names("isp.example", UDP, []) == ["_sip._udp.isp.example"]
    assert service_names("isp.example", TCP, []) == ["_sip._tcp.isp.example"]
    tls = Naptr(10, 10, "s", "SIPS+D2T", "_sips._tcp.isp.example")
    assert service_names("isp.example", UDP, [tls]) == ["_sip._udp.isp.example"]


def test_case_12_naptr_records_of_our_transport_count_in_their_order() -> None:
    records = [
        Naptr(20, 1, "s", "SIP+D2U", "third"),
        Naptr(10, 20, "S", "sip+d2u", "second"),
        Naptr(10, 10, "s", "SIP+D2U", "first"),
        Naptr(1, 1, "s", "SIP+D2T", "tcp"),
        Naptr(1, 1, "u", "SIP+D2U", "uri"),
    ]
    assert service_names("isp.example", UDP, records) == ["first", "second", "third"]


def test_case_12_priorities_come_first_and_weights_are_chances() -> None:
    light, heavy = Srv(10, 0, 5060, "light"), Srv(10, 9, 5060, "heavy")
    last = Srv(20, 100, 5060, "last")
    assert in_order([last, light, heavy], lambda: 0.5) == [heavy, light, last]
    assert in_order([last, heavy, light], lambda: 0.999) == [heavy, light, last]
    both = [Srv(1, 1, 1, "a"), Srv(1, 3, 2, "b")]
    assert [r.target for r in in_order(both, lambda: 0.2)] == ["a", "b"]
    assert [r.target for r in in_order(both, lambda: 0.3)] == ["b", "a"]
    assert [r.target for r in in_order([Srv(1, 0, 1, "a"), Srv(1, 0, 2, "b")], lambda: 0.9)] == ["a", "b"]


def test_case_12_a_dot_says_that_there_is_no_such_service() -> None:
    assert in_order([Srv(0, 0, 0, "."), Srv(0, 0, 0, "")], lambda: 0) == []
