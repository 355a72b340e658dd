"""How everybody is, told to whoever looks: pages, other Matrix clients, desk phones.

Level-triggered: `look` compares how everybody is with what was told, so that nothing that was missed stays.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from server.directory.ports import Everyone
from server.directory.service import Person
from server.events.hub import Audience
from server.homeserver.client import PresenceState
from server.presence.rules import BUSY_IN_MATRIX, Sources, state_of
from server.telephony.on_the_phone import SavedPresence
from server.telephony.state import PhoneState
from wire.presence import PersonPresence, State

#: Looks in a row without the telephone service after which what it said last counts no more.
AWAY_LOOKS = 10
#: Characters of what people say that desk phones are told.
NOTE_MAX = 200


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody's Matrix clients say."""

    state: PresenceState = "offline"
    note: str = ""


NOTHING_SAID = Said()

#: Has the telephone service show this; whether it has heard it.
TellPhones = Callable[[Mapping[str, PersonPresence]], Awaitable[bool]]


class Presences:
    """`phones` is what the telephone service said last. The sets are kept by whoever knows: `silent` and
    `appointments` by person id, `in_meetings` and `hidden` by user id."""

    def __init__(self, phones: PhoneState, audience: Audience) -> None:
        self._phones, self._audience = phones, audience
        self._said_by_clients: dict[str, Said] | None = None
        self.silent: frozenset[str] = frozenset()
        self.appointments: frozenset[str] = frozenset()
        self.in_meetings: frozenset[str] = frozenset()
        self.hidden: frozenset[str] = frozenset()
        #: Who is busy in Matrix by us alone, with what they said themselves.
        self._made_busy: dict[str, Said] = {}
        self._made_online: frozenset[str] = frozenset()
        self._everybody: list[Person] = []
        self._away = 0
        self._told: dict[str, dict[str, object]] = {}
        #: What desk phones were not told yet.
        self._phones_untold: dict[str, PersonPresence] = {}
        self._phones_told: dict[str, PersonPresence] = {}
        #: Whether that is under way: what is newer is not to arrive before what is older.
        self._telling = False

    # What is known

    def state(self, person: Person) -> State:
        """How somebody is now."""
        return state_of(self._sources(person))

    def beside_calls(self, person: Person) -> PersonPresence:
        """The same beside their calls, with what they say."""
        sources = replace(self._sources(person), calls=(), in_call=False)
        return PersonPresence(state_of(sources), self._said(person.user_id).note[:NOTE_MAX])

    def _sources(self, person: Person) -> Sources:
        user_id, counts = person.user_id, self._away < AWAY_LOOKS
        return Sources(
            calls=self._phones.live_calls(user_id) if counts else (),
            in_call=counts and self._phones.on_the_phone(user_id),
            desk_phone=counts and self._phones.desk_phone(person.extensions),
            do_not_disturb=person.id in self.silent,
            in_meeting=user_id in self.in_meetings,
            appointment=person.id in self.appointments,
            chosen=self._said(user_id).state,
            hidden=user_id in self.hidden,
        )

    def _said(self, user_id: str) -> Said:
        if user_id in self._made_online:
            return NOTHING_SAID
        said = self._said_by_clients or {}
        return self._made_busy.get(user_id) or said.get(user_id, NOTHING_SAID)

    def clients_say(self, said: Mapping[str, Said], *, whole: bool = False) -> None:
        """These do; `whole`: all others say nothing."""
        self._said_by_clients = {**({} if whole else self._said_by_clients or {}), **said}

    # What follows

    def telephones(self, *, there: bool) -> None:
        """Whether the telephone service answers, at each look."""
        self._away = 0 if there else self._away + 1

    def tell(self, people: Iterable[Person]) -> None:
        """Let the pages know how these are, if that has changed."""
        changed = []
        for person in people:
            shown = self._view(person)
            if self._told.get(person.user_id) != shown:
                self._told[person.user_id] = shown
                changed.append(shown)
            presence = self.beside_calls(person)
            if self._phones_told.get(person.user_id) != presence:
                self._phones_told[person.user_id] = self._phones_untold[person.user_id] = presence
        if changed:
            self._audience.publish("people", {"people": changed})

    def _view(self, person: Person) -> dict[str, object]:
        return {
            "user_id": person.user_id,
            "on_the_phone": self._phones.on_the_phone(person.user_id),
            "desk_phone": self._phones.desk_phone(person.extensions),
            "state": self.state(person),
        }

    async def look(self, people: Everyone) -> None:
        """Compare how everybody is with what was told."""
        self._everybody = everybody = list(await people.everyone())
        self.tell(everybody)
        here = {person.user_id for person in everybody}
        for gone in self._told.keys() - here:
            self._told.pop(gone)
            self._phones_told.pop(gone, None)
            # Lamps of theirs are not to burn for ever.
            self._phones_untold[gone] = PersonPresence("offline")

    async def tell_phones(self, tell: TellPhones) -> None:
        """What they have not heard is told again the next time; what changes meanwhile, right after."""
        if self._telling:
            return
        self._telling = True
        try:
            while waiting := self._phones_untold:
                self._phones_untold = {}
                if not await tell(waiting):
                    self._phones_untold = waiting | self._phones_untold
                    break
        finally:
            self._telling = False

    def all_shown(self) -> dict[str, PersonPresence]:
        """For a telephone service that has just started."""
        return {person.user_id: self.beside_calls(person) for person in self._everybody}

    # `telephony.on_the_phone.Shown`

    def busy(self) -> set[str]:
        """Whom other Matrix clients are to see busy."""
        return {person.user_id for person in self._everybody if self.state(person) in BUSY_IN_MATRIX}

    def there_by_phone(self) -> set[str]:
        """Who is there by a desk phone alone; nobody while it is not known what clients say."""
        if self._said_by_clients is None:
            return set()
        return {
            person.user_id
            for person in self._everybody
            if self._said(person.user_id).state == "offline" and self.state(person) == "available"
        }

    def made_online(self, user_ids: Collection[str]) -> None:
        self._made_online = frozenset(user_ids)

    def made_busy(self, saved: Mapping[str, SavedPresence]) -> None:
        self._made_busy = {user_id: Said(one.state, one.status or "") for user_id, one in saved.items()}

    def restored(self, user_id: str, before: SavedPresence) -> None:
        # Matrix says so in a moment; until then it would look busy.
        self._made_busy.pop(user_id, None)
        self.clients_say({user_id: Said(before.state, before.status or "")})
