"""RFC 3264, RFC 6337 and RFC 3261, Section 14: who may offer, and what becomes of an offer."""

import pytest

from bridges.sip.machine import LocalMisuse
from bridges.sip.session.offer_answer import (
    TRANSITIONS,
    OfferAnswer,
    OfferConflict,
    OfferState,
    OfferTrigger,
    glare_delay,
)


def agreed() -> OfferAnswer:
    offers = OfferAnswer()
    offers.send_offer("ours")
    assert offers.receive_answer("theirs")
    return offers


def test_rfc3264_4_an_answer_makes_the_session() -> None:
    offers = OfferAnswer()
    assert not offers.complete
    offers.receive_offer("theirs")
    assert not offers.complete
    offers.send_answer("ours")
    assert (offers.local, offers.remote, offers.complete, offers.stable) == ("ours", "theirs", True, True)


@pytest.mark.parametrize("side", ["local", "remote"])
def test_rfc3261_14_a_refused_offer_leaves_the_session_as_it_was(side: str) -> None:
    offers = agreed()
    if side == "local":
        offers.send_offer("hold")
    else:
        offers.receive_offer("hold")
    offers.roll_back()
    assert (offers.local, offers.remote, offers.stable) == ("ours", "theirs", True)
    offers.roll_back()
    assert offers.stable, "there was none"


def test_rfc3261_14_2_offers_of_both_sides_at_once_are_glare() -> None:
    offers = agreed()
    offers.send_offer("hold")
    with pytest.raises(OfferConflict) as caught:
        offers.receive_offer("hold too")
    assert caught.value.status == 491
    assert offers.state is OfferState.LOCAL_OFFER
    assert offers.receive_answer("held")
    assert (offers.local, offers.remote) == ("hold", "held")


def test_rfc3311_5_2_a_second_offer_before_the_answer_to_the_first_waits() -> None:
    offers = agreed()
    offers.receive_offer("first")
    with pytest.raises(OfferConflict) as caught:
        offers.receive_offer("second")
    assert caught.value.status == 500
    offers.send_answer("to the first")
    assert offers.remote == "first"


def test_rfc3264_5_nobody_offers_or_answers_out_of_turn() -> None:
    offers = agreed()
    with pytest.raises(LocalMisuse):
        offers.send_answer("to nothing")
    assert not offers.receive_answer("to nothing")
    offers.receive_offer("theirs")
    with pytest.raises(LocalMisuse):
        offers.send_offer("ours")
    assert (offers.local, offers.remote) == ("ours", "theirs")


def test_rfc3261_13_2_2_4_forks_answer_one_offer_apart() -> None:
    offers = OfferAnswer()
    offers.send_offer("ours")
    one, two = offers.fork(), offers.fork()
    assert one.receive_answer("one")
    assert two.receive_answer("two")
    assert (one.remote, two.remote, offers.remote) == ("one", "two", None)


def test_rfc3261_14_1_the_owner_of_the_call_id_waits_longer() -> None:
    chances = [0, 0.25, 0.5, 0.75, 0.999999]
    owner = [glare_delay(chance, owns_call_id=True) for chance in chances]
    other = [glare_delay(chance, owns_call_id=False) for chance in chances]
    assert (owner[0], owner[-1]) == (2.1, 4.0)
    assert (other[0], other[-1]) == (0.0, 2.0)
    assert min(owner) > max(other), "so that they never meet again"


def test_from_every_state_there_is_a_way_back_to_stable() -> None:
    for state in OfferState:
        ways = {trigger for (start, trigger), end in TRANSITIONS.items() if start is state}
        assert ways
        assert state is OfferState.STABLE or OfferTrigger.ROLL_BACK in ways
