"""What a calendar says of when its owner is busy (RFC 5545). Pure; slow and hungry for bad files, which is
why it runs in a process of its own (`worker.py`)."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import msgspec
import recurring_ical_events
from icalendar import Component

from server.calendars.refusals import NotACalendar
from server.calendars.rules import DAY, Appointment

#: Appointments of one calendar that are kept, and events that are looked at.
MOST, EVENTS = 500, 20_000
TITLE = 200
_SPAN = re.compile(r"^(DTSTART|DTEND|RECURRENCE-ID)[^:\n]*:(\d{8})", re.MULTILINE | re.IGNORECASE)
_UNTIL = re.compile(r"^RRULE[^:\n]*:.*?UNTIL=(\d{8})", re.MULTILINE | re.IGNORECASE)
_SERIES = re.compile(r"^(RRULE|RDATE|DURATION)", re.MULTILINE | re.IGNORECASE)
#: No appointment comes again each second; a rule that says so is a mistake, or an attack.
_RESTLESS = re.compile(
    r"^RRULE[^:\n]*:.*?(FREQ=(SECONDLY|MINUTELY|HOURLY)|INTERVAL=0+\b)", re.MULTILINE | re.IGNORECASE
)
_EVENT = re.compile(r"^BEGIN:VEVENT[ \t]*\n.*?^END:VEVENT[ \t]*$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_FREE = frozenset({"FREE", "TENTATIVE", "WORKINGELSEWHERE"})
_NOT_COMING = frozenset({"DECLINED", "TENTATIVE", "DELEGATED"})


class Reading(msgspec.Struct, frozen=True):
    """`appointments` in order; `skipped`: events that nobody could make sense of."""

    name: str = ""
    appointments: tuple[Appointment, ...] = ()
    skipped: int = 0


def read(content: bytes, start: int, end: int, timezone: str, mine: Collection[str] = ()) -> Reading:
    """What makes busy between two moments. `timezone` is that of times that have none, `mine` are the mail
    addresses of the owner, whose answer to an invitation counts. Raises `NotACalendar`."""
    text = near(decoded(content), _day(start - 2 * DAY), _day(end + 2 * DAY))
    try:
        calendars = Component.from_ical(text, multiple=True)
    except Exception as error:
        raise NotACalendar from error
    calendars = [one for one in calendars if one.name == "VCALENDAR"]
    if not calendars:
        raise NotACalendar
    name, found, skipped = "", list[Appointment](), 0
    for calendar in calendars:
        label = str(calendar.get("X-WR-CALNAME", ""))
        name = name or tidy(label)
        zone = _zone(str(calendar.get("X-WR-TIMEZONE", ""))) or _zone(timezone) or ZoneInfo("UTC")
        owners = {one.casefold() for one in (*mine, label) if "@" in one}
        for event in _occurrences(calendar, _at(start), _at(end)):
            if event is None:
                skipped += 1
            elif is_busy(event, owners) and (one := _appointment(event, zone)) is not None:
                found.append(one)
        found += _free_busy(calendar, zone)
    inside = sorted({one for one in found if one.ends_at > start and one.starts_at < end}, key=_order)
    return Reading(name, tuple(inside[:MOST]), skipped)


def joined(readings: Iterable[Reading]) -> Reading:
    """Several files of one calendar, as CalDAV has them."""
    name, found, skipped = "", set[Appointment](), 0
    for one in readings:
        name, skipped = name or one.name, skipped + one.skipped
        found.update(one.appointments)
    return Reading(name, tuple(sorted(found, key=_order)[:MOST]), skipped)


def decoded(content: bytes) -> str:
    """The text, whatever charset it is in, in unfolded lines. Raises `NotACalendar`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").lstrip()
    if not text[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise NotACalendar
    return re.sub(r"\n[ \t]", "", text)


def near(text: str, first: str, last: str) -> str:
    """The same without the events that cannot be between two days (YYYYMMDD): of a calendar of many years
    few are left to be understood."""
    kept = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal kept
        event = match.group()
        if kept >= EVENTS or _RESTLESS.search(event) or _is_far(event, first, last):
            return ""
        kept += 1
        return event

    return re.sub(r"\n\n+", "\n", _EVENT.sub(keep, text))


def _is_far(event: str, first: str, last: str) -> bool:
    days: dict[str, str] = {name.upper(): day for name, day in reversed(_SPAN.findall(event))}
    # One that was moved out of the way is still needed: without it, it would be where it was.
    if "DTSTART" not in days or "RECURRENCE-ID" in days:
        return False
    if days["DTSTART"] > last:
        return "RDATE" not in event.upper()
    if _SERIES.search(event):
        until = _UNTIL.search(event)
        return until is not None and until[1] < first and "RDATE" not in event.upper() and _short(days)
    return days.get("DTEND", days["DTSTART"]) < first


def _short(days: dict[str, str]) -> bool:
    return days.get("DTEND", "") <= days["DTSTART"]


def is_busy(event: Component, owners: Collection[str]) -> bool:
    """Whether it keeps its owner from answering: it is neither cancelled, nor shown as free, nor tentative,
    nor has the owner declined it. What Outlook says of its own counts more than what it says for others."""
    if _word(event, "STATUS") in {"CANCELLED", "TENTATIVE"}:
        return False
    outlook = _word(event, "X-MICROSOFT-CDO-BUSYSTATUS")
    if outlook:
        return outlook not in _FREE and not _declined(event, owners)
    return _word(event, "TRANSP") != "TRANSPARENT" and not _declined(event, owners)


def _declined(event: Component, owners: Collection[str]) -> bool:
    attendees = event.get("ATTENDEE", [])
    for one in attendees if isinstance(attendees, list) else [attendees]:
        address = str(one).casefold().removeprefix("mailto:")
        named = str(getattr(one, "params", {}).get("EMAIL", "")).casefold()
        answer = str(getattr(one, "params", {}).get("PARTSTAT", "")).upper()
        if (address in owners or named in owners) and answer in _NOT_COMING:
            return True
    return False


def _word(event: Component, name: str) -> str:
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value).strip().upper()


def _occurrences(calendar: Component, start: datetime, end: datetime) -> Iterator[Component | None]:
    """Each event of the time, as often as it comes; None for a series that makes no sense."""
    series: dict[str, list[Component]] = defaultdict(list)
    for number, event in enumerate(calendar.walk("VEVENT")):
        # One without an id is nobody's exception.
        series[str(event.get("UID", "")) or f"\0{number}"].append(event)
    for events in series.values():
        alone = icalendar.Calendar()
        for event in events:
            alone.add_component(event)
        try:
            yield from recurring_ical_events.of(alone).between(start, end)
        except MemoryError:
            raise
        except Exception:
            yield None


def _appointment(event: Component, zone: ZoneInfo) -> Appointment | None:
    starts, ends = getattr(event, "start", None), getattr(event, "end", None)
    if starts is None or ends is None:
        return None
    try:
        starts_at, ends_at = _ms(starts, zone), _ms(ends, zone)
    except (OverflowError, ValueError, OSError):
        return None
    if ends_at <= starts_at:
        return None
    whole = not isinstance(starts, datetime) or ends_at - starts_at >= 23 * 3_600_000
    return Appointment(starts_at, ends_at, tidy(str(event.get("SUMMARY", ""))), whole)


def _free_busy(calendar: Component, zone: ZoneInfo) -> Iterator[Appointment]:
    """Calendars that say when, and not what (RFC 5545, Section 3.6.4)."""
    for component in calendar.walk("VFREEBUSY"):
        values = component.get("FREEBUSY", [])
        for value in values if isinstance(values, list) else [values]:
            if str(getattr(value, "params", {}).get("FBTYPE", "BUSY")).upper() in {"FREE", "BUSY-TENTATIVE"}:
                continue
            period: Any = getattr(value, "dt", None)
            if not isinstance(period, tuple):
                continue
            starts, ends = period
            ends = starts + ends if isinstance(ends, timedelta) else ends
            starts_at, ends_at = _ms(starts, zone), _ms(ends, zone)
            if ends_at > starts_at:
                yield Appointment(starts_at, ends_at, "", ends_at - starts_at >= 23 * 3_600_000)


def tidy(text: str) -> str:
    """On one line, and not too long."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:TITLE]


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):
        return None


def _ms(moment: date, zone: ZoneInfo) -> int:
    """A day begins at midnight, and a time without a zone is that of the clock on the wall."""
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return int((at if at.tzinfo is not None else at.replace(tzinfo=zone)).timestamp() * 1000)


def _at(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, UTC)


def _day(moment: int) -> str:
    return _at(moment).strftime("%Y%m%d")


def _order(one: Appointment) -> tuple[int, int, str]:
    return one.starts_at, one.ends_at, one.title
