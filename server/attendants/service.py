"""Attendants as administrators build them, and what they say."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from server.attendants import rules
from server.attendants.rules import Action, Attendant, Language, Menu, Prompt
from server.audit.service import Audit
from server.directory import rules as directory_rules
from server.directory.access import Actor
from server.directory.ports import Everyone, PersonByUserId
from server.forwarding.rules import ToColleague, ToNumber
from server.groups.rules import ToAttendant, ToGroup, ToMailbox
from server.groups.service import GroupReader
from server.hours.rules import UnknownHours
from server.hours.service import HoursReader
from server.numbers import numbers
from server.sounds.ports import Sounds
from wire.attendant import NAMES_READ, Named
from wire.voicemail import RATE, KeptSound

#: Milliseconds for which a sound is kept that no attendant plays yet, or any more.
UNSAVED = 3_600_000


class AttendantReader(Protocol):
    async def attendants(self) -> Sequence[Attendant]:
        """All of them, by name."""


class AttendantStore(AttendantReader, Protocol):
    """Each is one transaction; raises `ExtensionTaken`, `NumberTaken`, whoever else has it."""

    async def add(self, attendant: Attendant, most: int) -> None:
        """Raises `TooManyAttendants` beyond `most`."""

    async def replace(self, attendant: Attendant) -> bool:
        """False if there is none with this id."""

    async def remove(self, attendant_id: str) -> bool: ...


class Voice(Protocol):
    async def speak(self, text: str, language: Language) -> bytes:
        """G.711 mu-law. Raises a `Refusal`."""


class House(PersonByUserId, Everyone, Protocol):
    """The directory."""


class Attendants:
    """`decode` makes G.711 mu-law of a file of any kind that people have, and raises a `Refusal`; `region` is
    where numbers are read; `dial_in` is the meetings' extension; `now_ms` is the wall clock."""

    def __init__(
        self,
        store: AttendantStore,
        house: House,
        groups: GroupReader,
        hours: HoursReader,
        sounds: Sounds,
        voice: Voice,
        decode: Callable[[bytes], Awaitable[bytes]],
        audit: Audit,
        *,
        region: str,
        dial_in: str,
        fresh_id: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._store, self._house, self._groups, self._hours = store, house, groups, hours
        self._sounds, self._voice, self._decode, self._audit = sounds, voice, decode, audit
        self._region, self._dial_in = region, dial_in
        self._fresh_id, self._now_ms = fresh_id, now_ms
        # Two that are each made the other's way out at once would send callers round for ever.
        self._one_at_a_time = asyncio.Lock()

    async def all(self) -> Sequence[Attendant]:
        return await self._store.attendants()

    async def one(self, attendant_id: str) -> Attendant:
        """Raises `UnknownAttendant`."""
        for attendant in await self._store.attendants():
            if attendant.id == attendant_id:
                return attendant
        raise rules.UnknownAttendant

    async def add(self, actor: Actor, wanted: Attendant) -> Attendant:
        """As `wanted`, with an id of its own, and with the sound of what it says. Raises an
        `AttendantRefusal`, a `DirectoryError`, `UnknownHours`; then there is none."""
        async with self._one_at_a_time:
            attendant = await self._checked(replace(wanted, id=self._fresh_id()))
            await self._store.add(attendant, rules.ATTENDANTS_MAX)
        await self._changed("attendant.added", actor, attendant)
        return attendant

    async def change(self, actor: Actor, wanted: Attendant) -> Attendant:
        """The attendant with this id is as `wanted` then. Raises what `add` raises, `UnknownAttendant`."""
        async with self._one_at_a_time:
            attendant = await self._checked(wanted)
            if not await self._store.replace(attendant):
                raise rules.UnknownAttendant
        await self._changed("attendant.changed", actor, attendant)
        return attendant

    async def remove(self, actor: Actor, attendant_id: str) -> None:
        """Raises `UnknownAttendant`. What led there leads nowhere then."""
        attendant = await self.one(attendant_id)
        await self._store.remove(attendant_id)
        await self._changed("attendant.removed", actor, attendant)

    async def using(self, hours_id: str) -> list[str]:
        """The names of those that go by these opening hours."""
        return [one.name for one in await self._store.attendants() if one.hours == hours_id]

    async def _changed(self, action: str, actor: Actor, attendant: Attendant) -> None:
        about = {"name": attendant.name}
        await self._audit.record(
            action, actor=actor.name, subject=attendant.extension, address=actor.address, details=about
        )

    # --- what is said ---

    async def spoken(self, text: str, language: Language) -> bytes:
        """How a text sounds: G.711 mu-law. Raises `NoVoice`, `VoiceFailed`, `NothingSaid`."""
        if not text.strip():
            raise rules.NothingSaid
        return await self._voice.speak(text, language)

    async def speech(self, text: str, language: Language) -> tuple[str, float]:
        """The same, kept for a while: the id of the sound, and its seconds."""
        sound = await self.spoken(text, language)
        return await self._keep(sound), len(sound) / RATE

    async def recorded(self, content: bytes) -> tuple[str, float]:
        """Keep what a file holds; the id of the sound, and its seconds. Raises what `decode` raises."""
        sound = await self._decode(content)
        return await self._keep(sound), len(sound) / RATE

    async def keep_as(self, sound_id: str, sound: bytes) -> None:
        """Keep what was said into a telephone under an id that is known there; again is the same. Raises
        OSError, `SoundInUse`."""
        async with self._one_at_a_time:
            if sound_id in await self._said() and (await self.sound(sound_id)).sound != sound:
                raise rules.SoundInUse
            await self._sounds.put(sound_id, sound)

    async def sound(self, sound_id: str) -> KeptSound:
        """Raises `UnknownSound`, `sealing.BrokenSeal`."""
        try:
            return KeptSound(await self._sounds.get(sound_id))
        except FileNotFoundError as error:
            raise rules.UnknownSound from error

    async def purge(self) -> None:
        """Forget what is said nowhere any more. Of names the sound is made anew when somebody spells them."""
        files = await self._sounds.kept_before(self._now_ms() - UNSAVED)
        for sound_id in set(files) - await self._said():
            await self._sounds.drop(sound_id)

    async def _said(self) -> set[str | None]:
        return {menu.prompt.sound for one in await self._store.attendants() for _, menu in rules.menus(one)}

    async def named(self, attendant_id: str, digits: str) -> list[Named]:
        """Who may be meant by what a caller spelled. Raises `UnknownAttendant`."""
        attendant = await self.one(attendant_id)
        names = {one.user_id: one.name for one in await self._house.everyone() if one.extensions}
        found = rules.spelled(digits, names)[:NAMES_READ]
        return [Named(who, await self._name(names[who], attendant.language)) for who in found]

    async def _name(self, name: str, language: Language) -> str | None:
        sound_id = hashlib.sha256(f"{language}:{name}".encode()).hexdigest()[:32]
        try:
            await self._sounds.get(sound_id)
        except OSError:
            try:
                await self._sounds.put(sound_id, await self._voice.speak(name, language))
            except (rules.NoVoice, rules.VoiceFailed):
                return None
        return sound_id

    async def _keep(self, sound: bytes) -> str:
        sound_id = self._fresh_id()
        await self._sounds.put(sound_id, sound)
        return sound_id

    # --- what may be ---

    async def _checked(self, wanted: Attendant) -> Attendant:
        extension = directory_rules.check_extension(wanted.extension.strip(), self._region, self._dial_in)
        reached = tuple(
            dict.fromkeys(directory_rules.check_number(one, self._region) for one in wanted.numbers)
        )
        attendant = replace(wanted, name=rules.check_name(wanted.name), extension=extension, numbers=reached)
        rules.check_shape(attendant)
        if attendant.hours is not None and all(
            one.id != attendant.hours for one in await self._hours.hours()
        ):
            raise UnknownHours
        others = [one for one in await self._store.attendants() if one.id != attendant.id]
        for path, action in list(rules.actions(attendant)):
            target = await self._target(action, attendant, others)
            if target != action:
                attendant = rules.changed(attendant, path, target)
        if through := rules.goes_round([*others, attendant], await self._groups.groups(), attendant.id):
            raise rules.AttendantLoop(" → ".join(through))
        return await self._with_voice(attendant)

    async def _target(self, action: Action, attendant: Attendant, others: Sequence[Attendant]) -> Action:
        there = True
        match action:
            case ToColleague(user_id=user_id) | ToMailbox(user_id=user_id):
                there = await self._house.by_user_id(user_id) is not None
            case ToGroup(group_id=group_id):
                there = any(one.id == group_id for one in await self._groups.groups())
            case ToAttendant(attendant_id=other):
                there = any(one.id == other for one in (*others, attendant))
            case ToNumber(number=typed):
                return ToNumber(self._outside(typed, attendant))
        if not there:
            raise rules.UnknownTarget
        return action

    def _outside(self, typed: str, attendant: Attendant) -> str:
        try:
            number = numbers.to_e164(numbers.clean(typed).digits, self._region)
        except numbers.NotANumber as error:
            raise rules.NotATarget(typed) from error
        if number in attendant.numbers:
            raise rules.AttendantLoop(attendant.name)
        return number

    async def _with_voice(self, attendant: Attendant) -> Attendant:
        """Its texts are spoken that are not yet, or were in another language. Raises `NoVoice`,
        `UnknownSound`."""
        before = {one.id: one for one in await self._store.attendants()}.get(attendant.id)
        known = {
            (before.language, menu.prompt.text): menu.prompt.sound
            for _, menu in (rules.menus(before) if before else ())
            if before is not None and not menu.prompt.own
        }
        for path, menu in list(rules.menus(attendant)):
            prompt = menu.prompt
            if prompt.own and prompt.sound is not None:
                await self.sound(prompt.sound)
                continue
            sound = known.get((attendant.language, prompt.text.strip()))
            if sound is None:
                sound = await self._keep(await self.spoken(prompt.text, attendant.language))
            current = attendant.at(path)
            if isinstance(current, Menu):
                said = Prompt(prompt.text.strip(), sound)
                attendant = rules.changed(attendant, path, replace(current, prompt=said))
        return attendant
