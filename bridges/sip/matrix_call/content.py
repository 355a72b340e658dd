"""The content of `m.call.*` events: strict parsing, and building.

Source: Matrix spec v1.16, client-server API, "Voice over IP". Version "1" and, where it costs
nothing, the older version 0 (an integer, no `party_id`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

#: Longest invitation we honour, in seconds: a client may not keep a desk phone ringing for an hour.
MAX_LIFETIME = 300.0
MAX_SDP = 65_536
MAX_ID = 255
MAX_CANDIDATES = 256

#: Without `m.call.dtmf` the caller's client greys its keypad out (MSC2747).
CAPABILITIES = {"m.call.transferee": False, "m.call.dtmf": True}


class MalformedCallEvent(ValueError):
    """The content of a remote call event breaks the specification."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One trickled ICE candidate (RTCIceCandidate); an empty `candidate` ends the list."""

    candidate: str
    sdp_mid: str | None = None
    sdp_m_line_index: int | None = None


#: What version 1 wants sent when no more will follow. Clients refuse one without the two places.
END_OF_CANDIDATES = Candidate("", "0", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """What every call event carries. `party_id` is None in version 0."""

    type: ClassVar[str]

    call_id: str
    party_id: str | None
    version: str = "1"

    def content(self) -> dict[str, Any]:
        """The event's content, as sent."""
        base: dict[str, Any] = {"call_id": self.call_id}
        if self.version == "0":
            return {**base, "version": 0, **self._body()}
        return {**base, "party_id": self.party_id, "version": self.version, **self._body()}

    def _body(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite(CallEvent):
    """`m.call.invite`; `lifetime` in seconds from the event's `origin_server_ts`."""

    type: ClassVar[str] = "m.call.invite"

    sdp: str
    lifetime: float
    invitee: str | None = None

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "lifetime": int(self.lifetime * 1000),
            "offer": {"type": "offer", "sdp": self.sdp},
            "capabilities": CAPABILITIES,
        }
        return {**body, "invitee": self.invitee} if self.invitee else body


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates(CallEvent):
    """`m.call.candidates`."""

    type: ClassVar[str] = "m.call.candidates"

    candidates: tuple[Candidate, ...]

    def _body(self) -> dict[str, Any]:
        return {
            "candidates": [
                {"candidate": c.candidate, "sdpMid": c.sdp_mid, "sdpMLineIndex": c.sdp_m_line_index}
                for c in self.candidates
            ]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(CallEvent):
    """`m.call.answer`."""

    type: ClassVar[str] = "m.call.answer"

    sdp: str

    def _body(self) -> dict[str, Any]:
        return {"answer": {"type": "answer", "sdp": self.sdp}, "capabilities": CAPABILITIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectAnswer(CallEvent):
    """`m.call.select_answer`: the caller chose one party's answer."""

    type: ClassVar[str] = "m.call.select_answer"

    selected_party_id: str

    def _body(self) -> dict[str, Any]:
        return {"selected_party_id": self.selected_party_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiate(CallEvent):
    """`m.call.negotiate`: a new offer, or the answer to one, in an established call (hold, video)."""

    type: ClassVar[str] = "m.call.negotiate"

    kind: str
    sdp: str
    lifetime: float = 30.0

    def _body(self) -> dict[str, Any]:
        return {
            "description": {"type": self.kind, "sdp": self.sdp},
            "lifetime": int(self.lifetime * 1000),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(CallEvent):
    """`m.call.hangup`."""

    type: ClassVar[str] = "m.call.hangup"

    reason: str = "user_hangup"

    def _body(self) -> dict[str, Any]:
        return {"reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(CallEvent):
    """`m.call.reject`; `reason` is for people and goes beyond the specification."""

    type: ClassVar[str] = "m.call.reject"

    reason: str | None = field(default=None)

    def _body(self) -> dict[str, Any]:
        return {"reason": self.reason} if self.reason else {}


def parse(event_type: str, content: object) -> CallEvent | None:
    """Read the content of an event.

    Returns None for types that this bridge does not act on.
    Raises MalformedCallEvent, with the offending key, for anything the specification forbids.
    """
    reader = _READERS.get(event_type)
    if reader is None:
        return None
    if not isinstance(content, Mapping):
        raise MalformedCallEvent("content is not an object")
    version = _version(content)
    party_id = None if version == "0" else _text(content, "party_id", MAX_ID)
    return reader(
        content, {"call_id": _text(content, "call_id", MAX_ID), "party_id": party_id, "version": version}
    )


def _version(content: Mapping[str, Any]) -> str:
    """Version 0 is an integer; later ones are strings. Unknown ones are to be treated as "1"."""
    version = content.get("version")
    if isinstance(version, str) and version:
        return "0" if version == "0" else "1"
    if version == 0 and isinstance(version, int) and not isinstance(version, bool):
        return "0"
    raise MalformedCallEvent("version")


def _text(content: Mapping[str, Any], key: str, limit: int) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value or len(value) > limit:
        raise MalformedCallEvent(key)
    return value


def _description(content: Mapping[str, Any], key: str, kinds: tuple[str, ...]) -> tuple[str, str]:
    """(type, sdp) of an RTCSessionDescription."""
    value = content.get(key)
    if not isinstance(value, Mapping) or value.get("type") not in kinds:
        raise MalformedCallEvent(key)
    sdp = _text(value, "sdp", MAX_SDP)
    if not sdp.startswith("v=0"):
        raise MalformedCallEvent(f"{key}.sdp")
    return str(value["type"]), sdp


def _lifetime(content: Mapping[str, Any], default: float | None = None) -> float:
    value = content.get("lifetime")
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise MalformedCallEvent("lifetime")
    return min(value / 1000, MAX_LIFETIME)


def _optional_text(content: Mapping[str, Any], key: str) -> str | None:
    return _text(content, key, MAX_ID) if content.get(key) is not None else None


def _candidate(value: object) -> Candidate:
    if not isinstance(value, Mapping) or not isinstance(value.get("candidate"), str):
        raise MalformedCallEvent("candidates")
    mid, index = value.get("sdpMid"), value.get("sdpMLineIndex")
    if not isinstance(mid, str | None) or not isinstance(index, int | None) or len(value["candidate"]) > 1024:
        raise MalformedCallEvent("candidates")
    return Candidate(value["candidate"], mid, index)


def _invite(content: Mapping[str, Any], base: dict[str, Any]) -> Invite:
    _, sdp = _description(content, "offer", ("offer",))
    invitee = _optional_text(content, "invitee")
    return Invite(**base, sdp=sdp, lifetime=_lifetime(content), invitee=invitee)


def _candidates(content: Mapping[str, Any], base: dict[str, Any]) -> Candidates:
    values = content.get("candidates")
    if not isinstance(values, list) or len(values) > MAX_CANDIDATES:
        raise MalformedCallEvent("candidates")
    return Candidates(**base, candidates=tuple(_candidate(value) for value in values))


def _answer(content: Mapping[str, Any], base: dict[str, Any]) -> Answer:
    return Answer(**base, sdp=_description(content, "answer", ("answer",))[1])


def _select_answer(content: Mapping[str, Any], base: dict[str, Any]) -> SelectAnswer:
    return SelectAnswer(**base, selected_party_id=_text(content, "selected_party_id", MAX_ID))


def _negotiate(content: Mapping[str, Any], base: dict[str, Any]) -> Negotiate:
    kind, sdp = _description(content, "description", ("offer", "answer", "pranswer"))
    return Negotiate(**base, kind=kind, sdp=sdp, lifetime=_lifetime(content, 30.0))


def _hangup(content: Mapping[str, Any], base: dict[str, Any]) -> Hangup:
    return Hangup(**base, reason=_optional_text(content, "reason") or "user_hangup")


def _reject(content: Mapping[str, Any], base: dict[str, Any]) -> Reject:
    return Reject(**base, reason=_optional_text(content, "reason"))


_READERS: dict[str, Callable[[Mapping[str, Any], dict[str, Any]], CallEvent]] = {
    Invite.type: _invite,
    Candidates.type: _candidates,
    Answer.type: _answer,
    SelectAnswer.type: _select_answer,
    Negotiate.type: _negotiate,
    Hangup.type: _hangup,
    Reject.type: _reject,
}
