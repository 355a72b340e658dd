"""Which rooms of the media server are one call, and who is in it."""

from server.meetings.call_roster import CallRoster, Participant

ANNA, PHONE = "@anna:here:D", "@_tel_meeting_1:here:1"


def divided() -> CallRoster:
    live = CallRoster()
    live.divide("main", ["one", "two"])
    live.divide("main", ["two", "three"])
    return live


def test_breakouts_are_rooms_of_their_call_until_they_are_nobodys() -> None:
    live = divided()
    assert live.rooms_of("main") == ["main", "one", "two", "three"]
    assert {live.main(room) for room in live.rooms_of("main")} == {"main"}
    assert (live.main("other"), live.rooms_of("other")) == ("other", ["other"])
    live.unite(["one", "two", "unknown"])
    assert live.rooms_of("main") == ["main", "three"]
    assert live.divided() == ["main"]
    live.unite(["three"])
    assert (live.divided(), live.rooms_of("main")) == ([], ["main"])


def test_who_changes_rooms_is_in_both_for_a_moment_and_counted_once() -> None:
    live = divided()
    live.joined("main", Participant(ANNA, "PA_1"))
    live.joined("two", Participant(ANNA, "PA_2"))
    assert live.where("main", ANNA) == ["main", "two"]
    assert set(live.in_call("main")) == {ANNA}
    assert live.left("main", Participant(ANNA, "PA_1"))
    assert live.where("main", ANNA) == ["two"]
    assert live.where("other", ANNA) == []


def test_a_call_has_started_wherever_somebody_is_who_did_not_come_by_telephone() -> None:
    live = divided()
    live.joined("main", Participant(PHONE, "PA_1"))
    assert not live.started("main")
    live.joined("three", Participant(ANNA, "PA_2"))
    assert live.started("main")
