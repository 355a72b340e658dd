"""Keeps what is said for each call while it lives. Pure: times are arguments.

Messages are known by a *dialog*: the Call-ID of SIP, or room and `call_id` of a Matrix call. A dialog begins
with an invitation and is a stranger's until a call claims it; of strangers the latest are kept, since an
INVITE comes before anybody knows what becomes of it. Registrations and the like are not kept at all.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from bridges.sip.message.flow import Flow, host_port
from bridges.sip.trace import redaction
from bridges.sip.trace.ring import OF_CALL, OF_STRANGER, MessageRing
from logs.redaction import MARK
from wire.route import Ghost, Party, Plan
from wire.trace import CallTrace, MediaPath, TracedMessage

#: Dialogs that no call has claimed.
STRANGERS = 200
#: Dialogs of one call (devices that ring, lines that are tried).
DIALOGS = 60
#: Milliseconds for which a call that has ended still takes messages: a BYE's answer, an ACK repeated.
LINGER = 3_000

_CALL_ID = re.compile(rb"\n(?:Call-ID|i)[ \t]*:[ \t]*([^\r\n]{1,255})", re.IGNORECASE)
_INVITE = b"INVITE "
#: Users that stand for outside numbers.
_GHOST = "@_tel_"
_MATRIX_INVITE = "m.call.invite"


class Fresh(NamedTuple):
    """What is new in the trace of a call that lives; `anew`: all of it, in place of what was written."""

    call_id: str
    messages: tuple[TracedMessage, ...]
    anew: bool


@dataclass(slots=True)
class _Kept:
    """One call. `dialogs` are claimed by it; its messages are in `ring`. `private` words are left out.
    `unwritten` messages are on no disk; `written` are the characters of those that are."""

    ring: MessageRing
    dialogs: list[str] = field(default_factory=list)
    plan: Plan | None = None
    private: tuple[str, ...] = ()
    media: tuple[MediaPath, ...] = ()
    ended_at: int | None = None
    unwritten: list[TracedMessage] = field(default_factory=list)
    written: int = 0

    def add(self, message: TracedMessage) -> None:
        self.ring.add(message)
        self.unwritten.append(message)

    def fresh(self, call_id: str) -> Fresh | None:
        """What is to be written now. A call of which much was said is written anew, as far as it is kept."""
        unwritten, self.unwritten = self.unwritten, []
        size = sum(map(_size, unwritten))
        anew = self.written + size > 2 * OF_CALL
        messages = self.ring.messages() if anew else unwritten
        self.written = sum(map(_size, messages)) if anew else self.written + size
        return Fresh(call_id, tuple(messages), anew) if messages else None


class Traces:
    """`local(flow)` is our `host:port` as the peer of a flow sees it; times are milliseconds since 1970."""

    def __init__(self, local: Callable[[Flow], str] = lambda _: "") -> None:
        self._local = local
        self._strangers: OrderedDict[str, MessageRing] = OrderedDict()
        self._calls: dict[str, _Kept] = {}
        self._claimed: dict[str, tuple[_Kept, str]] = {}
        self._ended: OrderedDict[str, _Kept] = OrderedDict()

    # --- what is said ---

    def sip(self, at: int, data: bytes, flow: Flow, *, sent: bool) -> None:
        """A SIP message as it goes over the wire."""
        found = _CALL_ID.search(data)
        if found is None:
            return
        dialog = found[1].decode("utf-8", "replace").strip()
        if dialog not in self._claimed and dialog not in self._strangers and not data.startswith(_INVITE):
            return
        text, cut = redaction.sip(data)
        message = TracedMessage(
            at=at,
            kind="sip",
            sent=sent,
            text=text,
            transport=flow.transport.value,
            local=self._local(flow),
            remote=host_port(flow.host, flow.port),
            cut=cut,
        )
        self._keep(dialog, message)

    def matrix(
        self,
        at: int,
        dialog: str,
        event_type: str,
        sender: str,
        content: dict[str, Any],
        *,
        sent: bool,
    ) -> None:
        """A call event of a room; `dialog` is its `matrix_dialog`."""
        if dialog not in self._claimed and dialog not in self._strangers and event_type != _MATRIX_INVITE:
            return
        text, cut = redaction.matrix(event_type, sender, content)
        message = TracedMessage(
            at=at, kind="matrix", sent=sent, text=text, remote=dialog.partition(" ")[0][:255], cut=cut
        )
        self._keep(dialog, message)

    def _keep(self, dialog: str, message: TracedMessage) -> None:
        if claimed := self._claimed.get(dialog):
            kept, leg = claimed
            text = message.text
            for word in kept.private:
                text = text.replace(word, MARK)
            kept.add(msgspec.structs.replace(message, leg=leg, text=text))
            return
        ring = self._strangers.setdefault(dialog, MessageRing(OF_STRANGER))
        ring.add(message)
        while len(self._strangers) > STRANGERS:
            self._strangers.popitem(last=False)

    # --- whose it is ---

    def begin(self, call_id: str) -> None:
        """A call exists."""
        self._calls.setdefault(call_id, _Kept(MessageRing(OF_CALL)))

    def resume(self, call_id: str, messages: Iterable[TracedMessage]) -> None:
        """A call of an earlier process, and what it wrote of it."""
        kept = self._calls.setdefault(call_id, _Kept(MessageRing(OF_CALL)))
        for message in messages:
            kept.ring.add(message)
            kept.written += _size(message)

    def claim(self, call_id: str, dialog: str, leg: str) -> None:
        """A dialog is a leg of a call: of SIP its Call-ID, of Matrix `matrix_dialog`."""
        kept = self._calls.get(call_id)
        if kept is None or dialog in self._claimed or len(kept.dialogs) >= DIALOGS:
            return
        kept.dialogs.append(dialog)
        self._claimed[dialog] = (kept, leg)
        ring = self._strangers.pop(dialog, None)
        for message in ring.messages() if ring else ():
            kept.add(msgspec.structs.replace(message, leg=leg))

    def routed(self, call_id: str, plan: Plan) -> None:
        """The route was answered; of several answers the last one counts."""
        if kept := self._calls.get(call_id):
            kept.plan, kept.private = without_names(plan)

    def media(self, call_id: str, paths: Iterable[MediaPath]) -> None:
        """The sound of a call as it stands."""
        if kept := self._calls.get(call_id):
            kept.media = tuple(paths)

    def end(self, call_id: str, at: int) -> None:
        """The call is over; `collect` gives it away soon."""
        kept = self._calls.get(call_id)
        if kept is not None and kept.ended_at is None:
            kept.ended_at = at
            self._ended[call_id] = kept

    # --- what comes of it ---

    def of(self, call_id: str) -> CallTrace | None:
        """What is kept of a call that lives, or has just ended."""
        kept = self._calls.get(call_id)
        return None if kept is None else _trace(call_id, kept)

    def unwritten(self) -> list[Fresh]:
        """What is new in each call that lives, since this was asked last."""
        living = ((call_id, kept) for call_id, kept in self._calls.items() if kept.ended_at is None)
        return [fresh for call_id, kept in living if kept.unwritten and (fresh := kept.fresh(call_id))]

    def collect(self, now: int, limit: int = 50) -> list[CallTrace]:
        """Calls that ended long enough ago, which are forgotten here."""
        due: list[CallTrace] = []
        while self._ended and len(due) < limit:
            call_id, kept = next(iter(self._ended.items()))
            if (kept.ended_at or 0) + LINGER > now:
                break
            del self._ended[call_id], self._calls[call_id]
            for dialog in kept.dialogs:
                del self._claimed[dialog]
            due.append(_trace(call_id, kept))
        return due


def matrix_dialog(room_id: str, call_id: str) -> str:
    """How the events of a Matrix call are known."""
    return f"{room_id} {call_id}"


def without_names(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
    """The plan without what outsiders are called, and those names, as they may be written: they may come from
    somebody's own phonebook, which administrators do not read."""
    names = {party.name for party in (plan.caller, plan.callee, plan.ghost) if party and _outside(party)}
    names |= {name.replace("\\", r"\\").replace('"', r"\"") for name in names}
    private = sorted((name for name in names if len(name) > 2), key=len, reverse=True)
    bare = msgspec.structs.replace(
        plan,
        caller=_unnamed(plan.caller),
        callee=_unnamed(plan.callee),
        ghost=None if plan.ghost is None else msgspec.structs.replace(plan.ghost, name=""),
    )
    return bare, tuple(private)


def _size(message: TracedMessage) -> int:
    return len(message.text)


def _outside(party: Party | Ghost) -> bool:
    return party.user_id is None or party.user_id.startswith(_GHOST)


def _unnamed(party: Party) -> Party:
    return msgspec.structs.replace(party, name="") if _outside(party) else party


def _trace(call_id: str, kept: _Kept) -> CallTrace:
    # Claimed dialogs bring messages that are older than some that are there already.
    messages = sorted(kept.ring.messages(), key=lambda message: message.at)
    return CallTrace(
        id=call_id,
        messages=tuple(messages),
        left_out=kept.ring.left_out,
        plan=kept.plan,
        media=kept.media,
        ended_at=kept.ended_at,
    )
