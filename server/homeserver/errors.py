"""What can go wrong between us and the homeserver."""


class HomeserverError(Exception):
    """Base of this package's errors."""


class HomeserverUnreachable(HomeserverError):
    """No answer: it is starting, stopped or overloaded. Asking again later is right."""


class MatrixRefusal(HomeserverError):
    """The homeserver said no: HTTP `status` and Matrix `errcode` (Matrix spec, "Standard error response")."""

    def __init__(self, status: int, errcode: str, message: str) -> None:
        super().__init__(f"{status} {errcode}: {message}")
        self.status = status
        self.errcode = errcode
