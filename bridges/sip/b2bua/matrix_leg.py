"""Legs made of Matrix call events: the bridge as caller, or as one of the callee's devices."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from bridges.media.gateway import Profile
from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua.causes import TABLE, Cause, from_matrix
from bridges.sip.b2bua.events import Answers, Confirmed, Gone, Handled, Post, Reoffer, Trickle
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.b2bua.live_calls import MatrixCall
from bridges.sip.machine import LocalMisuse
from bridges.sip.matrix_call import callee, caller
from bridges.sip.matrix_call.callee import CalleeParty
from bridges.sip.matrix_call.caller import CallerParty
from bridges.sip.matrix_call.content import CallEvent
from bridges.sip.matrix_call.machine import (
    Answered,
    End,
    Ended,
    Established,
    Ignored,
    Output,
    RemoteCandidates,
    Renegotiate,
    Send,
)
from logs import log
from wire.record import AnsweredOn
from wire.route import Party

_log = log.get(__name__)

#: Seconds a Matrix client has to answer a new offer before the call goes on without its word.
NEGOTIATION = 4.0

#: Why a caller stops calling, besides having changed its mind: what a ringing client shows differs.
EARLY_WORDS = frozenset({Cause.NO_ANSWER, Cause.ANSWERED_ELSEWHERE})


def cause_of(ended: Ended) -> Cause:
    """Why a Matrix leg ended."""
    match ended.how:
        case End.HANGUP:
            return from_matrix(ended.reason)
        case End.CANCELLED:
            return Cause.NO_ANSWER if ended.reason == "invite_timeout" else Cause.CANCELLED
        case End.REJECTED:
            return Cause.BUSY if ended.reason == "user_busy" else Cause.REJECTED
        case End.EXPIRED:
            return Cause.NO_ANSWER
        case End.ANSWERED_ELSEWHERE:
            return Cause.ANSWERED_ELSEWHERE
        case _:
            return Cause.FAILED


class MatrixClientLeg(ABC):
    """What both roles share: carrying out what the party's machine says."""

    profile = Profile.WEBRTC
    answered_on: AnsweredOn = "matrix"
    peer = None

    def __init__(self, name: str, party: CallerParty | CalleeParty, lane: Lane, post: Post) -> None:
        self.name, self._lane, self._post = name, lane, post
        self._party = party
        self.description = ""
        self.given = ""
        self._negotiation: asyncio.Future[str] | None = None
        #: Set when something has happened to the party.
        self._moved = asyncio.Event()
        #: The events with offers of the client that are not answered yet.
        self._offers: list[str] = []

    def move(self, name: str, post: Post) -> None:
        self.name, self._post = name, post

    @property
    def matrix_call(self) -> MatrixCall:
        """The call as the client at the other end knows it."""
        return MatrixCall(self._lane.room_id, self._party.call_id)

    def feed(self, sender: str, event: CallEvent, event_id: str) -> None:
        """Take an event of the call's room. Once it has been acted on, that is noted."""
        outputs = self._party.receive(sender, event, self._now())
        self._act(outputs)
        self._moved.set()
        if any(isinstance(output, Renegotiate) and output.kind == "offer" for output in outputs):
            self._offers.append(event_id)
        else:
            self._post(Handled(event_id))

    def _offers_answered(self) -> None:
        offers, self._offers = self._offers, []
        for event_id in offers:
            self._post(Handled(event_id))

    async def reoffer(self, sdp: str) -> str:
        self._negotiation = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(NEGOTIATION):
                # Sound may flow before the homeserver has passed on that the client chose us.
                await self._stands()
                self._act(self._party.negotiate("offer", sdp))
                return await self._negotiation
        except (LocalMisuse, TimeoutError) as error:
            raise ReofferRefused(str(error) or "no answer to m.call.negotiate") from error
        finally:
            self._negotiation = None

    async def _stands(self) -> None:
        """Wait until the client knows that it talks with us, or the call has ended."""
        while self._party.state.value not in {"connected", "ended"}:
            self._moved.clear()
            await self._moved.wait()

    def accept_reoffer(self, sdp: str) -> bool:
        try:
            self._act(self._party.negotiate("answer", sdp))
        except LocalMisuse as error:
            _log.info("negotiation_too_late", leg=self.name, why=str(error))
        self._offers_answered()
        return True

    def refuse_reoffer(self) -> None:
        # Matrix has no word for it: the other side's offer lapses with its lifetime.
        _log.info("negotiation_left_unanswered", leg=self.name)
        self._offers_answered()

    def get_timer(self) -> float | None:
        return self._party.get_timer()

    def handle_timer(self, now: float) -> None:
        self._act(self._party.handle_timer(now))
        self._moved.set()

    def snapshot(self) -> dict[str, Any] | None:
        if self._party.state.value == "ended" and self._lane.idle:
            return None
        return {
            "matrix": {
                "room_id": self._lane.room_id,
                "user_id": self._lane.user_id,
                "call_id": self._party.call_id,
                "party_id": self._party.party_id,
                "party": self._party.snapshot(self._now()),
                "lane": self._lane.snapshot(),
            },
            "name": self.name,
            "description": self.description,
            "given": self.given,
        }

    @property
    def idle(self) -> bool:
        return self._lane.idle

    async def said(self) -> None:
        await self._lane.drained()

    def established(self) -> None:
        """Clients see it by themselves."""
        return

    async def answers(self) -> bool | None:
        """ICE consent says it: see `MediaGateway.on_media_timeout`."""
        return True

    @abstractmethod
    def resume(self) -> None:
        """Post again what may not have been heard."""

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _act(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send(event=event):
                    self._lane.send(event)
                case Ignored(why=why):
                    _log.debug("matrix_event_ignored", leg=self.name, why=why)
                case Ended(how=End.LOCAL):
                    pass
                case Ended():
                    _log.info("matrix_leg_ended", leg=self.name, how=output.how.value, reason=output.reason)
                    self._post(Gone(self.name, cause_of(output)))
                case RemoteCandidates(candidates=candidates):
                    self._post(Trickle(self.name, candidates))
                case Renegotiate(kind=kind, sdp=sdp):
                    self._renegotiate(kind, sdp)
                case Answered() | Established():
                    self._advance(output)

    def _renegotiate(self, kind: str, sdp: str) -> None:
        if kind == "offer":
            self._post(Reoffer(self.name, sdp))
        elif self._negotiation is not None and not self._negotiation.done():
            self.description = sdp
            self._negotiation.set_result(sdp)

    @abstractmethod
    def _advance(self, output: Answered | Established) -> None:
        """The party's own progress."""


class MatrixCaller(MatrixClientLeg):
    """A Matrix client that called; we may answer as one of the callee's devices."""

    hops = 70

    def __init__(self, sdp: str, party: CalleeParty, lane: Lane, post: Post) -> None:
        super().__init__("caller", party, lane, post)
        self._callee = party
        self.offer = self.description = sdp

    @classmethod
    def restore(cls, kept: Mapping[str, Any], made: float, lane: Lane, post: Post) -> "MatrixCaller":
        """What `snapshot` was taken of, at `made` on the loop's clock. Raises `KeyError`, `TypeError`,
        `ValueError` for what is none."""
        now = asyncio.get_running_loop().time()
        party = CalleeParty.restore(kept["matrix"]["party"], made, now)
        leg = cls(str(kept["description"]), party, lane, post)
        leg.given = str(kept["given"])
        return leg

    def resume(self) -> None:
        if self._callee.state is callee.State.CONNECTED:
            self._post(Confirmed(self.name))

    @property
    def accepted(self) -> bool:
        return self._callee.state is not callee.State.RINGING

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """Matrix clients play their own ringing tone, and hear nothing before the answer."""

    def accept(self, sdp: str) -> None:
        if self._callee.state is callee.State.RINGING:
            self._act(self._callee.answer(sdp, self._now()))
        elif self._callee.state is callee.State.CONNECTED:
            self._post(Confirmed(self.name))  # by the answer of an earlier process

    def drop(self, cause: Cause) -> None:
        if self._callee.state is callee.State.RINGING:
            # js-sdk ends an outgoing call at once on a reject, but ignores a hang-up before the answer.
            self._act(self._callee.reject(TABLE[cause].text))
        else:
            self._act(self._callee.hangup(TABLE[cause].matrix))

    def _advance(self, output: Answered | Established) -> None:
        if isinstance(output, Established):
            self._post(Confirmed(self.name))


class MatrixFork(MatrixClientLeg):
    """A person whose Matrix clients we call; of those only `device`, if it is given."""

    def __init__(
        self, name: str, party: CallerParty, lane: Lane, post: Post, device: str | None = None
    ) -> None:
        super().__init__(name, party, lane, post)
        self._caller, self._device = party, device
        #: Who had the call forwarded to this person.
        self.forwarded_by: Party | None = None
        #: Where the call was answered, if not here: as `Hangup` says it.
        self.taken_on: str | None = None

    @classmethod
    def restore(
        cls, kept: Mapping[str, Any], made: float, lane: Lane, post: Post, device: str | None = None
    ) -> "MatrixFork":
        """What `snapshot` was taken of, at `made` on the loop's clock. Raises `KeyError`, `TypeError`,
        `AttributeError`, `ValueError` for what is none."""
        party = CallerParty.restore(kept["matrix"]["party"], made, asyncio.get_running_loop().time())
        leg = cls(str(kept["name"]), party, lane, post, device)
        leg.description, leg.given = str(kept["description"]), str(kept["given"])
        return leg

    def resume(self) -> None:
        if self._caller.state is caller.State.CONNECTED:
            self._post(Answers(self.name, self.description))

    @property
    def unsent(self) -> bool:
        """Whether nobody was called yet."""
        return self._caller.state is caller.State.FLEDGLING

    def invite(self, sdp: str, lifetime: float, replaces: str | None = None) -> None:
        """Call; `lifetime` in seconds, `replaces` the Matrix call whose place it takes."""
        by = self.forwarded_by
        said = self._caller.invite(
            sdp,
            lifetime,
            self._now(),
            replaces=replaces,
            device=self._device,
            forwarded_by={"name": by.name, "number": by.number} if by is not None else None,
        )
        self._act(said)

    def drop(self, cause: Cause) -> None:
        reason = TABLE[cause].matrix
        if self._caller.state is caller.State.INVITE_SENT and cause not in EARLY_WORDS:
            reason = "user_hangup"
        self._act(self._caller.hangup(reason, self.taken_on))

    def _advance(self, output: Answered | Established) -> None:
        if isinstance(output, Answered):
            self.description = output.sdp
            self._post(Answers(self.name, output.sdp))
