"""From whom packets are accepted, and where they go."""

from bridges.sip.media.plain import Latch

PHONE = ("192.0.2.7", 4000)
OTHER_PORT = ("192.0.2.7", 61000)
STRANGER = ("198.51.100.9", 4000)


def latch(*, strict: bool = True) -> Latch:
    made = Latch(strict=strict)
    made.expect(PHONE)
    return made


def test_before_a_description_nobody_is_accepted() -> None:
    assert not Latch().accepts(PHONE)
    assert Latch().destination is None


def test_the_described_source_is_accepted_and_is_then_the_only_one() -> None:
    made = latch()
    assert made.destination == PHONE
    assert made.accepts(PHONE)
    assert not made.accepts(OTHER_PORT)
    assert not made.accepts(STRANGER)
    assert made.accepts(PHONE)


def test_another_port_of_the_described_address_is_latched_once() -> None:
    made = latch()
    assert made.accepts(OTHER_PORT)
    assert made.destination == OTHER_PORT
    assert not made.accepts(("192.0.2.7", 61001))


def test_the_described_source_takes_over_from_a_latched_port() -> None:
    made = latch()
    assert made.accepts(OTHER_PORT)
    assert made.accepts(PHONE)
    assert not made.accepts(OTHER_PORT)
    assert made.destination == PHONE


def test_a_stranger_is_never_latched() -> None:
    made = latch()
    assert not made.accepts(STRANGER)
    assert made.destination == PHONE


def test_relaxed_the_first_source_wins_whatever_its_address() -> None:
    made = latch(strict=False)
    assert made.accepts(STRANGER)
    assert not made.accepts(("203.0.113.1", 1))
    assert made.destination == STRANGER


def test_a_new_description_starts_over_and_the_same_one_does_not() -> None:
    made = latch()
    made.accepts(OTHER_PORT)
    made.expect(PHONE)
    assert made.destination == OTHER_PORT
    made.expect(("192.0.2.8", 4000))
    assert made.destination == ("192.0.2.8", 4000)
    assert not made.accepts(OTHER_PORT)


def test_the_old_hold_changes_nothing() -> None:
    made = latch()
    made.accepts(OTHER_PORT)
    made.expect(None)
    assert made.destination == OTHER_PORT
