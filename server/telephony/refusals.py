"""Why telephony refuses, by name; the edge translates each once."""

from server.edge import refusals
from server.telephony.dialplan import Refusal
from wire.commands import Refused


class TelephonyError(refusals.Refusal):
    """A refusal to dial."""

    code, status = "telephony", 409


class UnknownNumber(TelephonyError):
    """Nobody has this number."""

    code, status = "unknown_number", 404


class UnknownPerson(TelephonyError):
    """Nobody here has this user id."""

    code, status = "unknown_person", 404


class UnknownCall(TelephonyError):
    """There is no such call."""

    code, status = "unknown_call", 404


class CallNotFound(TelephonyError):
    """There is no such call in progress."""

    code, status = "call_not_found", 404


class NotYourCall(TelephonyError):
    """This is a call of other people."""

    code, status = "not_your_call", 403


class NotPossibleNow(TelephonyError):
    """This cannot be done with the call as it is now."""

    code = "not_possible_now"


class TargetNotReachable(TelephonyError):
    """Whoever was named did not take the call."""

    code = "target_not_reachable"


class NotAllowed(TelephonyError):
    """You may not do this with the call."""

    code, status = "not_allowed", 403


class CannotMeet(TelephonyError):
    """The call cannot go on as a meeting; it is what it was."""

    code, status = "meeting_not_possible", 503


class TooManyCommands(TelephonyError):
    """Too many commands in a short time."""

    code, status = "too_many_attempts", 429

    @property
    def retry_after(self) -> float:
        return 1.0


class NotATextNumber(TelephonyError):
    """Whoever calls cannot be sent a text message."""

    code = "no_text_messages"


class TextNotSent(TelephonyError):
    """The text message was not taken by whoever carries it."""

    code, status = "sms_failed", 503


class OwnNumber(TelephonyError):
    """This is the caller's own number."""

    code = "own_number"


class NotTheirDelegate(TelephonyError):
    """This colleague has not named you to call in their name, or no more."""

    code, status = "not_their_delegate", 403


class NotForThem(TelephonyError):
    """Whom you call for may not call there, or has used what they may."""

    code, status = "not_for_them", 403


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


#: What the API says of a command that the bridge refuses (`wire.commands`).
class RecordingNotPossible(TelephonyError):
    """What carries this call records nothing."""

    code = "recording_not_possible"


class RecordingNotKept(TelephonyError):
    """There is no room for a recording on the server."""

    code, status = "recording_not_kept", 503


REFUSED_COMMAND: dict[Refused, type[TelephonyError]] = {
    "call_not_found": CallNotFound,
    "not_your_call": NotYourCall,
    "not_possible_now": NotPossibleNow,
    "target_not_reachable": TargetNotReachable,
    "not_allowed": NotAllowed,
    "meeting_not_possible": CannotMeet,
    "recording_not_possible": RecordingNotPossible,
    "recording_not_kept": RecordingNotKept,
}
