"""Names, numbers and states of meetings."""

import pytest

from server.meetings import rules
from server.meetings.call_roster import CallRoster, Participant
from server.meetings.visitor import ACTIVE, FOLLOWERS, State, before


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Gino", "Gino"),
        ("  Gino \t\n Bartali ", "Gino Bartali"),
        ("Zoe\u0308", "Zoë"),
        ("\u202eanigeR", "anigeR"),
        ("Gi\u200bno", "Gi no"),
        ("@anna:localhost", "anna:localhost"),
        ("李雷", "李雷"),
        ("", None),
        (" \u200b\u202e ", None),
        ("@", None),
        ("x" * 61, None),
    ],
)
def test_names_of_guests(typed: str, shown: str | None) -> None:
    assert rules.guest_name(typed) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+390698765421", "+39 06 ••• 5421"),
        ("+393331234567", "+39 333 ••• 4567"),
        ("+12125550123", "+1 212 ••• 0123"),
        ("+4930123456", "+49 30 ••• 3456"),
        ("201", "201"),
        ("112", "112"),
    ],
)
def test_numbers_that_others_may_see(number: str, shown: str) -> None:
    assert rules.masked(number) == shown


@pytest.mark.parametrize(
    ("identity", "kind", "user_id"),
    [
        ("@anna:localhost:UNISONO_1", "member", "@anna:localhost"),
        ("@_guest_0a:localhost:GUEST", "guest", "@_guest_0a:localhost"),
        ("@_tel_meeting_0a:localhost:0a", "phone", "@_tel_meeting_0a:localhost"),
        ("@anna:localhost:A:B", "member", "@anna:localhost"),
        ("@anna:localhost:@bruno:localhost:B", "member", "@anna:localhost"),
        ("@anna:localhost:", "member", "@anna:localhost"),
        ("@anna:localhost", "member", None),
        ("qc9VLopiiTI2fnt3h9j6F3W7xlH86a0WpI8AJwV7+M0", "member", None),
        ("anna:phone", "member", None),
        ("@anna", "member", None),
        ("", "member", None),
    ],
)
def test_whose_an_identity_is(identity: str, kind: str, user_id: str | None) -> None:
    assert (rules.kind_of(identity), rules.user_of(identity)) == (kind, user_id)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Now: http://evil.example/x", "Now: …"),
        ("ftp://x y", "… y"),
        ("WWW.evil.example now", "… now"),
        ("evil.example/pay", "…"),
        ("pay at evil.com!", "pay at …!"),
        ("ｈｔｔｐ://evil", "…"),
        ("Q3.Report v2.0, Node.js", None),
        ("S.p.A. ore 9.30, ing. Rossi", None),
        ("24.12.2026 e/o dopo", None),
    ],
)
def test_what_mail_would_make_a_link_of(title: str, shown: str | None) -> None:
    assert rules.has_web_address(title) is (shown is not None)
    assert rules.without_web_addresses(title) == (shown or title)


def test_guests_may_say_something_again_after_a_while() -> None:
    said: list[float] = []
    for _ in range(rules.SAID_MOST):
        said = rules.may_say(said, 10.0) or []
    assert rules.may_say(said, 39.9) is None
    assert rules.may_say(said, 40.0) == [40.0]


def test_pins_are_read_out_in_groups() -> None:
    assert rules.spoken_pin("123456789") == "123 456 789"


def test_what_may_become_of_visitors() -> None:
    assert set(FOLLOWERS) == set(State)
    assert set(ACTIVE) == {State.CALLING, State.WAITING, State.ADMITTED}
    assert set(before(State.ADMITTED)) == {State.CALLING, State.WAITING}
    assert set(before(State.REMOVED)) == {State.CALLING, State.ADMITTED}
    for gone in set(State) - set(ACTIVE):
        assert not FOLLOWERS[gone]


ANNA, PHONE = "@anna:here:D", "@_tel_meeting_1:here:1"


def test_a_call_starts_with_somebody_who_is_no_telephone() -> None:
    live = CallRoster()
    live.joined("r", Participant(PHONE, "1"))
    assert (len(live.of("r")), live.started("r")) == (1, False)
    live.joined("r", Participant(ANNA, "2"))
    assert live.started("r")
    assert not live.started("other")


def test_a_connection_that_was_replaced_takes_nobody_away() -> None:
    live = CallRoster()
    live.joined("r", Participant(ANNA, "old"))
    live.joined("r", Participant(ANNA, "new"))
    assert not live.left("r", Participant(ANNA, "old"))
    assert live.left("r", Participant(ANNA, "new"))
    assert live.rooms() == []
    assert not live.left("r", Participant(ANNA, "new"))


def test_a_list_tells_who_came_and_went_unnoticed() -> None:
    live = CallRoster()
    live.joined("r", Participant(ANNA, "1"))
    assert live.listed("r", [Participant(PHONE, "2")]) == ({PHONE}, {ANNA})
    assert live.listed("r", [Participant(PHONE, "2")]) == (set(), set())
    assert live.listed("r", []) == (set(), {PHONE})
    assert live.rooms() == []
