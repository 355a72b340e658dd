"""What an administrator may not do, and what must stay true of an organisation."""

DEPARTMENT_MAX = 100


class AdministrationError(Exception):
    """A refusal of the administration. `code` is stable, `field` names what was wrong in the request."""

    code = "administration"
    field: str | None = None

    def __str__(self) -> str:
        return (self.__doc__ or "").strip().rstrip(".")


class UnknownPerson(AdministrationError):
    """There is no such person."""

    code = "unknown_person"


class UnknownExtension(AdministrationError):
    """Nobody has this extension."""

    code = "unknown_extension"


class UnknownNumber(AdministrationError):
    """Nobody has this number."""

    code = "unknown_number"


class LastAdministrator(AdministrationError):
    """This is the last administrator: name another one first."""

    code = "last_administrator"


class OwnAccount(AdministrationError):
    """Administrators cannot lock themselves out: ask another one."""

    code = "own_account"


class InvalidDepartment(AdministrationError):
    """A department has at most 100 printable characters."""

    code, field = "invalid_department", "department"


def check_department(department: str) -> str:
    """`department` with single spaces. Raises `InvalidDepartment`."""
    tidy = " ".join(department.split())
    if len(tidy) > DEPARTMENT_MAX or not (tidy.isprintable() or not tidy):
        raise InvalidDepartment
    return tidy
