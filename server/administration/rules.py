"""What an administrator may not do, and what must stay true of an organisation."""

from server.edge.refusals import Refusal

DEPARTMENT_MAX = 100


class AdministrationError(Refusal):
    """A refusal of the administration."""

    code = "administration"


class UnknownPerson(AdministrationError):
    """There is no such person."""

    code, status = "unknown_person", 404


class UnknownExtension(AdministrationError):
    """Nobody has this extension."""

    code, status = "unknown_extension", 404


class UnknownNumber(AdministrationError):
    """Nobody has this number."""

    code, status = "unknown_number", 404


class LastAdministrator(AdministrationError):
    """This is the last administrator: name another one first."""

    code, status = "last_administrator", 409


class OwnAccount(AdministrationError):
    """Administrators cannot lock themselves out: ask another one."""

    code, status = "own_account", 409


class InvalidDepartment(AdministrationError):
    """A department has at most 100 printable characters."""

    code, field = "invalid_department", "department"


def check_department(department: str) -> str:
    """`department` with single spaces. Raises `InvalidDepartment`."""
    tidy = " ".join(department.split())
    if len(tidy) > DEPARTMENT_MAX or not (tidy.isprintable() or not tidy):
        raise InvalidDepartment
    return tidy
