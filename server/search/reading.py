"""What a Matrix event changes in what can be found. Pure; whatever is malformed changes nothing.

Matrix spec v1.16: "m.room.message", "Event replacements", "Redactions", "m.room.history_visibility"; MSC3381
(polls).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Characters of one message that are looked through.
BODY_MAX = 20_000
_FILES = frozenset({"m.file", "m.image", "m.video", "m.audio"})
_POLLS = {"org.matrix.msc3381.poll.start": "org.matrix.msc1767.text", "m.poll.start": "m.text"}
#: Who joins may read what was said before: there a member finds everything.
_OPEN = frozenset({"shared", "world_readable"})


@dataclass(frozen=True, slots=True)
class Said:
    """A message that can be found; `sent_at` in milliseconds, `edit_id` the event that gave it this text."""

    room_id: str
    event_id: str
    sender: str
    sent_at: int
    body: str
    is_file: bool = False
    edit_id: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """`event_id` of the message whose text is another now."""

    room_id: str
    event_id: str
    sender: str
    body: str
    edit_id: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A message, or an edit of one, is gone."""

    room_id: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Restricted:
    """Not every member of the room may read all of it: from now on that is asked hit by hit."""

    room_id: str


Change = Said | Edited | Redacted | Restricted


def changes(event: Any) -> Iterator[Change]:
    """Of one event of a room, as a transaction or `/messages` has it."""
    if not isinstance(event, dict):
        return
    texts = [event.get(key) for key in ("room_id", "event_id", "sender", "type")]
    sent_at, content = event.get("origin_server_ts"), event.get("content")
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(sent_at, int):
        return
    room_id, event_id, sender, kind = (str(text) for text in texts)
    content = content if isinstance(content, dict) else {}
    if kind == "m.room.redaction":
        # Its place is another since room version 11.
        gone = content.get("redacts", event.get("redacts"))
        if isinstance(gone, str):
            yield Redacted(room_id, gone)
    elif kind == "m.room.history_visibility":
        if content.get("history_visibility") not in _OPEN:
            yield Restricted(room_id)
    elif "state_key" not in event and 0 <= sent_at < 1 << 50:
        yield from _message(
            Said(room_id, event_id, sender, sent_at, ""), kind, content, event.get("unsigned")
        )


def _message(said: Said, kind: str, content: Mapping[str, Any], unsigned: Any) -> Iterator[Change]:
    relation = _mapping(content.get("m.relates_to"))
    target = relation.get("event_id")
    if relation.get("rel_type") == "m.replace":
        body = _body(kind, _mapping(content.get("m.new_content")))
        if isinstance(target, str) and body:
            yield Edited(said.room_id, target, said.sender, body, said.event_id)
        return
    # History comes with the newest edit beside it.
    newest = _mapping(_mapping(_mapping(unsigned).get("m.relations")).get("m.replace"))
    replaced = _mapping(_mapping(newest.get("content")).get("m.new_content"))
    edit_id = newest.get("event_id")
    edited = bool(replaced) and newest.get("sender") == said.sender and isinstance(edit_id, str)
    body = _body(kind, replaced if edited else content)
    if "m.in_reply_to" in relation and not edited:
        body = _without_fallback(body)
    if body:
        is_file = content.get("msgtype") in _FILES
        yield Said(
            said.room_id,
            said.event_id,
            said.sender,
            said.sent_at,
            body,
            is_file,
            str(edit_id) if edited else None,
        )


def _body(kind: str, content: Mapping[str, Any]) -> str:
    if kind in _POLLS:
        return _poll(_mapping(content.get(kind)), _POLLS[kind])
    if kind != "m.room.message":
        return ""
    body, name = content.get("body"), content.get("filename")
    parts = [one for one in (name, body) if isinstance(one, str)]
    return "\n".join(dict.fromkeys(parts))[:BODY_MAX].strip()


def _poll(poll: Mapping[str, Any], key: str) -> str:
    answers = poll.get("answers")
    lines = [_mapping(poll.get("question")), *map(_mapping, answers if isinstance(answers, list) else [])]
    found = (line.get(key, line.get("body")) for line in lines)
    return "\n".join(line for line in found if isinstance(line, str))[:BODY_MAX].strip()


def _without_fallback(body: str) -> str:
    """A reply in older clients begins with what it replies to, quoted, and an empty line."""
    lines = body.split("\n")
    quoted = next((place for place, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    return "\n".join(lines[quoted:]).strip() if quoted else body


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
