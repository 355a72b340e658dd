"""What is said to telephones, in which language. Pure; the texts stand in `sounds/texts.json`."""

from enum import Enum


class Language(Enum):
    """The languages that the sounds exist in."""

    IT = "it"
    EN = "en"

    @property
    def other(self) -> "Language":
        """The one that the star key changes to."""
        return Language.EN if self is Language.IT else Language.IT


class Prompt(Enum):
    """The values name the files."""

    WELCOME = "welcome"
    LANGUAGE = "language"
    ENTER_PIN = "enter_pin"
    WRONG_PIN = "wrong_pin"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    LOBBY = "lobby"
    NOT_STARTED = "not_started"
    ENCRYPTED = "encrypted"
    ENCRYPTED_CLOSED = "encrypted_closed"
    REFUSED = "refused"
    JOINING = "joining"
    JOINED = "joined"
    MUTED = "muted"
    UNMUTED = "unmuted"
    MUTED_BY_MODERATOR = "muted_by_moderator"
    HAND_RAISED = "hand_raised"
    HAND_LOWERED = "hand_lowered"
    IN_ROOM = "in_room"
    IN_MAIN_ROOM = "in_main_room"
    CLOSING_IN_30 = "closing_in_30"
    CLOSING_SOON = "closing_soon"
    ONE_MOMENT = "one_moment"
    REMOVED = "removed"
    ENDED = "ended"
    GOODBYE = "goodbye"
    VOICEMAIL_GREETING = "voicemail_greeting"
    VOICEMAIL_SAVED = "voicemail_saved"
    VOICEMAIL_TOO_LONG = "voicemail_too_long"
    VOICEMAIL_FULL = "voicemail_full"
    VOICEMAIL_FAILED = "voicemail_failed"
    MAILBOX_NEW = "mailbox_new"
    MAILBOX_NO_NEW = "mailbox_no_new"
    MAILBOX_EMPTY = "mailbox_empty"
    MAILBOX_MESSAGE = "mailbox_message"
    MAILBOX_MENU = "mailbox_menu"
    MAILBOX_MENU_OUTSIDE = "mailbox_menu_outside"
    MAILBOX_GREETING = "mailbox_greeting"
    GREETING_RECORD = "greeting_record"
    GREETING_REVIEW = "greeting_review"
    GREETING_SAVED = "greeting_saved"
    MAILBOX_PIN = "mailbox_pin"
    MAILBOX_NUMBER = "mailbox_number"
    MAILBOX_WRONG = "mailbox_wrong"
    MAILBOX_NO_CALL_BACK = "mailbox_no_call_back"
    MAILBOX_END = "mailbox_end"
    MAILBOX_UNAVAILABLE = "mailbox_unavailable"
    FORWARDING_ON = "forwarding_on"
    FORWARDING_OFF = "forwarding_off"
    DO_NOT_DISTURB_ON = "do_not_disturb_on"
    DO_NOT_DISTURB_OFF = "do_not_disturb_off"
    CALL_BACK_ON = "call_back_on"
    CALL_BACK_OFF = "call_back_off"
    COLLEAGUE_FREE = "colleague_free"
    GROUP_IN = "group_in"
    GROUP_OUT = "group_out"
    NOT_SET = "not_set"
    CALL_RECORDED = "call_recorded"
    RECORDING_ON = "recording_on"
    RECORDING_OFF = "recording_off"
    RECORDING_PAUSED = "recording_paused"
    RING_ME = "ring_me"
    MOBILE_CALL = "mobile_call"
    MOBILE_CALL_FROM = "mobile_call_from"
    MOBILE_KEYS = "mobile_keys"
    ON_DUTY = "on_duty"
    OFF_DUTY = "off_duty"
    ON_A_BREAK = "on_a_break"
    QUEUE_WELCOME = "queue_welcome"
    QUEUE_LISTENED = "queue_listened"
    QUEUE_NEXT = "queue_next"
    QUEUE_PLACE = "queue_place"
    QUEUE_WAIT = "queue_wait"
    QUEUE_WAIT_SHORT = "queue_wait_short"
    QUEUE_CLOSED = "queue_closed"
    QUEUE_CALL_BACK = "queue_call_back"
    QUEUE_CALLED_BACK = "queue_called_back"
    QUEUE_NOT_CALLED_BACK = "queue_not_called_back"
    QUEUE_CALLS = "queue_calls"
    ATTENDANT_EXTENSION = "attendant_extension"
    ATTENDANT_NAME = "attendant_name"
    ATTENDANT_NO_NAME = "attendant_no_name"
    ATTENDANT_PRESS = "attendant_press"
    ATTENDANT_WRONG = "attendant_wrong"
    ATTENDANT_NOT_REACHED = "attendant_not_reached"
    PROMPT_RECORD = "prompt_record"
    PROMPT_REVIEW = "prompt_review"
    PROMPT_SAVED = "prompt_saved"
    PROMPT_SILENT = "prompt_silent"
    PROMPT_LONGEST = "prompt_longest"
    PROMPT_NOT_KEPT = "prompt_not_kept"


#: What can be said: a prompt, or a number from 0 to 50.
Words = Prompt | int

#: Where people are greeted in Italian: country codes (Italy with the Vatican, San Marino) and regions.
_ITALIAN_PREFIXES = ("+39", "+378")
_ITALIAN_REGIONS = frozenset({"IT", "SM", "VA"})


def language_of(number: str | None, region: str) -> Language:
    """The language to greet a telephone in.

    Args:
        number: the caller's, E.164; an extension or None leaves it to the organisation.
        region: the organisation's country (ISO 3166-1 alpha-2).
    """
    if number is not None and number.startswith("+"):
        return Language.IT if number.startswith(_ITALIAN_PREFIXES) else Language.EN
    return Language.IT if region.upper() in _ITALIAN_REGIONS else Language.EN
