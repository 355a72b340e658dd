"""What a transfer asks the web, and the record of the call that comes of it. Pure."""

from dataclasses import dataclass

from msgspec import structs

from bridges.sip.b2bua.identity import shown_to_all
from wire.record import CALL_BACK, CallRecord, Transfer
from wire.route import FORWARDS_MAX, QUEUE_CALLER, QUEUE_ELSEWHERE, QUEUE_WAYS, Forwarded, Party, RouteRequest


def talks_since(record: CallRecord, party: Party) -> int | None:
    """Since when somebody of the house talks in this call or in those that it followed; None: they are not in
    it, or nobody has answered."""
    sides = ((record.caller, record.caller_since), (record.callee, record.callee_since))
    for known, since in sides if party.user_id is not None else ():
        if known.user_id == party.user_id:
            return since or record.answered_at
    return None


def go_on_counting(record: CallRecord, before: CallRecord) -> None:
    """Who was in the call before, and is in this one that follows, has talked since then."""
    record.caller_since = record.caller_since or talks_since(before, record.caller)
    record.callee_since = record.callee_since or talks_since(before, record.callee)


@dataclass(frozen=True, slots=True)
class Handover:
    """`by` gives `staying` to whoever is reached by `to`. `before` is the record of their call; `via` the way
    by which `staying` is in it. `by_caller`: it was the one who began that call. `device`: as `TransferAsked`
    has it. `by_menu`: an attendant does so, by what its caller chose."""

    before: CallRecord
    to: str
    via: str
    by_caller: bool
    device: str | None = None
    by_menu: bool = False

    @property
    def by(self) -> Party:
        """Who transfers, and pays."""
        return self.before.caller if self.by_caller else self.before.callee

    @property
    def staying(self) -> Party:
        """Who is transferred, as others than who transfers may know them."""
        return shown_to_all(self.before.callee if self.by_caller else self.before.caller)

    def record(self, call_id: str, now_ms: int) -> CallRecord:
        """Of the call that is to be: the one who stays is its caller, in whose name ever they call."""
        if self.before.via == CALL_BACK:
            return self._called_back(call_id, now_ms)
        return CallRecord(
            id=call_id,
            via=self.via,
            dialled=self.to,
            started_at=now_ms,
            caller=self.staying,
            callee=Party(number=self.to),
            withheld=self.before.withheld and not self.by_caller,
            transfer=Transfer(by=self.by, previous=self.before.id, conversation=self.before.conversation),
            on_behalf_of=None if self.by_caller else self.before.on_behalf_of,
        )

    def _called_back(self, call_id: str, now_ms: int) -> CallRecord:
        """The call that they had wanted to make: nobody gives it to them."""
        return CallRecord(
            id=call_id,
            via=self.via,
            dialled=self.by.number or "",
            started_at=now_ms,
            caller=self.staying,
            callee=self.by,
            transfer=Transfer(previous=self.before.id, conversation=self.before.conversation),
        )

    def joined(self, call_id: str, now_ms: int, party: Party, second: CallRecord) -> CallRecord:
        """The same where that is `party`, with whom `by` has talked in a `second` call."""
        record = self.record(call_id, now_ms)
        transfer = structs.replace(record.transfer, joined=second.id)
        since = talks_since(second, party)
        return structs.replace(
            record, callee=party, dialled=second.dialled, transfer=transfer, callee_since=since
        )

    @property
    def _queue(self) -> str | None:
        """The record of the wait in a queue that gives somebody on."""
        if self.to == QUEUE_CALLER:
            return self.before.transfer.previous
        return self.before.id if self.to in QUEUE_WAYS else None

    @property
    def _came_by(self) -> tuple[Forwarded, ...]:
        """By whom the call came to an attendant or a queue: whoever chooses nothing is not sent round."""
        came = self.before.forwarded
        if self.to == QUEUE_ELSEWHERE:
            return (*came, Forwarded(self.by, "no_answer"))[-FORWARDS_MAX:]
        return came if self.by_menu else ()

    def request(self, record: CallRecord, registered: tuple[str, ...]) -> RouteRequest:
        """Who is to ring: what `by` may call, showing who stays."""
        return RouteRequest(
            call_id=record.id,
            caller=self.by,
            dialled=self.to,
            via="sip",
            registered=registered,
            withheld=record.withheld,
            transferred=self.staying,
            device=self.device,
            queue=self._queue,
            by_menu=self.by_menu,
            forwarded=self._came_by,
        )
