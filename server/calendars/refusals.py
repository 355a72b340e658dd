"""What is wrong with a calendar, in the words of whoever has one."""

from server.refusals import Refusal


class CalendarRefusal(Refusal):
    """This calendar cannot be read."""

    code, status, field = "calendar_error", 400, "address"


class BadAddress(CalendarRefusal):
    """This is no address of a calendar."""

    code = "calendar_address_invalid"


class PlainHttp(CalendarRefusal):
    """The address of a calendar begins with https."""

    code = "calendar_needs_https"


class ForbiddenAddress(CalendarRefusal):
    """This address leads into the network of the server."""

    code = "calendar_address_forbidden"


class NoCalendar(CalendarRefusal):
    """There is no calendar at this address."""

    code = "calendar_not_found"


class WrongPassword(CalendarRefusal):
    """The calendar's server refuses the user name or the password."""

    code, field = "calendar_wrong_password", "password"


class Unreachable(CalendarRefusal):
    """The calendar's server does not answer."""

    code = "calendar_unreachable"


class BadCertificate(CalendarRefusal):
    """The calendar's server has no certificate that can be believed."""

    code = "calendar_certificate"


class TooLarge(CalendarRefusal):
    """The calendar is too large."""

    code = "calendar_too_large"


class TooSlow(CalendarRefusal):
    """The calendar took too long to read."""

    code = "calendar_too_slow"


class NotACalendar(CalendarRefusal):
    """What is at this address is no calendar."""

    code = "calendar_not_a_calendar"


class ServerTrouble(CalendarRefusal):
    """The calendar's server has a fault of its own."""

    code = "calendar_server_error"


class TooManyCalendars(CalendarRefusal):
    """A person has at most five calendars."""

    code, status = "too_many_calendars", 409


class CalendarTwice(CalendarRefusal):
    """This calendar is there already."""

    code, status = "calendar_twice", 409


class UnknownCalendar(CalendarRefusal):
    """There is no such calendar."""

    code, status, field = "unknown_calendar", 404, "id"


_BY_CODE: dict[str, type[CalendarRefusal]] = {one.code: one for one in CalendarRefusal.__subclasses__()}


def refusal_of(code: str) -> CalendarRefusal:
    """The one with this code."""
    return _BY_CODE.get(code, CalendarRefusal)()
