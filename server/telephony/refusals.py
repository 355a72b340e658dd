"""Why telephony refuses, by name; the edge translates each once."""

from server.telephony.dialplan import Refusal


class TelephonyError(Exception):
    """A refusal to dial; `code` is stable, `status` that of HTTP."""

    code = "telephony"
    status = 409

    def __str__(self) -> str:
        return (self.__doc__ or "").strip().rstrip(".")


class UnknownNumber(TelephonyError):
    """Nobody has this number."""

    code, status = "unknown_number", 404


class UnknownPerson(TelephonyError):
    """Nobody here has this user id."""

    code, status = "unknown_person", 404


class OwnNumber(TelephonyError):
    """This is the caller's own number."""

    code = "own_number"


class NoTrunk(TelephonyError):
    """No line to the outside is configured."""

    code = "no_trunk"


class CountryNotAllowed(TelephonyError):
    """Calls to this country are not allowed here."""

    code, status = Refusal.COUNTRY_NOT_ALLOWED.value, 403


class PremiumNumber(TelephonyError):
    """Calls to numbers that cost more than others are not allowed here."""

    code, status = Refusal.PREMIUM_NUMBER.value, 403


class ClassOfService(TelephonyError):
    """You may not call this number; an administrator can change that."""

    code, status = Refusal.CLASS_OF_SERVICE.value, 403


class TooManyCalls(TelephonyError):
    """You are in as many calls outside as one person may be at once."""

    code, status = Refusal.TOO_MANY_CALLS.value, 429


class MinutesUsed(TelephonyError):
    """You have talked outside for as long as is allowed in a day."""

    code, status = Refusal.MINUTES_USED.value, 429


class LinesBusy(TelephonyError):
    """All lines to the outside are busy."""

    code = Refusal.LINES_BUSY.value


#: What the API says of a number that the dial plan refuses.
REFUSED: dict[Refusal, type[TelephonyError]] = {
    Refusal.OWN_NUMBER: OwnNumber,
    Refusal.NO_TRUNK: NoTrunk,
    Refusal.COUNTRY_NOT_ALLOWED: CountryNotAllowed,
    Refusal.PREMIUM_NUMBER: PremiumNumber,
    Refusal.CLASS_OF_SERVICE: ClassOfService,
    Refusal.TOO_MANY_CALLS: TooManyCalls,
    Refusal.MINUTES_USED: MinutesUsed,
    Refusal.LINES_BUSY: LinesBusy,
}
