"""What the web is told of Matrix with the next route, until a route was answered."""

import pytest

from bridges.sip.routing import changes
from bridges.sip.routing.changes import ChangesToTell
from wire.route import WORD_MAX, MatrixChanges


@pytest.fixture
def told() -> ChangesToTell:
    """A process that has told that it knows nothing."""
    kept = ChangesToTell()
    assert kept.waiting()[0] == MatrixChanges(everything=True)
    kept.told(kept.waiting()[1])
    return kept


def test_what_was_told_is_not_told_again(told: ChangesToTell) -> None:
    assert told.waiting()[0] == MatrixChanges()
    told.user("@anna:localhost")
    told.room("!r:localhost")
    changed, mark = told.waiting()
    assert changed == MatrixChanges(("@anna:localhost",), ("!r:localhost",))
    assert told.waiting()[0] == changed  # a route that was not answered told nothing
    told.told(mark)
    assert told.waiting()[0] == MatrixChanges()


def test_what_changes_again_on_the_way_is_told_again(told: ChangesToTell) -> None:
    told.user("@anna:localhost")
    told.user("@bruno:localhost")
    _, mark = told.waiting()
    told.user("@anna:localhost")
    told.told(mark)
    assert told.waiting()[0] == MatrixChanges(("@anna:localhost",))


def test_too_much_is_told_as_everything(told: ChangesToTell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "CAPACITY", 2)
    told.user("@anna:localhost")
    told.room("!r:localhost")
    _, early = told.waiting()
    assert not told.waiting()[0].everything
    told.user("@bruno:localhost")
    told.told(early)
    changed, mark = told.waiting()
    assert changed == MatrixChanges(everything=True)
    told.told(mark)
    assert told.waiting()[0] == MatrixChanges()


@pytest.mark.parametrize(("length", "everything"), [(WORD_MAX, False), (WORD_MAX + 1, True)])
def test_a_name_that_the_wire_has_no_room_for_is_told_as_everything(
    told: ChangesToTell, length: int, everything: bool
) -> None:
    told.room("!" * length)
    assert told.waiting()[0].everything is everything
