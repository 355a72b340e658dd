"""Which calls are recorded, who may hear them, where something is missing."""

import pytest

from server.recordings import rules, wave
from server.recordings.rules import Mark, Recording, Rule, Settings
from server.sounds.wave import linear
from wire.record import RecordedPause
from wire.recording import Note, TermsAsked
from wire.route import Party

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
GHOST = Party("@_tel_39069:localhost", "Mario", "+39069")
RULES = [Rule("person", BRUNO), Rule("group", "g1"), Rule("trunk", "main")]


@pytest.mark.parametrize(
    ("asked", "ruled"),
    [
        (TermsAsked(caller=Party(ANNA), callee=GHOST), False),
        (TermsAsked(caller=Party(BRUNO), callee=GHOST), True),
        (TermsAsked(caller=GHOST, callee=Party(BRUNO)), True),
        (TermsAsked(caller=GHOST, callee=Party(ANNA), groups=("g2", "g1")), True),
        (TermsAsked(caller=GHOST, callee=Party(ANNA), groups=("g2",)), False),
        (TermsAsked(caller=GHOST, callee=Party(ANNA), trunk="main"), True),
        (TermsAsked(caller=GHOST, callee=Party(ANNA), trunk="other"), False),
        # A rule about a person is not one about a line or a group of the same name.
        (TermsAsked(caller=GHOST, callee=Party(ANNA), trunk=BRUNO, groups=("main",)), False),
    ],
)
def test_a_call_is_recorded_when_a_rule_is_about_it(asked: TermsAsked, ruled: bool) -> None:
    assert rules.is_ruled(RULES, asked) is ruled


def test_only_colleagues_may_want_it_and_only_if_they_may() -> None:
    asked = TermsAsked(caller=GHOST, callee=Party(ANNA))
    assert rules.may_want(Settings(), asked) == ()
    assert rules.may_want(Settings(on_demand="everybody"), asked) == (ANNA,)


def recording() -> Recording:
    note = Note(
        id="a" * 32,
        call_id="c",
        caller=GHOST,
        callee=Party(ANNA, "Anna Rossi", "201"),
        why="rule",
        started_at=10_000,
        ended_at=30_000,
        pauses=(RecordedPause(12_000, 15_000), RecordedPause(20_000)),
        size=16_000 * 7,
    )
    return rules.kept(note)


def test_what_is_kept_has_no_private_names() -> None:
    kept = recording()
    assert (kept.caller, kept.callee) == (
        Party(GHOST.user_id, "", "+39069"),
        Party(ANNA, "Anna Rossi", "201"),
    )
    assert kept.duration_ms == 7000
    assert kept.people == {ANNA}


def test_marks_stand_where_the_sound_goes_on() -> None:
    assert recording().pauses == (Mark(2000, 3000), Mark(7000, 10_000))


@pytest.mark.parametrize(
    ("settings", "user_id", "administrator", "hears", "deletes"),
    [
        (Settings(), ANNA, False, False, False),
        (Settings(), BRUNO, True, True, True),
        (Settings(people_hear=True), ANNA, False, True, False),
        (Settings(people_hear=True), BRUNO, False, False, False),
        (Settings(people_hear=True, people_delete=True), ANNA, False, True, True),
        (Settings(people_delete=True), ANNA, False, False, False),
    ],
)
def test_who_may(settings: Settings, user_id: str, administrator: bool, hears: bool, deletes: bool) -> None:
    one = recording()
    assert rules.may_hear(settings, one, user_id, administrator=administrator) is hears
    assert rules.may_delete(settings, one, user_id, administrator=administrator) is deletes


def test_for_how_long() -> None:
    assert Settings(days=0).oldest(10**12) == 0
    assert Settings(days=2).oldest(10**12) == 10**12 - 2 * 86_400_000


def test_any_part_of_the_file_is_made_of_the_sound_that_it_needs() -> None:
    sound = bytes(range(40)) * 3
    whole = wave.head(len(sound)) + linear(sound)
    assert len(whole) == wave.length(len(sound))
    for start in (0, 1, 43, 44, 45, 46, 100, 283):
        for end in range(start + 1, len(whole) + 1):
            first, last = wave.needed(start, end)
            assert wave.cut(len(sound), sound[first:last], start, end) == whole[start:end], (start, end)
