"""What Matrix events change in what can be found."""

from typing import Any

import pytest

from server.search.reading import Change, Edited, Redacted, Restricted, Said, changes


def event(kind: str, content: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "room_id": "!r",
        "event_id": "$e",
        "sender": "@anna:localhost",
        "origin_server_ts": 5,
        "content": content,
        **more,
    }


def message(body: Any, **more: Any) -> dict[str, Any]:
    return event("m.room.message", {"msgtype": "m.text", "body": body, **more})


def said(body: str, *, is_file: bool = False, edit_id: str | None = None) -> Said:
    return Said("!r", "$e", "@anna:localhost", 5, body, is_file, edit_id)


_EDIT = {"m.new_content": {"body": "dopo"}, "m.relates_to": {"rel_type": "m.replace", "event_id": "$first"}}
_POLL = {"question": {"org.matrix.msc1767.text": "Dove?"}, "answers": [{"org.matrix.msc1767.text": "Qui"}, 7]}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (message("ciao"), said("ciao")),
        (message("x.pdf", msgtype="m.file"), said("x.pdf", is_file=True)),
        (message("didascalia", msgtype="m.image", filename="x.png"), said("x.png\ndidascalia", is_file=True)),
        (
            message("> <@b:x> prima\n> poi\n\nrisposta", **{"m.relates_to": {"m.in_reply_to": {}}}),
            said("risposta"),
        ),
        (message("> non citato"), said("> non citato")),
        (message("* dopo", **_EDIT), Edited("!r", "$first", "@anna:localhost", "dopo", "$e")),
        (
            event("org.matrix.msc3381.poll.start", {"org.matrix.msc3381.poll.start": _POLL}),
            said("Dove?\nQui"),
        ),
        (event("m.room.redaction", {}, redacts="$x"), Redacted("!r", "$x")),
        (event("m.room.redaction", {"redacts": "$y"}), Redacted("!r", "$y")),
        (
            event("m.room.history_visibility", {"history_visibility": "joined"}, state_key=""),
            Restricted("!r"),
        ),
        (event("m.room.history_visibility", {"history_visibility": 7}, state_key=""), Restricted("!r")),
    ],
)
def test_what_changes(given: dict[str, Any], found: Change) -> None:
    assert list(changes(given)) == [found]


@pytest.mark.parametrize("sender", ["@anna:localhost", "@other:localhost"])
def test_history_brings_the_newest_edit_of_who_wrote_it(sender: str) -> None:
    newest = {"event_id": "$new", "sender": sender, "content": {"m.new_content": {"body": "dopo"}}}
    given = message("prima") | {"unsigned": {"m.relations": {"m.replace": newest}}}
    expected = said("dopo", edit_id="$new") if sender == "@anna:localhost" else said("prima")
    assert list(changes(given)) == [expected]


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        message(7),
        message(""),
        message({"a": "b"}),
        event("m.room.message", []),
        event("m.room.encrypted", {"ciphertext": "ciao"}),
        event("m.reaction", {"body": "ciao"}),
        event("m.room.message", {"body": "ciao"}, state_key=""),
        message("ciao") | {"origin_server_ts": "5"},
        message("ciao") | {"origin_server_ts": -1},
        message("ciao") | {"origin_server_ts": 1 << 60},
        message("ciao") | {"room_id": None},
        message("* x", **{"m.new_content": 7, "m.relates_to": {"rel_type": "m.replace", "event_id": "$f"}}),
        message("* x", **{"m.new_content": {"body": "x"}, "m.relates_to": {"rel_type": "m.replace"}}),
        event("m.room.redaction", {"redacts": 7}),
        event("m.room.history_visibility", {"history_visibility": "shared"}, state_key=""),
    ],
)
def test_what_changes_nothing(given: Any) -> None:
    assert list(changes(given)) == []
