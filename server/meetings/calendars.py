"""Invitations in the form that calendars read (RFC 5545, RFC 5546). Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """Times in milliseconds since the epoch. `uid` stays, `sequence` grows with each change; `url` is None
    where the way in is told otherwise."""

    uid: str
    sequence: int
    title: str
    starts_at: int
    ends_at: int
    organiser: Address
    url: str | None
    description: str


def invitation(appointment: Appointment, to: Address, method: Method, now_ms: int) -> str:
    """One attendee's invitation: who else was invited is nobody's business outside.

    Times are in UTC, which needs no description of a time zone.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Unisono//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", _utc(now_ms))
    event.add("dtstart", _utc(appointment.starts_at))
    event.add("dtend", _utc(appointment.ends_at))
    event.add("summary", appointment.title)
    if appointment.url is not None:
        event.add("location", appointment.url)
        event.add("url", appointment.url)
    event.add("description", appointment.description)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("organizer", _address(appointment.organiser))
    attendee = _address(to)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee, encode=False)
    calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC)


def _address(address: Address) -> vCalAddress:
    found = vCalAddress(f"mailto:{address.email}")
    if address.name:
        found.params["CN"] = vText(address.name)
    return found
