"""Why a service is not set, by name."""

from server.edge import refusals


class ServiceRefusal(refusals.Refusal):
    """This cannot be set; `field` is the situation that it was for."""

    code, status = "services", 409

    def __init__(self, field: str | None = None) -> None:
        super().__init__()
        self.field = field


class NoTarget(ServiceRefusal):
    """Say where the calls are to go."""

    code = "no_target"


class NotATarget(ServiceRefusal):
    """Calls cannot be forwarded to this number."""

    code = "not_a_target"


class MailboxOff(ServiceRefusal):
    """Callers cannot leave you a message: switch that on first."""

    code = "mailbox_off"


class ToOneself(ServiceRefusal):
    """This is your own number."""

    code = "own_number"


class UnknownColleague(ServiceRefusal):
    """Nobody here has this user id."""

    code, status = "unknown_person", 404


class NoHours(ServiceRefusal):
    """Say which your hours are first."""

    code = "no_hours"


class UntilPassed(ServiceRefusal):
    """Choose a time that is still to come, within a year."""

    code, status = "until_passed", 400


class NotAMobile(ServiceRefusal):
    """Only a telephone number outside can ring as one of your devices."""

    code = "not_a_mobile"


class TooManyMobiles(ServiceRefusal):
    """You have as many numbers among your devices as there may be."""

    code = "too_many_mobiles"


class UnknownMobile(ServiceRefusal):
    """This number is none of your devices."""

    code, status = "unknown_mobile", 404
