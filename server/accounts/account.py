"""What a person sees and changes of their own account."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from logs import log
from server.accounts import photo, rules
from server.accounts.choosing import PasswordChoice
from server.accounts.notices import Notices
from server.accounts.oidc.service import OidcSession
from server.accounts.proofs import Proofs
from server.accounts.second_factor import Factor, SecondFactors, Setup
from server.accounts.service import Session
from server.accounts.settings import Settings
from server.accounts.ticket import Method
from server.audit.service import Audit
from server.directory.service import Person
from server.edge.operations import Access
from server.homeserver.errors import HomeserverError
from server.notifications.service import Language
from server.workers import Workers

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks, in which session, from where."""

    person: Person
    session: Session
    address: str

    @property
    def change_key(self) -> str:
        """Under which a change of the second factor is under way: this session's alone."""
        return f"account:{self.session.token_hash}"


#: For what concerns the session itself, too.
OWN_SESSION: Access[Me] = Access("person")


@dataclass(frozen=True, slots=True)
class Details:
    language: Language
    factors: list[Factor]
    recovery_codes_left: int
    photo: str | None


class OwnAccount(Protocol):
    async def prove(self, person: Person, password: str) -> None: ...

    async def replace_password(self, person: Person, prepared: str, keep: str | None = None) -> None: ...

    async def sessions(self, person: Person) -> list[Session]: ...

    async def end_session(self, person: Person, device_id: str) -> bool: ...


class OtherClientSessions(Protocol):
    async def sessions(self, person: Person) -> Sequence[OidcSession]: ...

    async def end(self, person: Person, sid: str) -> bool: ...


class Photos(Protocol):
    """JPEGs with a tag that changes with the picture."""

    async def get(self, person_id: str) -> tuple[bytes, str] | None: ...

    async def put(self, person_id: str, content: bytes, tag: str) -> None: ...

    async def remove(self, person_id: str) -> None: ...


class PhotoAddresses(Protocol):
    async def set_photo(self, person_id: str, url: str | None) -> None:
        """Where colleagues find the photo."""


class Avatars(Protocol):
    async def set_avatar(self, user_id: str, content: bytes | None, content_type: str) -> None:
        """Raises `HomeserverError`."""


class Account:
    """The use cases of the account page."""

    def __init__(
        self,
        accounts: OwnAccount,
        choice: PasswordChoice,
        others: OtherClientSessions,
        factors: SecondFactors,
        settings: Settings,
        photos: Photos,
        directory: PhotoAddresses,
        avatars: Avatars,
        notices: Notices,
        audit: Audit,
        proofs: Proofs,
    ) -> None:
        self._accounts = accounts
        self._choice = choice
        self._others = others
        self._factors = factors
        self._settings = settings
        self._photos = photos
        self._directory = directory
        self._avatars = avatars
        self._notices = notices
        self._audit = audit
        self._proofs = proofs
        self._drawing: set[str] = set()
        self._painter = Workers("photos")

    async def details(self, person: Person) -> Details:
        kept = await self._photos.get(person.id)
        return Details(
            (await self._settings.of(person.id)).language,
            await self._factors.of(person),
            await self._factors.recovery_left(person),
            kept[1] if kept else None,
        )

    async def speak(self, person: Person, language: Language) -> None:
        await self._settings.speak(person.id, language)

    async def distrust(self, me: Me) -> None:
        """No browser is trusted any more: each is asked for a code again."""
        await self._settings.distrust(me.person.id)
        await self._record(me, "browsers.distrusted")

    # Password and second factor

    async def change_password(self, me: Me, current: str, password: str) -> None:
        """All other sessions end, no browser is trusted any more. Raises `WrongPassword`, and what
        `PasswordChoice.check` raises."""
        await self._prove(me, current)
        person = me.person
        prepared = await self._choice.check(person, password)
        await self._accounts.replace_password(person, prepared, keep=me.session.token_hash)
        await self._settings.distrust(person.id)
        await self._record(me, "password.changed")
        await self._notices.tell(person, "password")

    async def prove(self, me: Me, password: str) -> None:
        """What asks for the password again asks no more for ten minutes. Raises `WrongPassword`."""
        await self._prove(me, password)

    async def begin_factor(self, me: Me, password: str, method: Method, number: str) -> Setup:
        """Raises `WrongPassword` and what `SecondFactors.begin_*` raise."""
        await self._prove(me, password)
        await self._factors.open_change(me.change_key, me.person)
        if method == "totp":
            return await self._factors.begin_totp(me.change_key, me.person)
        return await self._factors.begin_sms(me.change_key, me.person, number, me.address)

    async def verify_factor(self, me: Me, code: str) -> list[str]:
        """Recovery codes when there were none. Raises what `SecondFactors.confirm` raises."""
        recovery = await self._factors.confirm(me.change_key, me.person, code, me.address)
        await self._notices.tell(me.person, "factor")
        return recovery

    async def remove_factor(self, me: Me, password: str, method: Method) -> bool:
        """False when there was none. Raises `WrongPassword`, `FactorRequired`."""
        await self._prove(me, password)
        removed = await self._factors.remove(me.person, method, me.address)
        if removed:
            await self._notices.tell(me.person, "factor")
        return removed

    async def fresh_recovery(self, me: Me, password: str) -> list[str]:
        """Raises `WrongPassword`."""
        await self._prove(me, password)
        return await self._factors.fresh_recovery(me.person, me.address)

    async def _prove(self, me: Me, password: str) -> None:
        """Who holds somebody's open session does not hold their password."""
        try:
            await self._accounts.prove(me.person, password)
        except rules.BadCredentials as error:
            await self._record(me, "password.wrong")
            raise rules.WrongPassword from error
        self._proofs.note(me.session)

    # Sessions

    async def sessions(self, person: Person) -> tuple[list[Session], Sequence[OidcSession]]:
        """Of our clients and of others, newest first each."""
        return await self._accounts.sessions(person), await self._others.sessions(person)

    async def end_session(self, me: Me, session_id: str) -> bool:
        """False when the person has no such session."""
        ended = await self._accounts.end_session(me.person, session_id) or await self._others.end(
            me.person, session_id
        )
        if ended:
            await self._record(me, "session.ended")
        return ended

    # Photo

    async def photo(self, person: Person) -> tuple[bytes, str] | None:
        """A JPEG and its tag."""
        return await self._photos.get(person.id)

    async def set_photo(self, person: Person, content: bytes) -> str:
        """The new tag. Raises `NotAPhoto`, and `TooManyAttempts` while another of the person's is drawn."""
        if person.id in self._drawing:
            # Each waits in memory, eight megabytes of it.
            raise rules.TooManyAttempts(1)
        self._drawing.add(person.id)
        try:
            drawn = await self._painter.run(photo.portrait, content)
        finally:
            self._drawing.discard(person.id)
        tag = hashlib.sha256(drawn).hexdigest()[:32]
        await self._photos.put(person.id, drawn, tag)
        # The tag in the address: a browser that keeps the old picture asks for the new one.
        url = f"/api/v1/people/{quote(person.user_id, safe='')}/photo?v={tag}"
        await self._directory.set_photo(person.id, url)
        await self._show(person, drawn)
        return tag

    async def remove_photo(self, person: Person) -> None:
        await self._photos.remove(person.id)
        await self._directory.set_photo(person.id, None)
        await self._show(person, None)

    async def _show(self, person: Person, content: bytes | None) -> None:
        """Other Matrix clients show the homeserver's; ours is right even when it cannot be asked."""
        try:
            await self._avatars.set_avatar(person.user_id, content, "image/jpeg")
        except HomeserverError as error:
            _log.warning("avatar_not_set", user_id=person.user_id, why=str(error))

    async def _record(self, me: Me, action: str) -> None:
        user_id = me.person.user_id
        await self._audit.record(action, actor=user_id, subject=user_id, address=me.address)
