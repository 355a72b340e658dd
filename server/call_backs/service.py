"""Calling back when somebody is free: asked for, made when both are, and forgotten when they have talked."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol

import msgspec

from logs import log
from server.call_backs import rules
from server.call_backs.rules import CallBack, Why
from server.directory.ports import PersonByExtension, PersonByUserId
from server.directory.service import Person
from server.events.hub import Audience
from wire.commands import CallBackRequest, CommandAnswer
from wire.record import CallRecord
from wire.route import Party

_log = log.get(__name__)
#: Among so many calls of a person their latest one in vain is looked for.
_LATEST = 10
#: Times that a change is tried which somebody else's has come before.
_ATTEMPTS = 10


class CallBackStore(Protocol):
    """Each is one transaction, durable when it returns."""

    async def all(self) -> Sequence[CallBack]: ...

    async def ask(self, wanted: CallBack, most: int) -> bool:
        """Who waits for the same one already waits from now on for as long again. False beyond `most`."""

    async def begin(self, call_back_id: str, call_id: str, now: int) -> bool:
        """Its call is being made. False if it is so already, or it is asked for no more."""

    async def one(self, call_back_id: str) -> CallBack | None: ...

    async def change(self, before: CallBack, after: CallBack | None) -> bool:
        """What is otherwise in `after` is written; None: it is forgotten. False, and nothing is done, if it
        is not as `before` any more."""

    async def remove(self, call_back_id: str, asker: str | None = None) -> bool:
        """False if there is none, or it is somebody else's than `asker`'s."""


class CallingBridge(Protocol):
    async def call_back(self, request: CallBackRequest) -> CommandAnswer | None:
        """None: it does not say."""


class FreePhones(Protocol):
    """`telephony.state.PhoneState`, as it is needed here."""

    def on_the_phone(self, user_id: str) -> bool: ...

    def rings(self, user_id: str) -> bool: ...

    def knows(self, call_id: str) -> bool: ...


class LatestCalls(Protocol):
    async def of_person(self, user_id: str, before: int | None, limit: int) -> Sequence[CallRecord]:
        """The person's calls, newest first."""


class CallBackPeople(PersonByUserId, PersonByExtension, Protocol):
    """The directory, as it is needed here."""


#: What becomes of one as it is at this moment; None: it is forgotten.
Change = Callable[[CallBack], CallBack | None]


class Waiting(msgspec.Struct, frozen=True):
    """Whom I wait for, in the shape of the API. `calling`: the house rings us now."""

    id: str
    person: Party
    why: Why
    asked_at: int
    expires_at: int
    calling: bool


class CallBacks:
    """`quiet` says of a person's id that they are not to be disturbed, `elsewhere` that all of their calls go
    elsewhere, `language` in which they are spoken to; `now_ms` is the wall clock."""

    def __init__(
        self,
        store: CallBackStore,
        people: CallBackPeople,
        phones: FreePhones,
        bridge: CallingBridge,
        calls: LatestCalls,
        audience: Audience,
        *,
        quiet: Callable[[str], Awaitable[bool]],
        elsewhere: Callable[[str], Awaitable[bool]],
        language: Callable[[Person], Awaitable[Literal["it", "en"]]],
        fresh_id: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._people, self._phones, self._bridge = store, people, phones, bridge
        self._calls, self._audience, self._quiet, self._elsewhere = calls, audience, quiet, elsewhere
        self._language, self._fresh_id, self._now_ms = language, fresh_id, now_ms

    # --- what people ask for ---

    async def of(self, me: Person) -> tuple[Waiting, ...]:
        return tuple([await self._seen(one) for one in await self._store.all() if one.asker == me.user_id])

    async def ask(self, me: Person, user_id: str, why: Why) -> tuple[Waiting, ...]:
        """To be called back when this colleague is free. Raises a `CallBackRefusal`."""
        if user_id == me.user_id:
            raise rules.Oneself
        if await self._people.by_user_id(user_id) is None:
            raise rules.NobodyToCall
        wanted = rules.asked(self._fresh_id(), me.user_id, user_id, why, self._now_ms())
        if not await self._store.ask(wanted, rules.MOST):
            raise rules.TooManyCallBacks
        return await self._tell(me)

    async def ask_at(self, me: Person, extension: str | None) -> None:
        """The same by a code: of the colleague with this extension; None: of who was called in vain last."""
        called = [one for one in await self._calls.of_person(me.user_id, None, _LATEST) if _in_vain(one, me)]
        if extension is not None:
            person = await self._people.by_extension(extension)
            if person is None:
                raise rules.NobodyToCall
            mine = [one for one in called if one.callee.user_id == person.user_id]
            await self.ask(me, person.user_id, _why(mine[0]) if mine else "busy")
        elif called:
            await self.ask(me, called[0].callee.user_id or "", _why(called[0]))
        else:
            raise rules.NothingInVain

    async def cancel(self, me: Person, call_back_id: str) -> tuple[Waiting, ...]:
        """What is not asked for stays so."""
        await self._store.remove(call_back_id, me.user_id)
        return await self._tell(me)

    async def cancel_all(self, me: Person) -> None:
        for one in await self._store.all():
            if one.asker == me.user_id:
                await self._store.remove(one.id)
        await self._tell(me)

    async def gone(self, _actor: object, person: Person) -> None:
        """Somebody is disabled or removed: nobody waits for them, nor they for anybody."""
        for one in await self._store.all():
            if person.user_id in {one.asker, one.wanted}:
                await self._store.remove(one.id)
                await self._tell_id(one.asker)

    # --- when it is time ---

    async def look(self) -> None:
        """See who is free; whoever is due is called."""
        waiting = list(await self._store.all())
        if not waiting:
            return
        now = self._now_ms()
        # Whoever asks once more at this moment, or takes it back, is heard: what is not as it was read any
        # more is left for the next look.
        for one in rules.expired(waiting, now):
            if await self._store.change(one, None):
                await self._tell_id(one.asker)
        lost = rules.lost(waiting, self._phones.knows, now)
        for place, one in enumerate(waiting):
            if one in lost:
                _log.warning("call_back_lost", call_id=one.call_id)
                waiting[place] = await self._next(one, msgspec.structs.replace(one, call_id=None))
        for place, one in enumerate(waiting):
            if not one.active and self._phones.on_the_phone(one.wanted):
                waiting[place] = await self._next(one, msgspec.structs.replace(one, active=True))
        quiet = {who for one in waiting for who in (one.asker, one.wanted) if await self._is_quiet(who)}
        quiet |= {one.wanted for one in waiting if await self._is_elsewhere(one.wanted)}

        def free(user_id: str) -> bool:
            busy = self._phones.on_the_phone(user_id) or self._phones.rings(user_id)
            return not busy and user_id not in quiet

        for one in rules.due(waiting, free, now):
            await self._call(one, now)

    async def _next(self, before: CallBack, after: CallBack) -> CallBack:
        """As it is now."""
        return after if await self._store.change(before, after) else before

    async def _amend(self, call_back_id: str, change: Change) -> None:
        """Change it as it is at this moment, whoever else changes it."""
        for _ in range(_ATTEMPTS):
            one = await self._store.one(call_back_id)
            if one is None or await self._store.change(one, change(one)):
                return
        _log.warning("call_back_not_changed", call_back_id=call_back_id)

    async def _is_elsewhere(self, user_id: str) -> bool:
        person = await self._people.by_user_id(user_id)
        return person is not None and await self._elsewhere(person.id)

    async def _is_quiet(self, user_id: str) -> bool:
        person = await self._people.by_user_id(user_id)
        return person is None or await self._quiet(person.id)

    async def _call(self, one: CallBack, now: int) -> None:
        asker = await self._people.by_user_id(one.asker)
        wanted = await self._people.by_user_id(one.wanted)
        if asker is None or wanted is None:
            await self._store.remove(one.id)
            return
        call_id = self._fresh_id()
        if not await self._store.begin(one.id, call_id, now):
            return
        _log.info("calls_back", call_id=call_id, user_id=one.asker)
        request = CallBackRequest(call_id, _party(asker), _party(wanted), await self._language(asker))
        answer = await self._bridge.call_back(request)
        if answer is not None and answer.refused is not None:
            await self._amend(one.id, lambda it: rules.refused(it, call_id, now))
        await self._tell(asker)

    async def learn(self, record: CallRecord) -> None:
        """What a call means for those who wait. Told twice, it means the same."""
        if record.answered_at is None and record.ended_at is None:
            return
        inside = record.caller.user_id is not None and record.callee.user_id is not None
        waiting, now = await self._store.all() if inside else (), self._now_ms()
        for one in rules.fulfilled(waiting, record):
            await self._store.remove(one.id)
            await self._tell_id(one.asker)
        for one in waiting:
            if one.call_id == record.id and record.ended_at is not None:
                await self._amend(one.id, lambda it: rules.after(it, record, now))
                await self._tell_id(one.asker)

    # --- their pages ---

    async def _tell(self, me: Person) -> tuple[Waiting, ...]:
        waiting = await self.of(me)
        self._audience.publish("call_backs", {"call_backs": waiting}, to=me.user_id)
        return waiting

    async def _tell_id(self, user_id: str) -> None:
        person = await self._people.by_user_id(user_id)
        if person is not None:
            await self._tell(person)

    async def _seen(self, one: CallBack) -> Waiting:
        person = await self._people.by_user_id(one.wanted)
        shown = _party(person) if person is not None else Party(one.wanted)
        return Waiting(one.id, shown, one.why, one.asked_at, one.expires_at, one.call_id is not None)


def _party(person: Person) -> Party:
    return Party(person.user_id, person.name, next(iter(person.extensions), None))


def _in_vain(record: CallRecord, me: Person) -> bool:
    """A colleague was called and did not answer."""
    callee = record.callee.user_id or ""
    inside = callee not in {"", me.user_id} and not callee.startswith("@_tel_")
    reached = record.answered_at is not None and record.answered_on != "voicemail"
    return record.caller.user_id == me.user_id and inside and not reached


def _why(record: CallRecord) -> Why:
    return "busy" if record.outcome == "busy" else "no_answer"
