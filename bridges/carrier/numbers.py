"""What the simulated carrier does with a dialled number. Pure.

Any number is answered after a short ring by an announcement and then an echo. These numbers do something
else, for people who try Unisono and for its tests:

====================  =====================================================
+39 06 9876 5401      answers at once and echoes, without an announcement
+39 06 9876 5402      sends a tone of 440 Hz as long as the call lasts
+39 06 9876 5403      is busy (486)
+39 06 9876 5404      rings for ever
+39 06 9876 5405      declines (603)
+39 06 9876 5406      rings for three seconds, then answers
+39 06 9876 5407      understands none of the caller's codecs (488)
+39 06 9876 5408      is not allotted (404)
+39 06 9876 5409      cannot be reached for congestion (503)
+39 06 9876 5410      answers, and hangs up after two seconds
+39 06 9876 5411      answers, and sends no sound: the caller is told so
====================  =====================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import phonenumbers


class Play(Enum):
    """What an answered call hears."""

    ANNOUNCEMENT_THEN_ECHO = auto()
    ECHO = auto()
    TONE = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Plan:
    """The course of one call.

    :ivar ring_for: seconds from 180 to 200; ``None`` rings until the caller gives up.
    :ivar refuse: SIP status to refuse with instead of ringing.
    :ivar play: what is heard after the answer.
    :ivar tone_hz: the frequency of :attr:`Play.TONE`.
    :ivar hang_up_after: seconds from the answer to the carrier's BYE; ``None`` leaves that to the caller.
    """

    ring_for: float | None = 0.5
    refuse: int | None = None
    play: Play = Play.ANNOUNCEMENT_THEN_ECHO
    tone_hz: int = 440
    hang_up_after: float | None = None


ANY_NUMBER = Plan()

SPECIAL = {
    "+390698765401": Plan(ring_for=0.0, play=Play.ECHO),
    "+390698765402": Plan(play=Play.TONE),
    "+390698765403": Plan(refuse=486),
    "+390698765404": Plan(ring_for=None),
    "+390698765405": Plan(refuse=603),
    "+390698765406": Plan(ring_for=3.0),
    "+390698765407": Plan(refuse=488),
    "+390698765408": Plan(refuse=404),
    "+390698765409": Plan(refuse=503),
    "+390698765410": Plan(hang_up_after=2.0),
    "+390698765411": Plan(play=Play.NOTHING),
}


class NotANumber(ValueError):
    """Text that is no telephone number."""


def e164(text: str, region: str) -> str:
    """A telephone number in E.164 (``+39…``), however it was written.

    :param region: ISO 3166 code of the country whose national numbers are understood.
    :raises NotANumber: for anything that cannot be a number.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise NotANumber(f"{text[:40]!r} is not a telephone number") from error
    if not phonenumbers.is_possible_number(number):
        raise NotANumber(f"{text[:40]!r} is not a telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plan_of(dialled: str, region: str) -> Plan:
    """What happens to a call for ``dialled``; short numbers (112, 12 xx) are answered like any other."""
    try:
        return SPECIAL.get(e164(dialled, region), ANY_NUMBER)
    except NotANumber:
        return ANY_NUMBER if dialled.isdigit() else Plan(refuse=404)
