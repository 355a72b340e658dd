"""How somebody is, as an `application/pidf+xml` document (RFC 3863) with their activities (RFC 4480)."""

from dataclasses import dataclass

from bridges.sip.subscription.xml_text import quoted, text
from wire.presence import State

__all__ = ["PIDF", "Presentity", "pidf"]

PIDF = "application/pidf+xml"

#: Of each state: whether calls reach the person (RFC 3863, Section 4.1.4), the activities of RFC 4480,
#: Section 3.2, and the words that phones show where they know no activities. RPID has none for a call that
#: waits or rings, nor for one who is not to be disturbed: "busy" is the nearest. It stands beside the others,
#: too: phones that know few activities know that one (baresip 1.0).
SHOWN: dict[State, tuple[str, tuple[str, ...], str]] = {
    "on_the_phone": ("open", ("on-the-phone", "busy"), "On the phone"),
    "held": ("open", ("on-the-phone", "busy"), "On hold"),
    "ringing": ("open", ("busy",), "Ringing"),
    "do_not_disturb": ("closed", ("busy",), "Do not disturb"),
    "in_a_meeting": ("open", ("meeting", "busy"), "In a meeting"),
    "busy": ("open", ("busy",), "Busy"),
    "away": ("open", ("away",), "Away"),
    "available": ("open", (), "Available"),
    "offline": ("closed", (), "Offline"),
}


@dataclass(frozen=True, slots=True)
class Presentity:
    """The one state of a person, and what they say beside it."""

    state: State = "offline"
    note: str = ""


def pidf(entity: str, watched: str, shown: Presentity) -> bytes:
    """The whole state of `entity` (a URI). Elements have the prefixes of the RFCs: phones look for those."""
    basic, known, words = SHOWN[shown.state]
    activities = "".join(f"<rpid:{activity}/>" for activity in known)
    name = quoted(f"p{watched}")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
        f' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity={quoted(entity)}>',
        f"<tuple id={quoted(f't{watched}')}><status><basic>{basic}</basic></status>"
        f"<contact>{text(entity)}</contact></tuple>",
        f"<note>{text(f'{words}: {shown.note}' if shown.note else words)}</note>",
        f"<dm:person id={name}><rpid:activities>{activities}</rpid:activities></dm:person>",
        "</presence>",
    ]
    return ("\n".join(lines) + "\n").encode()
