"""A call from outside is answered with a text message."""

from collections.abc import Callable
from typing import Protocol

from logs import log
from server.directory.service import Person
from server.notifications.service import DeliveryFailed, SmsCarrier
from server.numbers import numbers
from server.telephony.records import seen_by
from server.telephony.refusals import CallNotFound, NotATextNumber, TextNotSent, TooManyCommands
from wire.record import CallRecord
from wire.route import GHOST_PREFIX, Party
from wire.state import LiveCall

_log = log.get(__name__)
#: Characters of an own text, and of the whole message: two parts of a message in the alphabet of GSM.
TEXT_MAX, MESSAGE_MAX = 200, 306
#: Milliseconds after it began in which a call may still be answered so: it is declined at the same moment.
AFTER = 180_000


class OneRecord(Protocol):
    async def one(self, call_id: str) -> CallRecord | None:
        """The record of the call with this id."""


class Replies:
    """`carrier` None: the house sends no text messages. `live` are the calls of a user id, `pace` says
    whether that user may send one more now; `now_ms` is the wall clock."""

    def __init__(
        self,
        carrier: SmsCarrier | None,
        records: OneRecord,
        live: Callable[[str], tuple[LiveCall, ...]],
        pace: Callable[[str], bool],
        organisation: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._carrier, self._records, self._live = carrier, records, live
        self._pace, self._organisation, self._now_ms = pace, organisation, now_ms

    async def possible(self, me: Person, call_id: str) -> bool:
        """Whether who calls me with this call can be sent a text message. Raises CallNotFound."""
        return self._number(await self._caller(me, call_id)) is not None

    async def send(self, me: Person, call_id: str, text: str) -> None:
        """The message has gone out. Raises a `TelephonyError`."""
        number = self._number(await self._caller(me, call_id))
        if number is None or self._carrier is None:
            raise NotATextNumber
        if not self._pace(me.user_id):
            raise TooManyCommands
        try:
            await self._carrier.deliver(number, message(text, me.name, self._organisation))
        except DeliveryFailed as error:
            _log.warning("reply_not_sent", call_id=call_id, why=str(error))
            raise TextNotSent from error
        _log.info("reply_sent", call_id=call_id, user_id=me.user_id)

    async def _caller(self, me: Person, call_id: str) -> Party:
        """Who calls, as long as I have not answered."""
        for call in self._live(me.user_id):
            if call.call_id == call_id and call.state == "ringing" and call.direction == "inbound":
                return call.peer
        record = await self._records.one(call_id)
        if record is not None and record.callee.user_id == me.user_id:
            seen = seen_by(record, me.user_id)
            fresh = self._now_ms() < record.started_at + AFTER
            if fresh and seen.direction == "inbound" and seen.answered_at is None:
                return seen.peer
        raise CallNotFound

    def _number(self, caller: Party) -> str | None:
        number = caller.number if caller.user_id is None or ghost(caller.user_id) else None
        return number if self._carrier is not None and number and numbers.takes_texts(number) else None


def ghost(user_id: str) -> bool:
    """Whether it stands for a number outside."""
    return user_id.startswith(GHOST_PREFIX)


def message(text: str, name: str, organisation: str) -> str:
    """What is sent: the text, and who says so; the number that it comes from says nothing of that."""
    signed = f"\n{name}, {organisation}"
    tidy = " ".join(text.split())[:TEXT_MAX]
    return f"{tidy[: MESSAGE_MAX - len(signed)]}{signed[:MESSAGE_MAX]}"
