"""Every timer of RFC 3261, Table 4, and RFC 6026: two machines on a wire with faults."""

import random

import pytest

from bridges.sip.message import Flow, Request, Response, Transport, make_response, parse_message
from bridges.sip.transaction import (
    Deliver,
    State,
    TimedOut,
    TooManyTransactions,
    TransactionStateError,
    TransportFailed,
)
from tests.bridges.sip.transaction.link import A, B, Fate, Link, invite


def lose(*numbers: int) -> Fate:
    return lambda number: [] if number in numbers else [0.01]


def lose_all(_: int) -> list[float]:
    return []


def times(link: Link, side: str, word: str) -> list[float]:
    return [at for at, sent in getattr(link, side).sent if sent == word]


# --- INVITE client ---


def test_invite_is_retransmitted_with_doubling_gaps_until_timer_b() -> None:
    link = Link(a_to_b=lose_all)
    link.send(invite())
    link.run(40)
    assert times(link, "a", "INVITE") == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert [type(output) for _, output in link.a.told] == [TimedOut]
    assert link.a.told[0][0] == pytest.approx(132.0)
    assert len(link.a.layer) == 0


def test_invite_is_retransmitted_until_a_provisional_answer() -> None:
    link = Link(a_to_b=lose(0, 1))
    link.on_request = lambda _: link.respond(100)
    link.send(invite())
    link.run(120)
    assert times(link, "a", "INVITE") == [0, 0.5, 1.5]
    assert link.a.statuses() == [100]
    assert len(link.a.layer) == 1, "ringing has no timer of the transaction"


def test_over_tcp_nothing_is_retransmitted_and_silence_still_times_out() -> None:
    link = Link(transport=Transport.TCP, a_to_b=lose_all)
    link.send(invite())
    link.run(40)
    assert times(link, "a", "INVITE") == [0]
    assert [type(output) for _, output in link.a.told] == [TimedOut]


def test_a_refusal_is_acknowledged_once_told_and_each_repeat_acknowledged_again() -> None:
    link = Link(a_to_b=lose(1, 2))  # the first two ACKs
    link.on_request = lambda _: link.respond(486)
    link.send(invite())
    link.run(31)
    assert link.a.statuses() == [486]
    assert times(link, "b", "486") == [0.01, 0.51, 1.51]
    assert len(times(link, "a", "ACK")) == 3
    assert len(link.a.layer) == 1, "Timer D keeps the ACK for repeats"
    link.run(2)
    assert len(link.a.layer) == len(link.b.layer) == 0


def test_over_tcp_refusals_leave_nothing_behind_at_once() -> None:
    link = Link(transport=Transport.TCP)
    link.on_request = lambda _: link.respond(486)
    link.send(invite())
    link.run(0.1)
    assert len(link.a.layer) == len(link.b.layer) == 0


def test_repeated_2xx_and_those_of_other_forks_get_through_for_timer_m() -> None:
    link = Link()
    link.on_request = lambda _: link.respond(200)
    link.send(invite())
    link.run(1)
    link.respond(200)
    link.run(1)
    assert link.a.statuses() == [200, 200]
    link.run(33)
    assert len(link.a.layer) == len(link.b.layer) == 0


def test_a_provisional_answer_after_the_final_one_is_ignored() -> None:
    link = Link(b_to_a=lambda number: [[0.5], [0.01]][number])  # 180 is overtaken by 200

    def both(_: object) -> None:
        link.respond(180)
        link.respond(200)

    link.on_request = both
    link.send(invite())
    link.run(2)
    assert link.a.statuses() == [200]


def test_a_transport_error_ends_the_transaction_and_is_told_once() -> None:
    link = Link(a_to_b=lose_all)
    transaction = link.a.layer.send(invite(), Flow(Transport.UDP, B, 5060), link.now)
    link.a.layer.transport_failed(transaction)
    link.a.layer.transport_failed(transaction)
    assert [type(output) for output in link.a.layer.outputs].count(TransportFailed) == 1
    assert len(link.a.layer) == 0


# --- INVITE server ---


def test_a_repeated_invite_gets_the_last_provisional_answer_again() -> None:
    link = Link(b_to_a=lose(0))
    link.on_request = lambda _: link.respond(180)
    link.send(invite())
    link.run(5)
    assert len(link.b.requests) == 1
    assert times(link, "b", "180") == [0.01, 0.51]
    assert link.a.statuses() == [180]


def test_a_refusal_without_ack_is_repeated_up_to_t2_and_given_up_by_timer_h() -> None:
    link = Link(a_to_b=lambda number: [0.01] if number == 0 else [])
    link.on_request = lambda _: link.respond(404)
    link.send(invite())
    link.run(40)
    gaps = [
        round(b - a, 3) for a, b in zip(times(link, "b", "404"), times(link, "b", "404")[1:], strict=False)
    ]
    assert gaps[:5] == [0.5, 1, 2, 4, 4]
    assert [type(output) for _, output in link.b.told] == [TimedOut]
    assert len(link.b.layer) == 0


def test_after_the_ack_timer_i_absorbs_further_acks() -> None:
    link = Link(a_to_b=lambda number: [0.01, 0.02, 1.0] if number else [0.01])
    link.on_request = lambda _: link.respond(404)
    link.send(invite())
    link.run(3)
    assert link.b.server is not None
    states = [link.b.server.state]
    link.run(3)
    states.append(link.b.server.state)
    assert states == [State.CONFIRMED, State.TERMINATED]


def test_a_2xx_is_not_repeated_by_the_machine_but_repeated_invites_are_absorbed() -> None:
    link = Link(b_to_a=lose_all)
    link.on_request = lambda _: link.respond(200)
    link.send(invite())
    link.run(10)
    assert times(link, "b", "200") == [0.01]
    assert len(link.b.requests) == 1


def test_a_second_final_answer_is_our_mistake() -> None:
    link = Link()
    link.on_request = lambda _: link.respond(404)
    link.send(invite())
    link.run(0.1)
    with pytest.raises(TransactionStateError):
        link.respond(200)


# --- non-INVITE ---


def test_a_request_is_retransmitted_up_to_t2_until_timer_f() -> None:
    link = Link(a_to_b=lose_all)
    link.send(invite("BYE"))
    link.run(40)
    assert times(link, "a", "BYE") == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert [type(output) for _, output in link.a.told] == [TimedOut]


def test_after_a_provisional_answer_the_gap_is_t2() -> None:
    link = Link()
    link.on_request = lambda _: link.respond(100)
    link.send(invite("OPTIONS"))
    link.run(10)
    assert times(link, "a", "OPTIONS") == [0, 0.5, 4.5, 8.5]


def test_a_lost_answer_is_repeated_for_the_repeated_request() -> None:
    link = Link(b_to_a=lose(0, 1))
    link.on_request = lambda _: link.respond(200)
    link.send(invite("BYE"))
    link.run(4.9)
    assert len(link.b.requests) == 1
    assert link.a.statuses() == [200]
    assert times(link, "b", "200") == [0.01, 0.51, 1.51]
    link.run(2)
    assert len(link.a.layer) == 0, "Timer K, 5 s"
    assert len(link.b.layer) == 1, "Timer J, 32 s"
    link.run(30)
    assert len(link.b.layer) == 0


def test_doubled_and_overtaking_messages_are_told_once() -> None:
    link = Link(a_to_b=lambda _: [0.3, 0.01, 0.2], b_to_a=lambda _: [0.4, 0.01])
    link.on_request = lambda _: link.respond(200)
    link.send(invite("BYE"))
    link.run(60)
    assert len(link.b.requests) == 1
    assert link.a.statuses() == [200]


@pytest.mark.parametrize("method", ["INVITE", "BYE"])
@pytest.mark.parametrize("status", [200, 486])
@pytest.mark.parametrize("seed", range(8))
def test_with_a_third_of_all_messages_lost_both_sides_agree(method: str, status: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a script of faults, repeatable

    def fate(_: int) -> list[float]:
        return [chance.random() * 0.4 for _ in range(chance.choice([0, 1, 2]))]

    link = Link(a_to_b=fate, b_to_a=fate)
    link.on_request = lambda _: link.respond(status)
    link.send(invite(method))
    for _ in range(20 if method == "INVITE" and status == 200 else 0):
        link.run(1)
        if link.b.server:
            link.respond(200)  # what the user agent does until the ACK
    link.run(100)
    assert len(link.b.requests) == 1
    assert set(link.a.statuses()) == {status}
    assert len(link.a.layer) == len(link.b.layer) == 0


# --- matching and bounds ---


def received(method: str, branch: str, sent_by: str = f"{A}:5060") -> Request:
    request = invite(method, branch)
    data = request.encode().replace(f"{A}:5060;".encode(), f"{sent_by};".encode())
    message = parse_message(data, Flow(Transport.UDP, A, 5060))
    assert isinstance(message, Request)
    return message


def test_requests_match_by_branch_sent_by_and_method() -> None:
    layer = Link().b.layer
    transaction = layer.accept(received("INVITE", "z9hG4bK1"))
    assert layer.absorb(received("INVITE", "z9hG4bK1"), 0)
    assert not layer.absorb(received("INVITE", "z9hG4bK2"), 0)
    assert not layer.absorb(received("INVITE", "z9hG4bK1", "192.0.2.9:5060"), 0)
    assert not layer.absorb(received("CANCEL", "z9hG4bK1"), 0)
    assert layer.invite_of(received("CANCEL", "z9hG4bK1")) is transaction
    assert layer.invite_of(received("CANCEL", "z9hG4bK2")) is None
    assert layer.absorb(received("ACK", "z9hG4bK1"), 0)


def test_branches_of_rfc_2543_match_with_call_id_and_cseq() -> None:
    layer = Link().b.layer
    transaction = layer.accept(received("INVITE", "1"))
    assert layer.absorb(received("INVITE", "1"), 0)
    assert layer.invite_of(received("CANCEL", "1")) is transaction
    assert not layer.absorb(received("INVITE", "2"), 0)


def test_a_response_matches_by_branch_and_method_of_cseq() -> None:
    link = Link()
    link.a.layer.send(invite(), Flow(Transport.UDP, B, 5060), 0)
    for method, expected in (("CANCEL", False), ("INVITE", True)):
        response = parse_message(
            make_response(received(method, "z9hG4bK1"), 200), Flow(Transport.UDP, B, 5060)
        )
        assert isinstance(response, Response)
        assert link.a.layer.receive_response(response, 0) is expected


def test_a_flood_is_bounded_and_leaves_room_for_our_own_requests() -> None:
    link = Link(limit=100)
    for number in range(90):
        link.b.layer.accept(received("OPTIONS", f"z9hG4bK{number}"))
    with pytest.raises(TooManyTransactions) as caught:
        link.b.layer.accept(received("OPTIONS", "z9hG4bKx"))
    assert caught.value.status == 503
    for number in range(10):
        link.b.layer.send(invite("BYE", f"z9hG4bKb{number}"), Flow(Transport.UDP, B, 5060), 0)
    with pytest.raises(TooManyTransactions):
        link.b.layer.send(invite("BYE", "z9hG4bKy"), Flow(Transport.UDP, B, 5060), 0)


def test_an_ack_to_a_2xx_that_reuses_the_branch_is_delivered() -> None:
    link = Link()
    link.on_request = lambda _: link.respond(200)
    link.send(invite())
    link.run(0.1)
    assert link.b.layer.absorb(received("ACK", "z9hG4bK1"), link.now)
    assert [type(output) for output in link.b.layer.outputs] == [Deliver]
