"""RFC 3261, Section 13.3.1.4: a 2xx is repeated until its ACK."""

import pytest

from bridges.sip.session.answer import AnswerRepeater


def test_an_answer_is_repeated_from_t1_to_t2_for_32_seconds() -> None:
    repeater, times = AnswerRepeater(0.5, 4, 0), []
    while repeater.handle_timer(repeater.get_timer()):
        times.append(repeater.get_timer())
    assert times[:6] == [1.5, 3.5, 7.5, 11.5, 15.5, 19.5]
    assert repeater.get_timer() == 32
    with pytest.raises(ValueError, match="due"):
        AnswerRepeater(0.5, 4, 0).handle_timer(0.4)
