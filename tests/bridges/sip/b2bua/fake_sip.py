"""The SIP side of a house in memory: calls of phones and trunks, and the endpoint that has them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridges.sip.message import Flow
from bridges.sip.transport.api import (
    Account,
    Answered,
    AnswerWaits,
    CallRefused,
    Contact,
    Credentials,
    DialogSnapshot,
    Ended,
    EndedBy,
    Event,
    FromPhone,
    FromTrunk,
    NameAddress,
    Origin,
    Progress,
    Reason,
    Replaces,
    Target,
    Transport,
    TrunkConfig,
    TrunkStatus,
)
from bridges.sip.transport.presentation import present
from bridges.sip.trunk import AnswerLimits

DOMAIN = "localhost"
ANNA = "@anna:localhost"


class FakeCall:
    """Both kinds of SIP call. `log` is what the bridge did with it."""

    def __init__(self, sdp: str | None) -> None:
        self.sdp = sdp
        self.log: list[tuple[Any, ...]] = []
        self.ended = False
        self.call_id, self.local_tag, self.remote_tag = "sip-call-id", "local", "remote"
        self.knows: bool | None = True
        self.peer = Flow(Transport.UDP, "192.0.2.1", 5060)
        self.reinvite_answer: str | None = "reinvite-answer"
        self.reinvite_goes = asyncio.Event()
        self.reinvite_goes.set()
        self.withdrawn: set[int] = set()
        self._listener: Callable[[Event], None] | None = None
        self._waiting: list[Event] = []
        self.on_said: Callable[[], None] = lambda: None
        self.said = asyncio.Event()
        self._saying: asyncio.Future[None] | None = None

    def keep_answers_back(self) -> None: ...

    def say_after(self, written: Callable[[], Awaitable[object]]) -> None:
        self._saying = asyncio.ensure_future(self._say_after(written))

    async def _say_after(self, written: Callable[[], Awaitable[object]]) -> None:
        await written()
        self.on_said()
        self.said.set()

    def listen(self, callback: Callable[[Event], None]) -> None:
        self._listener = callback
        for event in self._waiting:
            callback(event)

    def events(self) -> Any:
        raise AssertionError("the bridge listens")

    def happen(self, event: Event) -> None:
        """The other side does something."""
        if isinstance(event, Ended):
            self.ended = True
        if self._listener:
            self._listener(event)
        else:
            self._waiting.append(event)

    def _end(self, status: int) -> None:
        self.happen(Ended(EndedBy.LOCAL, status))

    def bye(self, reason: Reason | None = None) -> None:
        self.log.append(("bye", reason.cause if reason else None))
        self._end(0)

    async def probe(self) -> bool | None:
        self.log.append(("probe",))
        return self.knows

    async def reinvite(self, sdp: str | None) -> str | None:
        self.log.append(("reinvite", sdp))
        await self.reinvite_goes.wait()
        if self.reinvite_answer is None:
            raise CallRefused(491, "Request Pending")
        return self.reinvite_answer

    def acknowledge(self, sdp: str) -> None:
        self.log.append(("acknowledge", sdp))

    def accept_reinvite(self, sdp: str | None, cseq: int | None = None) -> bool:
        if cseq in self.withdrawn:
            return False
        self.log.append(("accept_reinvite", sdp))
        self.happen(AnswerWaits())
        return True

    def refuse_reinvite(self, status: int = 488, cseq: int | None = None) -> None:
        self.log.append(("refuse_reinvite", status))

    def accept_refer(self, number: int) -> None:
        self.log.append(("accept_refer", number))
        self.happen(AnswerWaits())

    def refuse_refer(self, number: int, status: int) -> None:
        self.log.append(("refuse_refer", status))

    def notify_refer(self, number: int, status: int, phrase: str | None = None) -> None:
        self.log.append(("notify_refer", status))

    def snapshot(self) -> DialogSnapshot:
        return {"call": self.call_id}

    def resume(self) -> None:
        self.log.append(("resume",))


class FakeIncoming(FakeCall):
    """A phone or trunk that calls."""

    def __init__(self, origin: Origin, dialled: str, sdp: str | None = "caller-offer") -> None:
        super().__init__(sdp)
        self.origin, self.dialled = origin, dialled
        self.request_uri = f"sip:{dialled}@{DOMAIN}"
        self.caller = NameAddress("sip:+390698765432@carrier", "")
        self.caller_number: str | None = "+390698765432"
        self.withheld = False
        self.replaces: Replaces | None = None
        self.headers: Mapping[str, Sequence[str]] = {}
        self.max_forwards = 60

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        self.log.append(("ring", status, sdp))

    def answer(self, sdp: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.log.append(("answer", sdp))

    def snapshot(self) -> DialogSnapshot:
        origin = self.origin.name if isinstance(self.origin, FromTrunk) else None
        asked = {"trunk": origin, "dialled": self.dialled, "sdp": self.sdp}
        return {"call": self.call_id, "side": "uas", **asked}

    def reject(self, status: int, phrase: str | None = None, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.log.append(("reject", status))
        self._end(status)

    def become_focus(self, user: str) -> None:
        self.log.append(("focus", user))

    def cancelled(self) -> None:
        self.happen(Ended(EndedBy.CANCEL, 487))
        self.happen(AnswerWaits())


class FakeOutgoing(FakeCall):
    """A phone or trunk that is called."""

    def __init__(
        self,
        target: Target,
        from_: NameAddress,
        sdp: str | None,
        headers: Any,
        on_sent: Callable[["FakeOutgoing"], None],
    ) -> None:
        super().__init__(sdp)
        self._on_sent = on_sent
        self.target, self.from_, self.headers = target, from_, dict(headers)
        self.max_forwards = 70
        self.acknowledged = asyncio.Event()
        self.on_acknowledged: Callable[[], None] = lambda: None

    def start(self) -> None:
        self._on_sent(self)

    def keep_ack_back(self) -> None: ...

    def send_ack(self) -> None:
        self.on_acknowledged()
        self.acknowledged.set()

    def cancel(self, reason: Reason | None = None) -> None:
        self.log.append(("cancel", reason.cause if reason else None))
        self._end(487)

    def rings(self, status: int = 180, sdp: str | None = None) -> None:
        self.happen(Progress(status, "Ringing", sdp, "tag"))

    def answers(self, sdp: str = "v=0 phone-answer") -> None:
        self.happen(Answered(sdp))

    def refuses(self, status: int, *reasons: Reason) -> None:
        self.happen(Ended(EndedBy.REFUSED, status, reasons=reasons))

    def sends_on(self, contact: str) -> None:
        self.happen(Ended(EndedBy.REFUSED, 302, "Moved Temporarily", moved_to=contact))


@dataclass
class FakeEndpoint:
    """Registered phones by extension, trunks by name; `calls` are the INVITEs sent."""

    phones: dict[str, int] = field(default_factory=dict)
    trunks: dict[str, bool] = field(default_factory=dict)
    calls: list[FakeOutgoing] = field(default_factory=list)
    byes: list[Any] = field(default_factory=list)
    #: The last one of an earlier process.
    received: FakeIncoming | None = None
    knows: bool | None = True
    failed_flows: list[str] = field(default_factory=list)
    further_flows: int = 0
    limits: AnswerLimits = field(default_factory=AnswerLimits)
    on_sent: Callable[[FakeOutgoing], None] = lambda call: None

    async def prepare(
        self,
        target: Target,
        *,
        from_: NameAddress,
        to: NameAddress,
        sdp: str | None,
        headers: Sequence[tuple[str, str]] = (),
        credentials: Credentials | None = None,
        max_forwards: int = 70,
    ) -> FakeOutgoing:
        call = FakeOutgoing(target, from_, sdp, headers, self._sent)
        call.max_forwards = max_forwards
        return call

    def _sent(self, call: FakeOutgoing) -> None:
        self.calls.append(call)
        self.on_sent(call)

    def contacts(self, username: str) -> list[Contact]:
        uri = f"sip:{username}@phone"
        return [
            Contact(
                username,
                f"{uri}{n}",
                Transport.UDP,
                f"phone{n}",
                5060,
                60.0,
                outbound=self.further_flows > 0,
                flows=tuple(
                    Contact(username, f"{uri}{n}", Transport.UDP, f"phone{n}-{k}", 5060, 60.0, outbound=True)
                    for k in range(1, self.further_flows + 1)
                ),
            )
            for n in range(self.phones.get(username, 0))
        ]

    def registered(self) -> list[str]:
        return sorted(self.phones)

    def target_of(self, contact: Contact) -> Target:
        return Target(contact.uri, contact.transport, contact.host, contact.port)

    def flow_failed(self, contact: Contact) -> None:
        self.failed_flows.append(contact.host)

    def trunk_target(self, name: str, number: str) -> Target:
        return Target(f"sip:{number}@{name}", Transport.UDP, name, 5060)

    def trunk_caller(
        self, name: str, number: str | None, *, hidden: bool = False
    ) -> tuple[NameAddress, tuple[tuple[str, str], ...]]:
        return present(TrunkConfig(name, name), number, "localhost", hidden=hidden)

    def trunk_credentials(self, name: str) -> Credentials | None:
        return None

    def trunk_answer_limits(self, name: str) -> AnswerLimits:
        return self.limits

    def trunk_status(self) -> list[TrunkStatus]:
        return [
            TrunkStatus(name, up, None if up else "no answer", usable=up) for name, up in self.trunks.items()
        ]

    def restore_incoming(self, snapshot: DialogSnapshot, *, age: float = 0.0) -> FakeIncoming:
        trunk = snapshot["trunk"]
        origin = FromTrunk(trunk) if trunk else FromPhone(Account("201", "", "", ANNA, "Anna Rossi"))
        self.received = FakeIncoming(origin, snapshot["dialled"], snapshot["sdp"])
        return self.received

    def restore_outgoing(
        self, snapshot: DialogSnapshot, *, age: float = 0.0, credentials: Credentials | None = None
    ) -> FakeOutgoing:
        target = Target("sip:x@phone0", Transport.UDP, "phone0", 5060)
        call = FakeOutgoing(target, NameAddress("sip:201@x"), None, (), self._sent)
        call.knows = self.knows
        self.calls.append(call)
        return call

    def bye_snapshot(self, snapshot: DialogSnapshot, reason: Reason | None = None) -> None:
        self.byes.append(snapshot)
