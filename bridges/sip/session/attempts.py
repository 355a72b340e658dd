"""An INVITE of ours on its way: challenges, further servers (RFC 3263, Section 4.3), redirections, and giving
up (RFC 3261, Sections 8.1.3, 9.1 and 22.2)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Self

from sipmessage import URI

from bridges.sip.auth import DigestClient
from bridges.sip.dialog import Dialog
from bridges.sip.machine import LocalMisuse
from bridges.sip.message import Flow, OutgoingRequest, Response
from bridges.sip.message.flow import host_port
from bridges.sip.message.grammar import parse_uri
from bridges.sip.message.reply import Header
from bridges.sip.session.events import (
    Abandon,
    Avoid,
    Ended,
    EndedBy,
    Locate,
    Output,
    Reason,
    Send,
    Transmit,
)
from bridges.sip.session.headers import SUPPORTED, allowed, reason_headers
from bridges.sip.session.requests import Result, Timed, UserAgent
from bridges.sip.session.session import Resume, Session, ignore
from bridges.sip.session.states import State, Trigger
from bridges.sip.session.timer import asking, least_interval
from bridges.sip.trunk import redirected

__all__ = ["Calling"]

#: A ringing INVITE that nobody cancels is given up after this many seconds (Timer C of a proxy).
LONGEST_RINGING = 600.0
#: Seconds after which a session that nobody refreshed is to end (RFC 4028, Section 4: the value it names).
SESSION_EXPIRES = 1_800


class Calling(Session):
    """An INVITE of ours. Nothing is sent before `start`.

    `alternatives` are further servers, tried while none has answered. `answer_within`: seconds that a server
    may stay silent (100 is an answer). `redirects`: how often the call may be sent on for the same number.
    """

    owns_call_id = True

    def __init__(
        self,
        agent: UserAgent,
        invite: OutgoingRequest,
        flow: Flow,
        *,
        symmetric: bool,
        digest: DigestClient | None = None,
        alternatives: Iterable[tuple[str, int]] = (),
        answer_within: float | None = None,
        redirects: int = 0,
        usages: Iterable[str] = (),
    ) -> None:
        super().__init__(
            agent,
            State.CALLING,
            invite.call_id,
            invite.from_.rpartition(";tag=")[2],
            flow,
            symmetric=symmetric,
            digest=digest,
            usages=usages,
        )
        self.invite = invite
        self.redirects = redirects
        self.started = False
        self._alternatives = list(alternatives)
        self._answer_within = answer_within
        self._base_headers = invite.headers
        self._timer_headers: tuple[Header, ...] = ()
        self._attempt = digest.attempt() if digest is not None else None
        self._provisional = self._rang = False
        self._cancelled: Ended | None = None
        self._cancel_reason: Reason | None = None
        self._invite_acks: dict[str, Transmit] = {}
        #: INVITEs given up for another, and whether they were cancelled: one that wakes rings nobody.
        self._late: dict[str, tuple[OutgoingRequest, bool]] = {}
        self._silence_at: float | None = None
        self._ringing_until: float | None = None
        self._cancel_unheard_at: float | None = None
        #: Whether the INVITE was repeated to where the peer may be.
        self._guessed = False

    @classmethod
    def new(
        cls,
        agent: UserAgent,
        flow: Flow,
        *,
        uri: str,
        from_: str,
        to: str,
        call_id: str,
        route: tuple[str, ...] = (),
        sdp: str | None = None,
        headers: tuple[Header, ...] = (),
        max_forwards: int = 70,
        **more: Any,
    ) -> Self:
        """A session that begins. `from_` and `to` are whole header values without tags."""
        invite = OutgoingRequest(
            method="INVITE",
            uri=uri,
            transport=flow.transport,
            sent_by=agent.sent_by(flow),
            branch=agent.new_branch(),
            from_=f"{from_};tag={agent.new_tag()}",
            to=to,
            call_id=call_id,
            cseq=1,
            route=route,
            headers=(
                ("Contact", agent.contact(flow)),
                allowed(sorted(set(more.get("usages", ())) - {"INFO"})),
                ("User-Agent", agent.product),
                SUPPORTED,
                *headers,
            ),
            body=(sdp or "").encode(),
            max_forwards=max_forwards,
        )
        session = cls(agent, invite, flow, **more)
        session._timer_headers = asking(SESSION_EXPIRES)
        session.invite = replace(invite, headers=(*invite.headers, *session._timer_headers))
        return session

    def start(self, now: float) -> list[Output]:
        """Send the INVITE; nothing if it was sent, or given up before."""
        if not self.started and not self.ended:
            self.started = True
            self._ringing_until = now + LONGEST_RINGING
            self._send_invite(now)
        return self._take()

    def _send_invite(self, now: float) -> None:
        self._silence_at = None if self._answer_within is None else now + self._answer_within
        self._provisional = self._rang = False
        self._out.append(Send(self.invite, self.flow))

    def _again(self, headers: Iterable[Header], now: float) -> None:
        """The INVITE once more, as a request of its own in the same Call-ID."""
        branch = self._agent.new_branch()
        self.invite = self.invite.again(branch, (*headers, *self._base_headers, *self._timer_headers))
        self._send_invite(now)

    # --- its answers ---

    def receive_response(self, response: Response, now: float) -> list[Output]:
        if response.cseq.method != "INVITE" or (response.branch, "INVITE") in self._pending:
            return super().receive_response(response, now)
        if response.branch == self.invite.branch:
            self._heard_over(response.flow)
            self._on_result(Result(response.status, response.phrase, response), now)
        elif response.branch in self._late:
            self._on_late(response)
        else:
            return super().receive_response(response, now)
        return self._take()

    def _lost(self, request: OutgoingRequest, result: Result, now: float) -> list[Output]:
        if request.method == "INVITE" and request.branch == self.invite.branch:
            if self._guessed:
                # It rings nevertheless.
                self._guessed, self._provisional, self._rang = False, True, True
            else:
                self._on_result(result, now)
            return self._take()
        return super()._lost(request, result, now)

    def unreachable(self, now: float) -> list[Output]:
        """Its host, or the one it was sent on to, has no address."""
        self._finish(self._cancelled or Ended(EndedBy.TRANSPORT, 503, "Host Unknown"), Trigger.GIVE_UP)
        return self._take()

    def _on_result(self, result: Result, now: float) -> None:
        """What became of the INVITE that was sent last."""
        raise NotImplementedError

    # --- the INVITE once more ---

    def _retry(self, response: Response, now: float) -> bool:
        """Answer a digest challenge (Section 22.2), or ask for a longer session (RFC 4028, Section 7.3)."""
        if self._cancelled is not None or self.ended:
            return False
        if response.status == 422:
            return self._retry_longer(response, now)
        result = Result(response.status, response.phrase, response)
        credentials = self._answer_challenge(self._attempt, result, self.invite)
        if credentials:
            self._again(credentials, now)
        return bool(credentials)

    def _retry_longer(self, response: Response, now: float) -> bool:
        least = least_interval(response)
        if least is None or len(self._timer_headers) != 1:
            return False  # it says nothing, or has been asked as it wished already
        self._timer_headers = (
            ("Session-Expires", str(max(least, SESSION_EXPIRES))),
            ("Min-SE", str(least)),
        )
        self._again(self._credentials(), now)
        return True

    def _follow_redirection(self, response: Response) -> bool:
        """Send the INVITE to where the provider says that the number is; whether there is such a place."""
        uri = redirected(response, self.invite.uri) if self.redirects else None
        if uri is None or self._cancelled is not None or self.ended:
            return False
        self.redirects -= 1
        self._out.append(Locate(uri))
        return True

    def move(self, uri: URI, servers: list[tuple[str, int]], now: float) -> list[Output]:
        """What `Locate` asked for has been found."""
        if not self.ended:
            if not servers or self._cancelled is not None:
                return self.unreachable(now)
            user = parse_uri(self.invite.uri).user or ""
            self._move_to(servers[0], f"sip:{user}@{host_port(uri.host, uri.port)}", now)
        return self._take()

    def _try_next(self, now: float) -> bool:
        """Send the INVITE to the next server (RFC 3263, Section 4.3); whether there is one."""
        if not self._alternatives or self._cancelled is not None or self.answered or self.ended:
            return False
        self._out.append(Avoid(self.flow))
        self._move_to(self._alternatives.pop(0), self.invite.uri, now)
        return True

    def _move_to(self, server: tuple[str, int], uri: str, now: float) -> None:
        self._late[self.invite.branch] = (self.invite, False)
        self.flow = Flow(self.flow.transport, *server)
        self._attempt = self._digest.attempt() if self._digest is not None else None
        self.invite = replace(self.invite, uri=uri, sent_by=self._agent.sent_by(self.flow))
        self._again((), now)

    def _on_late(self, response: Response) -> None:
        """A server that was given up wakes: it is to ring nobody."""
        invite, cancelled = self._late[response.branch]
        tag = response.to_tag or ""
        if response.status < 200:
            if not cancelled:
                self._late[response.branch] = (invite, True)
                self._out.append(Send(invite.cancel(), response.flow))
        elif response.status < 300 and tag not in self._invite_acks:
            self._hang_up_fork(Dialog.as_uac(invite, self.local_tag, response), tag, invite.cseq)
        elif response.status < 300:
            self._out.append(self._invite_acks[tag])

    def _hang_up_fork(self, dialog: Dialog, tag: str, cseq: int | None = None) -> None:
        """An answer that nobody wants any more (Section 13.2.2.4)."""
        ack = self._ack(dialog, cseq or self.invite.cseq, self._credentials())
        self._invite_acks[tag] = ack
        self._out.append(ack)
        self._request("BYE", ignore, dialog=dialog)

    def _credentials(self) -> tuple[Header, ...]:
        """An ACK repeats the INVITE's credentials (Section 22.1)."""
        names = {"authorization", "proxy-authorization"}
        return tuple(header for header in self.invite.headers if header[0].lower() in names)

    # --- giving up ---

    def cancel(self, now: float, reason: Reason | None = None) -> list[Output]:
        """CANCEL, once there is a provisional answer. Raises `LocalMisuse` after the answer."""
        if self.answered:
            raise LocalMisuse("already answered: bye")
        if not self.ended and self._cancelled is None:
            self._give_up(Ended(EndedBy.LOCAL, 487, "Request Terminated"), reason, now)
        return self._take()

    def bye(self, now: float, reason: Reason | None = None) -> list[Output]:
        if not self.answered:
            return self.cancel(now, reason)
        self._hang_up(Ended(EndedBy.LOCAL), reason)
        return self._take()

    def abort(self, now: float) -> list[Output]:
        """End it now, whatever it waits for."""
        self._hang_up(Ended(EndedBy.LOCAL), None)
        return self._take()

    def _give_up(self, ended: Ended, reason: Reason | None, now: float) -> None:
        self._cancelled, self._cancel_reason = ended, reason
        if not self.started:
            self._finish(ended, Trigger.GIVE_UP)
        elif self._provisional:
            self._send_cancel(now)

    def _send_cancel(self, now: float) -> None:
        """Only after a provisional answer (RFC 3261, Section 9.1); then the peer has 64*T1 to react."""
        home = self.flow if self.symmetric else None
        self._find_way()
        self._out.append(Send(self.invite.cancel(reason_headers(self._cancel_reason)), self.flow, home))
        self._cancel_unheard_at = now + self._agent.values.timeout

    def _cancel_unheard(self, now: float) -> None:
        self._cancel_unheard_at = None
        self._out.append(Abandon(self.invite))
        if self._cancelled is not None:
            self._finish(self._cancelled, Trigger.GIVE_UP)

    def _rang_too_long(self, now: float) -> None:
        self._ringing_until = None
        if not self.answered and self._cancelled is None:
            self._give_up(Ended(EndedBy.TIMEOUT, 408, "Request Timeout"), None, now)

    def _nobody_there(self, now: float) -> None:
        """The user tries another way; should the next hop wake up late, it is cancelled or hung up."""
        self._silence_at = None
        if self._try_next(now):
            return
        if self._cancelled is None:
            self._cancelled = Ended(EndedBy.TIMEOUT, 408, "Request Timeout")
        self._finish(self._cancelled, Trigger.GIVE_UP)

    def _finish(self, ended: Ended, trigger: Trigger) -> None:
        self._silence_at = self._ringing_until = None
        super()._finish(ended, trigger)

    def _timers(self) -> Iterator[Timed]:
        yield from super()._timers()
        for due, action in (
            (self._silence_at, self._nobody_there),
            (self._ringing_until, self._rang_too_long),
            (self._cancel_unheard_at, self._cancel_unheard),
        ):
            if due is not None:
                yield due, action

    # --- over a restart ---

    def snapshot(self, now: float) -> dict[str, Any]:
        content = super().snapshot(now)
        content |= {
            "invite": self.invite.snapshot(),
            "invite_acks": {tag: ack.snapshot() for tag, ack in self._invite_acks.items()},
        }
        if not self.answered:
            content |= {
                "base_headers": [list(header) for header in self._base_headers],
                "timer_headers": [list(header) for header in self._timer_headers],
                "cancelled": self._cancelled is not None,
                "alternatives": [list(each) for each in self._alternatives],
                "redirects": self.redirects,
                "ringing": None if self._ringing_until is None else self._ringing_until - now,
            }
        return content

    def _adopt(self, snapshot: Mapping[str, Any], made: float, now: float, resume: Resume) -> None:
        super()._adopt(snapshot, made, now, resume)
        self.started = True
        self._invite_acks = {tag: Transmit.restore(ack) for tag, ack in snapshot["invite_acks"].items()}
        if self.answered:
            return
        self._base_headers = tuple((str(name), str(value)) for name, value in snapshot["base_headers"])
        self._timer_headers = tuple((str(name), str(value)) for name, value in snapshot["timer_headers"])
        self._alternatives = [(str(host), int(port)) for host, port in snapshot["alternatives"]]
        self.redirects = int(snapshot["redirects"])
        ringing = snapshot["ringing"]
        self._ringing_until = now + LONGEST_RINGING if ringing is None else made + float(ringing)
        if snapshot["cancelled"]:
            self._cancelled = Ended(EndedBy.LOCAL, 487, "Request Terminated")

    def resume(self, now: float) -> list[Output]:
        """An INVITE without a final answer is repeated as if its answers had been lost (Section 17.1.1.2):
        the peer repeats its last one, and what follows goes the usual way. A phone that is to be reached over
        its own connection is waited for: it has to open another one."""
        if not self.answered and not self.ended:
            before = self.flow
            if self._find_way():
                self._guessed = self.flow != before and not self._agent.connected(self.flow)
                self._send_invite(now)
                # It has rung: it can be cancelled (Section 9.1) before it says so again.
                self._provisional = self._guessed and self.dialog is not None
            else:
                self._provisional = self._rang = True
        return super().resume(now)

    def _find_way(self) -> bool:
        """Whether the peer is reached where it was, or in another way."""
        before = self.flow
        if not (self.symmetric and before.transport.reliable) or self._agent.connected(before):
            return True
        self.flow = self._agent.way_to(self.invite.uri, before)
        return self.flow != before
