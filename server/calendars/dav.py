"""What is said to a CalDAV server, and what it answers (RFC 4791, RFC 4918, RFC 5397, RFC 6764). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from server.calendars.refusals import NotACalendar
from server.calendars.rules import DAY

_DAV, _CALDAV, _SERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<{0} xmlns{1}="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/">'
)
#: What of a collection says what it is, and how one comes to the others.
LOOK = (
    _HEAD.format("propfind", "") + "<prop><resourcetype/><displayname/><current-user-principal/>"
    "<c:calendar-home-set/><c:calendar-user-address-set/><c:supported-calendar-component-set/>"
    "<s:getctag/><sync-token/></prop></propfind>"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """What a server says of an address; `href` as it wrote it, all others, too. `tag` changes with what is
    in it; empty where the server has none."""

    href: str
    is_calendar: bool = False
    name: str = ""
    principal: str | None = None
    home: str | None = None
    addresses: tuple[str, ...] = ()
    tag: str = ""


def resources(body: bytes) -> list[Resource]:
    """Raises `NotACalendar`."""
    return [_resource(href, found) for href, found in _answers(body)]


def files(body: bytes) -> list[bytes]:
    """The calendar files of a REPORT's answer. Raises `NotACalendar`."""
    found = (properties.get(f"{_CALDAV}calendar-data") for _, properties in _answers(body))
    return [one.text.encode() for one in found if one is not None and one.text]


def query(start: int, end: int) -> str:
    """A REPORT of the events between two moments; series come as a whole (RFC 4791, Section 7.8)."""
    between = f'<c:time-range start="{_utc(start - DAY)}" end="{_utc(end + DAY)}"/>'
    return (
        _HEAD.format("c:calendar-query", "") + "<prop><c:calendar-data/></prop><c:filter>"
        f'<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">{between}</c:comp-filter>'
        "</c:comp-filter></c:filter></c:calendar-query>"
    )


def _utc(moment: int) -> str:
    return datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


class _Builder(Xml.TreeBuilder):
    """Entities are what XML is attacked by, and nothing of WebDAV needs one: whatever the charset, and
    wherever it stands."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise NotACalendar


def _answers(body: bytes) -> Iterator[tuple[str, Mapping[str, Xml.Element]]]:
    try:
        root = Xml.fromstring(body, Xml.XMLParser(target=_Builder()))  # noqa: S314 - see `_Builder`
    except (Xml.ParseError, ValueError, LookupError) as error:
        raise NotACalendar from error
    if root.tag != f"{_DAV}multistatus":
        raise NotACalendar
    # Children alone: one within another within another would be gone through as often as they are deep.
    for answer in root.iterfind(f"{_DAV}response"):
        href = (answer.findtext(f"{_DAV}href") or "").strip()
        properties: dict[str, Xml.Element] = {}
        for group in answer.iterfind(f"{_DAV}propstat"):
            if " 200" in (group.findtext(f"{_DAV}status") or ""):
                properties |= {one.tag: one for one in group.iterfind(f"{_DAV}prop/*")}
        if href:
            yield href, properties


def _resource(href: str, found: Mapping[str, Xml.Element]) -> Resource:
    kinds = found.get(f"{_DAV}resourcetype")
    components = found.get(f"{_CALDAV}supported-calendar-component-set")
    takes = {one.get("name", "").upper() for one in components} if components is not None else set()
    calendar = kinds is not None and kinds.find(f"{_CALDAV}calendar") is not None
    addresses = found.get(f"{_CALDAV}calendar-user-address-set")
    said = [one.text or "" for one in addresses] if addresses is not None else []
    return Resource(
        href,
        calendar and (not takes or "VEVENT" in takes),
        _text(found, f"{_DAV}displayname"),
        _href(found, f"{_DAV}current-user-principal"),
        _href(found, f"{_CALDAV}calendar-home-set"),
        tuple(one.strip()[7:] for one in said if one.strip().casefold().startswith("mailto:")),
        _text(found, f"{_SERVER}getctag") or _text(found, f"{_DAV}sync-token"),
    )


def _text(found: Mapping[str, Xml.Element], name: str) -> str:
    one = found.get(name)
    return (one.text or "").strip() if one is not None else ""


def _href(found: Mapping[str, Xml.Element], name: str) -> str | None:
    one = found.get(name)
    return (one.findtext(f"{_DAV}href") or "").strip() or None if one is not None else None
