"""Errors of the SIP engine: the peer's mistakes and our own are two types."""

__all__ = ["LocalSipError", "RemoteSipError", "SipError"]


class SipError(Exception):
    """Base of all errors of this package."""


class LocalSipError(SipError):
    """A mistake on our side of the interface."""


class RemoteSipError(SipError):
    """A mistake of the peer; `status` and `phrase` are the answer it deserves."""

    def __init__(self, detail: str, status: int = 400, phrase: str = "Bad Request") -> None:
        super().__init__(detail)
        self.status = status
        self.phrase = phrase
