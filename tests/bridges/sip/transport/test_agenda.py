"""Appointments by time; cancelled ones neither happen nor pile up."""

from bridges.sip.transport.agenda import Agenda


def test_what_is_due_comes_in_order_and_what_is_cancelled_does_not() -> None:
    agenda, happened = Agenda(), []
    agenda.at(2, lambda: happened.append("b"))
    first = agenda.at(1, lambda: happened.append("a"))
    agenda.at(1, lambda: happened.append("c"))
    assert agenda.get_timer() == 1
    assert agenda.due(0.5) == []
    first.cancel()
    for appointment in agenda.due(2):
        appointment.keep()
    assert happened == ["c", "b"]
    assert agenda.get_timer() is None


def test_one_that_is_cancelled_by_another_of_the_same_moment_does_not_happen() -> None:
    agenda, happened = Agenda(), []
    second = agenda.at(1.5, lambda: happened.append("second"))
    agenda.at(1, second.cancel)
    for appointment in agenda.due(2):
        appointment.keep()
    assert happened == []


def test_cancelled_appointments_do_not_pile_up() -> None:
    agenda = Agenda()
    kept = agenda.at(5, lambda: None)
    for number in range(10_000):
        agenda.at(600 + number, lambda: None).cancel()
    assert len(agenda) < 2_100
    assert agenda.due(5) == [kept]
