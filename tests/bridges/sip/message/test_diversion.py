"""By whom a call was forwarded, as providers say it and are told it."""

from collections.abc import Sequence

import pytest

from bridges.sip.message.diversion import MOST, Diverted, read, write_diversion, write_history

BRUNO = Diverted("+390612345202", "no_answer")
CARLA = Diverted("+390612345203", "busy")


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("diversion", ["<sip:+390612345202@carrier.example>;reason=no-answer"], [BRUNO]),
        ("diversion", ['"Bruno" <tel:+390612345202>;reason="no-answer";counter=1;privacy=off'], [BRUNO]),
        (
            "diversion",
            ["<sip:+390612345203@c>;reason=user-busy, <sip:+390612345202@c>;reason=no-answer"],
            [BRUNO, CARLA],
        ),
        (
            "diversion",
            ["<sip:+390612345203@c>;reason=user-busy", "<sip:+390612345202@c>;reason=no-answer"],
            [BRUNO, CARLA],
        ),
        ("diversion", ["<sip:202@c>;reason=unconditional;privacy=full"], [Diverted(None, "always")]),
        ("diversion", ["<sip:202@c>;reason=follow-me"], [Diverted("202", "always")]),
        ("diversion", ["<sip:202@c>;reason=lunch"], [Diverted("202", "unknown")]),
        ("diversion", ["<sip:202@c>"], [Diverted("202", "unknown")]),
        ("diversion", ["<sip:202@c"], []),
        ("diversion", [""], []),
        ("diversion", [",".join(["<sip:202@c>"] * (MOST + 1))], []),
        (
            "history-info",
            ["<sip:+390612345202@c>;index=1, <sip:+390612345203@c;cause=408>;index=1.1;mp=1"],
            [BRUNO],
        ),
        (
            "history-info",
            [
                "<sip:+390612345202@c?Reason=SIP%3Bcause%3D408>;index=1",
                "<sip:+390612345203@c;cause=408>;index=1.1;mp=1",
                "<sip:204@c;cause=486>;index=1.1.1;mp=1.1",
            ],
            [BRUNO, CARLA],
        ),
        ("history-info", ["<sip:202@c?Privacy=history>;index=1,<sip:203@c;cause=302>;index=1.1"],
         [Diverted(None, "always")]),
        # Who was called, and where that led, is no forward.
        ("history-info", ["<sip:202@c>;index=1, <sip:202@10.0.0.1>;index=1.1;rc=1"], []),
        ("history-info", ["<sip:202@c>;index=1"], []),
    ],
)  # fmt: skip
def test_what_networks_say(name: str, values: list[str], found: list[Diverted]) -> None:
    assert list(read({name: values})) == found


def test_diversion_is_believed_before_history() -> None:
    headers = {
        "history-info": ["<sip:1@c>;index=1, <sip:2@c;cause=302>;index=1.1"],
        "diversion": ["<sip:+390612345202@c>;reason=no-answer"],
    }
    assert read(headers) == (BRUNO,)


def test_a_call_without_either_came_straight() -> None:
    assert read({}) == ()


@pytest.mark.parametrize("diverted", [(BRUNO,), (BRUNO, CARLA), ()])
def test_what_is_written_is_read_again(diverted: Sequence[Diverted]) -> None:
    written = [write_diversion(diverted, "house.example"), write_history(diverted, "+39333", "house.example")]
    for headers in written:
        assert len({name for name, _ in headers}) <= 1
        assert read({name.lower(): [value for _, value in headers] for name, _ in headers}) == tuple(diverted)


def test_what_is_written() -> None:
    assert write_diversion([Diverted("202", "always", 'Bruno "B"')], "h") == [
        ("Diversion", '"Bruno \\"B\\"" <sip:202@h>;reason=unconditional;counter=1')
    ]
    assert write_history([BRUNO, CARLA], "+39333", "h") == [
        (
            "History-Info",
            "<sip:+390612345202@h>;index=1, <sip:+390612345203@h;cause=408>;index=1.1;mp=1, "
            "<sip:+39333@h;cause=486>;index=1.1.1;mp=1.1",
        )
    ]


def test_who_is_not_to_be_named_is_left_out() -> None:
    private = Diverted(None, "always")
    assert write_diversion([private], "h") == write_history([private], "1", "h") == []


def test_what_a_network_says_breaks_out_of_no_header() -> None:
    """A user part that is escaped (RFC 3261, 19.1.2) stays so on its way to phones and lines."""
    diverted = read({"diversion": ["<sip:2%0d%0aX-Header%3e@c>;reason=user-busy"]})
    (_, diversion), (_, history) = *write_diversion(diverted, "h"), *write_history(diverted, "203", "h")
    assert diversion == "<sip:2%0D%0AX-Header%3E@h>;reason=user-busy;counter=1"
    assert history == "<sip:2%0D%0AX-Header%3E@h>;index=1, <sip:203@h;cause=486>;index=1.1;mp=1"
