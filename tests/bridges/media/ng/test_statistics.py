"""Counters in rtpengine's words, ours and rtpengine's own."""

from __future__ import annotations

from bridges.media.gateway import LegReport, MediaReport, Profile
from bridges.media.ng import statistics
from wire.ng import Body

NOW, WALL = 1000.0, 1.7e9


def test_what_we_write_is_read_as_it_was() -> None:
    legs = {
        "phone": LegReport(
            Profile.RTP, True, "PCMU", 10, 1720, 20, 3440, 3, 999.5, 999.25, True, 2, 0.004, 0.125
        ),
        "browser": LegReport(Profile.WEBRTC),
    }
    report = MediaReport(legs, {"phone": "browser", "browser": "phone"})
    assert statistics.read(statistics.written(report, NOW, WALL), NOW, WALL) == report


def test_times_are_read_by_the_readers_clock() -> None:
    report = MediaReport({"a": LegReport(Profile.RTP, last_packet_at=990.0, last_rtp_at=980.0)})
    leg = statistics.read(statistics.written(report, NOW, WALL), 50.0, WALL + 7000).legs["a"]
    assert (leg.last_packet_at, leg.last_rtp_at) == (40.0, 30.0)


def tag(name: str, partner: str, packets: int, last: int) -> Body:
    stats: Body = {"packets": packets, "bytes": packets * 172, "errors": 0}
    media: Body = {"protocol": "RTP/AVP", "streams": [{"last packet": last, "stats": stats}]}
    return {"tag": name, "subscriptions": [{"tag": partner, "type": "offer/answer"}], "medias": [media]}


def test_rtpengine_counts_what_came_and_the_rest_follows_from_it() -> None:
    answer: Body = {"tags": {"a": tag("a", "b", 7, int(WALL) - 3), "b": tag("b", "a", 0, int(WALL))}}
    report = statistics.read(answer, NOW, WALL)
    assert report.joined == {"a": "b", "b": "a"}
    a, b = report.legs["a"], report.legs["b"]
    assert (a.packets_in, a.packets_out, a.audio_seen, a.last_packet_at) == (7, 0, True, NOW - 3)
    assert (b.packets_in, b.packets_out, b.audio_seen, b.last_packet_at) == (0, 7, False, None)


def test_an_answer_that_makes_no_sense_is_an_empty_report() -> None:
    bodies: list[Body] = [{}, {"tags": 1}, {"tags": {"a": "x"}}]
    for body in bodies:
        assert statistics.read(body, NOW, WALL) == MediaReport()
    odd: Body = {"tags": {"a": {"medias": [{"streams": "x"}], "subscriptions": [{"tag": "nobody"}, 1]}}}
    assert statistics.read(odd, NOW, WALL) == MediaReport({"a": LegReport(Profile.RTP)})
