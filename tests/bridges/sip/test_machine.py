"""The rule that every machine shares, and that every table is whole. docs/machines.md"""

from enum import Enum
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

import pytest

from bridges.sip.errors import LocalSipError
from bridges.sip.machine import LocalMisuse, Machine

ROOT = Path(__file__).parents[3]


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"


class Trigger(Enum):
    OPEN = "open"
    CLOSE = "close"


TRANSITIONS = {
    (State.CLOSED, Trigger.OPEN): State.OPEN,
    (State.OPEN, Trigger.CLOSE): State.CLOSED,
}


class Door(Machine[State, Trigger]):
    transitions = TRANSITIONS

    def open(self) -> None:
        self._move(Trigger.OPEN)

    def receive_push(self) -> bool:
        return self._follow(Trigger.OPEN)

    def may_close(self) -> bool:
        return self._allows(Trigger.CLOSE)


def test_a_step_of_ours_that_the_state_forbids_raises_and_changes_nothing() -> None:
    door = Door(State.CLOSED)
    door.open()
    with pytest.raises(LocalMisuse, match="open in open"):
        door.open()
    assert door.state is State.OPEN
    assert issubclass(LocalMisuse, LocalSipError)


def test_a_step_of_the_peers_that_the_state_forbids_is_ignored() -> None:
    door = Door(State.CLOSED)
    assert not door.may_close()
    assert door.receive_push()
    assert not door.receive_push()
    assert door.state is State.OPEN
    assert door.may_close()


def machines() -> dict[str, type[Machine[Any, Any]]]:
    """Every machine of the bridge that has a table, by its name."""
    found: dict[str, type[Machine[Any, Any]]] = {}
    for path in (ROOT / "bridges/sip").rglob("*.py"):
        if "    transitions = " in path.read_text("utf-8"):
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for name, kind in getmembers(module, isclass):
                if issubclass(kind, Machine) and "transitions" in vars(kind):
                    found[name] = kind
    return found


MACHINES = machines()


def test_the_machines_are_found() -> None:
    assert {"CalleeParty", "CallerParty", "Conversation", "InviteServer", "Observer", "SetupMachine"} <= set(
        MACHINES
    )


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_every_state_of_a_table_is_reached_and_no_more_than_one_is_the_last(name: str) -> None:
    """A machine may begin in any state that nothing leads to; one that goes in circles has no last."""
    table = MACHINES[name].transitions
    sources, targets = {state for state, _ in table}, set(table.values())
    reached = sources - targets or {next(iter(table))[0]}
    waiting = list(reached)
    while waiting:
        current = waiting.pop()
        following = {target for (state, _), target in table.items() if state is current} - reached
        reached |= following
        waiting += following
    assert reached == sources | targets
    assert len(targets - sources) <= 1
