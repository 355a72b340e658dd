"""The content of `m.call.*` events: liberal reading, strict building.

Source: Matrix spec v1.16, client-server API, "Voice over IP". Version "1" and, where it costs
nothing, the older version 0 (an integer, no `party_id`).

Needed are the call's id, a description where there has to be one, and whom a caller selects. Any
other field that is missing or odd is as good as none: an event that vanishes leaves telephones
ringing, or calls without an end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

#: Longest invitation we honour, in seconds: a client may not keep a desk phone ringing for an hour.
MAX_LIFETIME = 300.0
#: For an invitation that does not say how long it is good; seconds, as clients do.
USUAL_LIFETIME = 60.0
#: For a negotiation that does not say it, seconds.
NEGOTIATE_LIFETIME = 30.0
MAX_SDP = 65_536
MAX_ID = 1024
MAX_REASON = 255
#: Of one event; a homeserver takes no event that could hold many more.
MAX_CANDIDATES = 256
MAX_CANDIDATE = 1024
#: What the type of the event says already need not be said again by the description.
DESCRIPTION_KINDS = ("offer", "answer", "pranswer", "rollback")

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
    """`m.call.invite`; `lifetime` in seconds from the event's `origin_server_ts`. `replaces` is the `call_id`
    of the call whose place it takes, `device` the one on which its person asked for it, `forwarded_by` (name
    and number) whose call it was before; these are only ever said, not read (docs/decisions/0040).
    `on_behalf_of`: in whose name its sender says to call; the route decides (docs/decisions/0069)."""

    type: ClassVar[str] = "m.call.invite"

    sdp: str
    lifetime: float
    invitee: str | None = None
    replaces: str | None = None
    device: str | None = None
    forwarded_by: Mapping[str, str | None] | None = None
    on_behalf_of: str | None = None

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "lifetime": int(self.lifetime * 1000),
            "offer": {"type": "offer", "sdp": self.sdp},
            "capabilities": CAPABILITIES,
        }
        named = {
            "invitee": self.invitee,
            "org.unisono.replaces": self.replaces,
            "org.unisono.device": self.device,
            "org.unisono.forwarded_by": self.forwarded_by,
            "org.unisono.on_behalf_of": self.on_behalf_of,
        }
        return body | {key: value for key, value in named.items() if value}


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
    lifetime: float = NEGOTIATE_LIFETIME

    def _body(self) -> dict[str, Any]:
        return {
            "description": {"type": self.kind, "sdp": self.sdp},
            "lifetime": int(self.lifetime * 1000),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(CallEvent):
    """`m.call.hangup`. `answered_on`: of one answered elsewhere, on which kind of device of its person's, or
    that a "colleague" has answered; it is only ever said, not read."""

    type: ClassVar[str] = "m.call.hangup"

    reason: str = "user_hangup"
    answered_on: str | None = None

    def _body(self) -> dict[str, Any]:
        told = {"org.unisono.answered_on": self.answered_on} if self.answered_on else {}
        return {"reason": self.reason, **told}


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
    Raises MalformedCallEvent, with the offending key, where what is needed cannot be read.
    """
    reader = _READERS.get(event_type)
    if reader is None:
        return None
    if not isinstance(content, Mapping):
        raise MalformedCallEvent("content is not an object")
    party_id = _id(content.get("party_id"))
    version = _version(content, party_id)
    base = {
        "call_id": _text(content, "call_id", MAX_ID),
        "party_id": None if version == "0" else party_id,
        "version": version,
    }
    return reader(content, base)


def _version(content: Mapping[str, Any], party_id: str | None) -> str:
    """Version 0 is an integer; later ones are strings. Unknown ones are to be treated as "1".

    Where none can be read, only what came after version 0 has parties.
    """
    version = content.get("version")
    if isinstance(version, int) and not isinstance(version, bool):
        version = str(version)
    if isinstance(version, str) and (version := version.strip()):
        return "0" if version == "0" else "1"
    return "0" if party_id is None else "1"


def _text(content: Mapping[str, Any], key: str, limit: int) -> str:
    """A text that is needed."""
    value = content.get(key)
    if not isinstance(value, str) or not value or len(value) > limit:
        raise MalformedCallEvent(key)
    return value


def _id(value: object) -> str | None:
    """The id of a party; some clients count theirs. None where there is none to be read."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64:
        return str(value)
    return value if isinstance(value, str) and 0 < len(value) <= MAX_ID else None


def _description(content: Mapping[str, Any], key: str) -> tuple[str | None, str]:
    """(type, sdp) of an RTCSessionDescription; the type is None where it is none that exists."""
    value = content.get(key)
    if not isinstance(value, Mapping):
        raise MalformedCallEvent(key)
    sdp = _text(value, "sdp", MAX_SDP).lstrip("\ufeff \t\r\n")
    if not sdp.startswith("v=0"):
        raise MalformedCallEvent(f"{key}.sdp")
    kind = value.get("type")
    kind = kind.strip().lower() if isinstance(kind, str) else None
    return (kind if kind in DESCRIPTION_KINDS else None), sdp


def _sdp(content: Mapping[str, Any], key: str) -> str:
    """The description in an event whose type says what it is."""
    kind, sdp = _description(content, key)
    if kind not in {None, key}:
        raise MalformedCallEvent(f"{key}.type")
    return sdp


def _lifetime(content: Mapping[str, Any], usual: float) -> float:
    """Seconds; `usual` where no duration can be read."""
    value = content.get("lifetime")
    if isinstance(value, str) and len(value) < 20 and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return usual
    return float(min(value, MAX_LIFETIME * 1000)) / 1000


def _reason(content: Mapping[str, Any]) -> str | None:
    value = content.get("reason")
    return value if isinstance(value, str) and 0 < len(value) <= MAX_REASON else None


def _user(content: Mapping[str, Any], key: str) -> str | None:
    """The user who is meant; what is no user id (`@localpart:server`) names nobody."""
    value = content.get(key)
    return value if isinstance(value, str) and value.startswith("@") and len(value) <= MAX_ID else None


def _candidate(value: object) -> Candidate | None:
    if not isinstance(value, Mapping):
        return None
    text, index = value.get("candidate"), value.get("sdpMLineIndex")
    if not isinstance(text, str) or len(text) > MAX_CANDIDATE:
        return None
    if isinstance(index, str) and len(index) < 4 and index.isdecimal():
        index = int(index)
    if isinstance(index, bool) or not isinstance(index, int):
        index = None
    return Candidate(text, _id(value.get("sdpMid")), index)


def _invite(content: Mapping[str, Any], base: dict[str, Any]) -> Invite:
    lifetime = _lifetime(content, USUAL_LIFETIME)
    return Invite(
        **base,
        sdp=_sdp(content, "offer"),
        lifetime=lifetime,
        invitee=_user(content, "invitee"),
        on_behalf_of=_user(content, "org.unisono.on_behalf_of"),
    )


def _candidates(content: Mapping[str, Any], base: dict[str, Any]) -> Candidates:
    values = content.get("candidates")
    read = [_candidate(value) for value in values[:MAX_CANDIDATES]] if isinstance(values, list) else []
    return Candidates(**base, candidates=tuple(candidate for candidate in read if candidate is not None))


def _answer(content: Mapping[str, Any], base: dict[str, Any]) -> Answer:
    return Answer(**base, sdp=_sdp(content, "answer"))


def _select_answer(content: Mapping[str, Any], base: dict[str, Any]) -> SelectAnswer:
    selected = _id(content.get("selected_party_id"))
    if selected is None:
        raise MalformedCallEvent("selected_party_id")
    return SelectAnswer(**base, selected_party_id=selected)


def _negotiate(content: Mapping[str, Any], base: dict[str, Any]) -> Negotiate:
    kind, sdp = _description(content, "description")
    if kind is None or kind == "rollback":
        raise MalformedCallEvent("description.type")
    return Negotiate(**base, kind=kind, sdp=sdp, lifetime=_lifetime(content, NEGOTIATE_LIFETIME))


def _hangup(content: Mapping[str, Any], base: dict[str, Any]) -> Hangup:
    return Hangup(**base, reason=_reason(content) or "user_hangup")


def _reject(content: Mapping[str, Any], base: dict[str, Any]) -> Reject:
    return Reject(**base, reason=_reason(content))


_READERS: dict[str, Callable[[Mapping[str, Any], dict[str, Any]], CallEvent]] = {
    Invite.type: _invite,
    Candidates.type: _candidates,
    Answer.type: _answer,
    SelectAnswer.type: _select_answer,
    Negotiate.type: _negotiate,
    Hangup.type: _hangup,
    Reject.type: _reject,
}
