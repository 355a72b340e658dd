"""Administrators hear of it by mail when somebody reaches a bound of calls outside."""

from collections.abc import Awaitable, Callable

from logs import log
from server.directory.ports import Everyone
from server.directory.service import Person
from server.notifications import texts
from server.notifications.service import Language, Mailer
from server.telephony.dialplan import Refusal, Subscriber

_log = log.get(__name__)
#: Mistyped numbers are no news; these happen to fraud, or to bounds that are too narrow.
_BOUNDS = frozenset({Refusal.TOO_MANY_CALLS, Refusal.MINUTES_USED, Refusal.LINES_BUSY})
#: Of one kind and person one mail in an hour is enough; it is worth delivering for a day. Milliseconds.
_HOUR, _LIVES = 3_600_000, 24 * 3_600_000


class Alarm:
    """Args: mailer, None where no mail can be sent; language, of a person."""

    def __init__(
        self,
        people: Everyone,
        mailer: Mailer | None,
        language: Callable[[Person], Awaitable[Language]],
        organisation: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._people = people
        self._mailer = mailer
        self._language = language
        self._organisation = organisation
        self._now_ms = now_ms
        self._told: dict[tuple[str, Refusal], int] = {}

    async def refused(self, caller: Subscriber, refusal: Refusal) -> None:
        """Somebody may not call; never raises, because the caller is waiting for an answer."""
        if refusal not in _BOUNDS or not self._is_news(caller.user_id, refusal):
            return
        _log.warning("outside_bound_reached", user_id=caller.user_id, bound=refusal.value)
        try:
            await self._tell(caller, refusal)
        except Exception as error:
            _log.error("alarm_not_sent", exc_info=error)

    def _is_news(self, user_id: str, refusal: Refusal) -> bool:
        now = self._now_ms()
        self._told = {key: at for key, at in self._told.items() if at > now - _HOUR}
        if (user_id, refusal) in self._told:
            return False
        self._told[(user_id, refusal)] = now
        return True

    async def _tell(self, caller: Subscriber, refusal: Refusal) -> None:
        if self._mailer is None:
            return
        number = f" ({caller.shown_inside})" if caller.shown_inside else ""
        for person in await self._people.everyone():
            if person.role == "administrator":
                language = await self._language(person)
                mail = texts.bound_reached(
                    language, self._organisation, person.name, caller.name + number, refusal.value
                )
                await self._mailer.send(person.email, mail, _LIVES)
