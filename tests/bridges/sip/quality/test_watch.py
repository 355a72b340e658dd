"""What is said of a call's sound, step by step."""

from dataclasses import replace

import pytest

from bridges.sip.quality.watch import MISSED, SILENT, STOPPED, Counters, SoundWatch
from wire.record import Side, SoundTrouble

FLOWING = Counters(packets=0, lost=0, jitter=0.002, heard=True, codec="PCMA")


class Call:
    """A call whose legs send fifty packets a second, unless told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0
        self.watch = SoundWatch(self.now)
        self.legs: dict[Side, Counters] = {"caller": FLOWING, "callee": FLOWING}
        self.rate: dict[Side, int] = {"caller": 50, "callee": 50}
        self.loss: dict[Side, float] = {"caller": 0.0, "callee": 0.0}

    def passes(self, seconds: float, step: float = 0.5) -> list[tuple[str, str, str, bool]]:
        """Let time pass; what was said: fault, cause, side, whether it is over."""
        said: list[SoundTrouble] = []
        for _ in range(round(seconds / step)):
            self.now += step
            for side, leg in self.legs.items():
                sent = round(self.rate[side] * step)
                lost = round(sent * self.loss[side])
                self.legs[side] = replace(leg, packets=leg.packets + sent - lost, lost=leg.lost + lost)
            said += self.watch.receive(dict(self.legs), self.now, round(self.now * 1000))
        return [(one.fault, one.why, one.side, one.until is not None) for one in said]


def test_of_a_good_call_nothing_is_said_and_it_is_measured() -> None:
    call = Call()
    assert call.passes(30) == []
    heard = call.watch.heard("caller")
    assert heard is not None
    assert (heard.samples, heard.loss, heard.codec) == (5, 0.0, "PCMA")
    assert heard.mos_mean == heard.mos_min == 4.41
    assert call.watch.troubles == ()


@pytest.mark.parametrize(
    ("leg", "why"),
    [
        (FLOWING, "blocked"),
        (replace(FLOWING, dropped=1), "elsewhere"),
        (replace(FLOWING, connected=False, dropped=1), "not_connected"),
    ],
)
def test_a_side_of_which_nothing_arrives_is_named_within_two_seconds(leg: Counters, why: str) -> None:
    call = Call()
    call.rate["callee"], call.legs["callee"] = 0, leg
    assert call.passes(1.5) == []
    assert MISSED < 2
    assert call.passes(0.5) == [("nothing", why, "callee", False)]
    assert call.passes(5) == []
    call.rate["callee"] = 50
    assert call.passes(0.5) == [("nothing", why, "callee", True)]
    (trouble,) = call.watch.troubles
    assert (trouble.since, trouble.until) == (102_000, 107_500)


def test_two_looks_fall_into_the_first_two_seconds() -> None:
    watch, now = SoundWatch(0.0), 0.0
    now += watch.next_look(now)
    now += watch.next_look(now)
    assert MISSED <= now <= 2.0
    assert watch.next_look(60.0) > watch.next_look(0.0)


def test_sound_that_stops_in_mid_call_is_missed_later() -> None:
    call = Call()
    call.passes(10)
    call.rate["caller"] = 0
    assert call.passes(STOPPED - 0.5) == []
    assert call.passes(1) == [("nothing", "stopped", "caller", False)]


def test_a_telephone_that_sends_nothing_in_silence_is_not_missed_while_it_reports() -> None:
    """Silence suppression without comfort noise (RFC 3551, Section 4.1)."""
    call = Call()
    call.passes(10)
    call.rate["caller"] = 0
    for _ in range(10):
        call.legs["caller"] = replace(call.legs["caller"], reported_at=call.now)
        assert call.passes(5) == []
    assert call.passes(STOPPED - 5.5) == []
    assert call.passes(1) == [("nothing", "stopped", "caller", False)]


def test_nobody_is_missed_on_hold_nor_right_after_it() -> None:
    call = Call()
    call.passes(10)
    call.rate["caller"] = 0
    call.legs["caller"] = replace(call.legs["caller"], ought=False)
    assert call.passes(60) == []
    call.legs["caller"] = replace(call.legs["caller"], ought=True)
    assert call.passes(STOPPED - 0.5) == []
    assert call.passes(1) == [("nothing", "stopped", "caller", False)]


def test_a_microphone_that_gives_only_silence_is_named() -> None:
    call = Call()
    call.legs["caller"] = replace(FLOWING, heard=False)
    assert call.passes(SILENT - 0.5) == []
    assert call.passes(0.5) == [("silent", "muted", "caller", False)]
    call.legs["caller"] = replace(call.legs["caller"], heard=True)
    assert call.passes(0.5) == [("silent", "muted", "caller", True)]


def test_silence_is_not_judged_where_nobody_can_tell_it() -> None:
    call = Call()
    call.legs["caller"] = replace(FLOWING, heard=False, judged=False)
    assert call.passes(60) == []


def test_a_bad_network_is_named_and_over_only_when_it_is_clearly_better() -> None:
    call = Call()
    call.loss["callee"] = 0.2
    assert call.passes(11) == [("lossy", "network", "callee", False)]
    call.loss["callee"] = 0.08
    assert call.passes(15) == [("lossy", "network", "callee", True)]
    heard = call.watch.heard("callee")
    assert heard is not None
    assert heard.mos_min < 3.1 < heard.mos_mean
    assert heard.worst_at in {105_500, 106_000, 110_500, 111_000}
    assert 0.08 < heard.loss < 0.2


def test_too_few_packets_say_nothing_of_loss() -> None:
    call = Call()
    call.rate["caller"], call.loss["caller"] = 4, 0.5
    assert call.passes(20) == []
    assert call.watch.heard("caller") is None


def test_a_leg_that_is_not_there_is_not_judged() -> None:
    call = Call()
    del call.legs["callee"]
    assert call.passes(10) == []


def test_loss_on_the_way_to_who_listens_counts_and_is_named() -> None:
    call = Call()
    call.legs["caller"] = replace(FLOWING, far_loss=0.3)
    assert call.passes(11) == [("lossy", "far_network", "caller", False)]
    heard = call.watch.heard("caller")
    assert heard is not None
    assert heard.loss == 0.3


def test_where_nobody_measures_there_is_no_score_but_silence_is_still_found() -> None:
    call = Call()
    call.legs["caller"] = replace(FLOWING, jitter=0.0)
    assert call.passes(20) == []
    assert call.watch.heard("caller") is None
    call.rate["caller"] = 0
    assert call.passes(STOPPED + 1) == [("nothing", "stopped", "caller", False)]
