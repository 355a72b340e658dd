"""Recordings: taken from the bridge, listed, heard and deleted by whoever may; rules and what was chosen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from logs import log
from server.audit.service import Audit
from server.directory.access import Actor
from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.events.hub import Audience
from server.recordings import rules
from server.recordings.rules import (
    Announced,
    Days,
    Language,
    MayNotDelete,
    MayNotHear,
    OnDemand,
    Recording,
    Rule,
    Settings,
    UnknownRecording,
    UnknownSubject,
)
from wire.recording import Announcement, Note, Terms, TermsAsked
from wire.route import Party

_log = log.get(__name__)

#: Recordings of one page.
PAGE = 50
#: Milliseconds after which hearing on is hearing again: players ask for a file piece by piece.
HEARD_AGAIN = 60_000
#: Listeners that are remembered.
_LISTENERS = 10_000
#: What nobody has finished after so many milliseconds never will be.
_UNFINISHED = 7 * 86_400_000


class RecordingStore(Protocol):
    async def add(self, recording: Recording) -> bool:
        """Keep it, durably; whether it was not there yet."""

    async def page(self, user_id: str | None, before: int | None, limit: int) -> Sequence[Recording]:
        """Those that somebody is in (None: all) and that began before, the newest first: at least `limit` if
        there are as many, more when several began in the same millisecond as the last."""

    async def one(self, recording_id: str) -> Recording | None: ...

    async def of_calls(self, call_ids: Sequence[str]) -> Sequence[Recording]: ...

    async def remove(self, recording_id: str) -> bool: ...

    async def ended_before(self, moment: int) -> Sequence[str]:
        """Ids of some."""

    async def known(self, recording_ids: Sequence[str]) -> set[str]: ...

    async def rules(self) -> Sequence[Rule]: ...

    async def add_rule(self, rule: Rule, most: int) -> bool:
        """Whether it was not there. Raises `TooManyRules`."""

    async def remove_rule(self, rule: Rule) -> bool: ...

    async def settings(self) -> Settings: ...

    async def set(self, settings: Settings) -> None: ...


class RecordingSounds(Protocol):
    """See `sounds.RecordingFiles`."""

    async def put(self, recording_id: str, number: int, part: bytes) -> None: ...

    async def size(self, recording_id: str) -> int: ...

    async def read(self, recording_id: str, start: int, end: int) -> bytes: ...

    async def drop(self, recording_id: str) -> None: ...

    async def kept_before(self, moment: int) -> Sequence[str]: ...


class Subjects(Protocol):
    """What rules can be about, besides people."""

    async def name_of(self, rule: Rule) -> str | None:
        """None: there is no such ring group or line."""


class NamesOfNumbers(Protocol):
    async def names_for(self, user_id: str | None, numbers: Sequence[str]) -> Mapping[str, str]:
        """What numbers are called on the display of `user_id`; unknown ones are left out."""


class Announcements(Protocol):
    """See `announcing.AnnouncementMaker`: Ogg Opus, and its seconds."""

    async def of_text(self, text: str, language: Language) -> tuple[bytes, float]: ...

    async def of_file(self, content: bytes) -> tuple[bytes, float]: ...


class SpokenFiles(Protocol):
    """See `server.sounds.files.SoundFiles`."""

    async def put(self, message_id: str, sound: bytes) -> None: ...

    async def get(self, message_id: str) -> bytes: ...

    async def drop(self, message_id: str) -> None: ...


class Listed(msgspec.Struct):
    """A recording as its reader sees it."""

    recording: Recording
    may_delete: bool


class Changes(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be chosen; None stays as it is."""

    on_demand: OnDemand | None = None
    people_hear: bool | None = None
    people_delete: bool | None = None
    days: Days | None = None


class Recordings:
    """`now_ms` is the wall clock."""

    def __init__(
        self,
        store: RecordingStore,
        sounds: RecordingSounds,
        people: PersonByUserId,
        subjects: Subjects,
        names: NamesOfNumbers,
        audit: Audit,
        audience: Audience,
        now_ms: Callable[[], int],
        announcements: Announcements,
        spoken: SpokenFiles,
        fresh_id: Callable[[], str],
    ) -> None:
        self._announcements, self._spoken, self._fresh_id = announcements, spoken, fresh_id
        self._store, self._sounds, self._people = store, sounds, people
        self._subjects, self._names = subjects, names
        self._audit, self._audience, self._now_ms = audit, audience, now_ms
        #: When somebody heard a piece of a recording last.
        self._heard: dict[tuple[str, str], int] = {}

    # --- what the bridge asks and brings ---

    async def terms(self, asked: TermsAsked) -> Terms:
        """What holds for a call."""
        settings, ruled = await self._store.settings(), await self._store.rules()
        announcements = {
            language: Announcement(sound.id, sound.seconds)
            for language, sound in settings.announcements.items()
        }
        return Terms(rules.is_ruled(ruled, asked), rules.may_want(settings, asked), announcements)

    async def take_part(self, recording_id: str, number: int, part: bytes) -> None:
        """A piece of the sound. Raises OSError."""
        await self._sounds.put(recording_id, number, part)

    async def take(self, note: Note) -> None:
        """All of it is there. Idempotent. Raises OSError, `UnknownRecording` where sound is missing."""
        if await self._sounds.size(note.id) < note.size:
            raise UnknownRecording
        recording = rules.kept(note)
        if await self._store.add(recording):
            _log.info("recording_kept", id=note.id, call_id=note.call_id, seconds=note.size // 16_000)
            await self._tell(recording)

    # --- for whoever may ---

    async def may(self, me: Person) -> tuple[bool, bool]:
        """Whether I may have my calls recorded, and hear what was."""
        settings = await self._store.settings()
        return settings.on_demand == "everybody", settings.people_hear

    async def may_record(self) -> bool:
        """Whether people may have their calls recorded."""
        return (await self._store.settings()).on_demand == "everybody"

    async def page(
        self, me: Person, *, everybody: bool, before: int | None
    ) -> tuple[Sequence[Listed], int | None]:
        """Recordings of my calls, or, for an administrator, of everybody's; and what to ask `before` for the
        next page. Raises `MayNotHear`."""
        settings, administrator = await self._store.settings(), me.role == "administrator"
        if everybody and not administrator:
            raise MayNotHear
        if not everybody and not settings.people_hear and not administrator:
            return [], None
        found = await self._store.page(None if everybody else me.user_id, before, PAGE)
        listed = [await self._listed(me, one, settings) for one in found]
        return listed, found[-1].started_at if len(found) >= PAGE else None

    async def of_calls(self, me: Person, call_ids: Sequence[str]) -> Mapping[str, list[str]]:
        """The ids of those recordings of these calls that I may hear, by call."""
        settings, found = await self._store.settings(), dict[str, list[str]]()
        for one in await self._store.of_calls(call_ids):
            if rules.may_hear(settings, one, me.user_id, administrator=me.role == "administrator"):
                found.setdefault(one.call_id, []).append(one.id)
        return found

    async def one(self, me: Person, recording_id: str) -> Recording:
        """Raises `UnknownRecording`, also where I may not know of it."""
        found = await self._store.one(recording_id)
        settings, administrator = await self._store.settings(), me.role == "administrator"
        if found is None or not rules.may_hear(settings, found, me.user_id, administrator=administrator):
            raise UnknownRecording
        return found

    async def hear(self, me: Person, recording_id: str, address: str) -> Recording:
        """I listen to it, which is noted once for each time, not for each piece. Raises as `one`."""
        recording = await self.one(me, recording_id)
        key, now = (me.user_id, recording_id), self._now_ms()
        last = self._heard.pop(key, None)
        if last is None or now - last > HEARD_AGAIN:
            await self._note("recording.heard", me, recording, address)
        while len(self._heard) >= _LISTENERS:
            del self._heard[next(iter(self._heard))]
        self._heard[key] = now
        return recording

    async def download(self, me: Person, recording_id: str, address: str) -> Recording:
        """I keep a file of it. Raises as `one`."""
        recording = await self.one(me, recording_id)
        await self._note("recording.downloaded", me, recording, address)
        return recording

    async def sound(self, recording: Recording, start: int, end: int) -> bytes:
        """G.711 mu-law, two channels. Raises OSError, `sealing.BrokenSeal`."""
        return await self._sounds.read(recording.id, start, end)

    async def delete(self, me: Person, recording_id: str, address: str) -> None:
        """Raises as `one`, and `MayNotDelete`."""
        recording, settings = await self.one(me, recording_id), await self._store.settings()
        administrator = me.role == "administrator"
        if not rules.may_delete(settings, recording, me.user_id, administrator=administrator):
            raise MayNotDelete
        await self._note("recording.deleted", me, recording, address)
        await self._store.remove(recording_id)
        await self._sounds.drop(recording_id)
        await self._tell(recording)

    # --- for administrators ---

    async def settings(self) -> Settings:
        return await self._store.settings()

    async def choose(self, actor: Actor, changes: Changes) -> Settings:
        """From now on."""
        before = await self._store.settings()
        chosen = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not None}
        settings = msgspec.structs.replace(before, **chosen)
        await self._store.set(settings)
        about = {name: str(value) for name, value in chosen.items()}
        await self._audit.record("recording.settings", actor=actor.name, address=actor.address, details=about)
        return settings

    async def announce(self, actor: Actor, language: Language, text: str) -> Settings:
        """Have these words said before recordings in that language; "": our own again. Raises what
        `Announcements.of_text` does."""
        made = await self._announcements.of_text(text, language) if text.strip() else None
        return await self._announced(actor, language, made, text.strip())

    async def announce_by(self, actor: Actor, language: Language, content: bytes) -> Settings:
        """Have this file played before recordings in that language. Raises what `Announcements.of_file`
        does."""
        return await self._announced(actor, language, await self._announcements.of_file(content), "")

    async def announcement(self, sound_id: str) -> bytes:
        """Ogg Opus. Raises `UnknownRecording`, OSError, `sealing.BrokenSeal`."""
        known = (await self._store.settings()).announcements.values()
        if all(one.id != sound_id for one in known):
            raise UnknownRecording
        return await self._spoken.get(sound_id)

    async def _announced(
        self, actor: Actor, language: Language, made: tuple[bytes, float] | None, text: str
    ) -> Settings:
        before = await self._store.settings()
        announcements = {name: one for name, one in before.announcements.items() if name != language}
        if made is not None:
            sound, seconds = made
            announced = Announced(self._fresh_id(), seconds, text)
            # The file first: nobody is to be told nothing.
            await self._spoken.put(announced.id, sound)
            announcements[language] = announced
        settings = msgspec.structs.replace(before, announcements=announcements)
        await self._store.set(settings)
        about = {"announcement": language, "text": text}
        await self._audit.record("recording.settings", actor=actor.name, address=actor.address, details=about)
        if (old := before.announcements.get(language)) is not None:
            await self._spoken.drop(old.id)
        return settings

    async def rules(self) -> list[tuple[Rule, str]]:
        """All of them, with the names of what they are about; "" where that is gone."""
        return [(rule, await self._name(rule) or "") for rule in await self._store.rules()]

    async def add_rule(self, actor: Actor, rule: Rule) -> None:
        """Calls of it are recorded from now on. Raises `UnknownSubject`, `TooManyRules`."""
        if await self._name(rule) is None:
            raise UnknownSubject
        if await self._store.add_rule(rule, rules.RULES_MOST):
            await self._ruled("recording.rule_added", actor, rule)

    async def remove_rule(self, actor: Actor, rule: Rule) -> None:
        """Raises `UnknownSubject`."""
        if not await self._store.remove_rule(rule):
            raise UnknownSubject
        await self._ruled("recording.rule_removed", actor, rule)

    async def removed(self, actor: Actor, person: Person) -> None:
        """A rule about somebody who was removed goes with them. Who is disabled has no calls; if they come
        back it holds, as whoever made it meant them."""
        rule = Rule("person", person.user_id)
        if await self._store.remove_rule(rule):
            await self._ruled("recording.rule_removed", actor, rule)

    # --- what goes by itself ---

    async def purge(self) -> None:
        """Forget what is too old, and sound that belongs to nothing."""
        now, settings = self._now_ms(), await self._store.settings()
        old = await self._store.ended_before(settings.oldest(now))
        for recording_id in old:
            await self._store.remove(recording_id)
            await self._sounds.drop(recording_id)
        files = await self._sounds.kept_before(now - _UNFINISHED)
        for recording_id in set(files) - await self._store.known(files):
            await self._sounds.drop(recording_id)
        if old:
            _log.info("recordings_forgotten", recordings=len(old))

    # --- inside ---

    async def _name(self, rule: Rule) -> str | None:
        if rule.kind == "person":
            person = await self._people.by_user_id(rule.subject)
            return person.name if person is not None else None
        return await self._subjects.name_of(rule)

    async def _ruled(self, action: str, actor: Actor, rule: Rule) -> None:
        about = {"kind": rule.kind}
        await self._audit.record(
            action, actor=actor.name, address=actor.address, subject=rule.subject, details=about
        )

    async def _note(self, action: str, me: Person, recording: Recording, address: str) -> None:
        """In the audit log: before it is done."""
        about = {
            "call": recording.call_id,
            "caller": recording.caller.user_id or recording.caller.number or "",
            "callee": recording.callee.user_id or recording.callee.number or "",
        }
        if recording.title is not None:
            about = {"meeting": recording.call_id, "title": recording.title}
        await self._audit.record(
            action, actor=me.user_id, address=address, subject=recording.id, details=about
        )

    async def _listed(self, me: Person, recording: Recording, settings: Settings) -> Listed:
        administrator = me.role == "administrator"
        may = rules.may_delete(settings, recording, me.user_id, administrator=administrator)
        parties = (recording.caller, recording.callee, *recording.others)
        outside = [one.number for one in parties if _unnamed(one)]
        numbers = [number for number in outside if number is not None]
        names = await self._names.names_for(me.user_id, numbers) if numbers else {}
        hidden = recording.withheld and recording.caller.user_id != me.user_id
        caller = Party() if hidden else _named(recording.caller, names)
        shown = msgspec.structs.replace(
            recording,
            caller=caller,
            callee=_named(recording.callee, names),
            others=tuple(_named(one, names) for one in recording.others),
        )
        return Listed(shown, may)

    async def _tell(self, recording: Recording) -> None:
        """Pages that show recordings are to ask once more."""
        for user_id in recording.people:
            self._audience.publish("recordings", {"changed": True}, to=user_id)


def _unnamed(party: Party) -> bool:
    return not rules.people_of(party) and party.number is not None


def _named(party: Party, names: Mapping[str, str]) -> Party:
    if not _unnamed(party) or party.number is None:
        return party
    return Party(party.user_id, names.get(party.number, ""), party.number)
