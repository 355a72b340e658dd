"""Refusals by name: what a feature will not do, said once where it is decided, answered once at the edge."""

__all__ = ["Refusal"]


class Refusal(Exception):
    """This is not done.

    A subclass is one refusal. Its docstring is what people read, `code` a stable word that clients compare,
    `status` that of HTTP, `field` what of the request was wrong, `value` what stood there. `logged` is the
    event's name in the log where each one is worth a line, with the address that it was for.
    """

    code: str = "refused"
    status: int = 400
    field: str | None = None
    logged: str | None = None

    def __init__(self, value: str = "") -> None:
        super().__init__(value)
        self.value = value

    def __str__(self) -> str:
        words = (self.__doc__ or "").strip().rstrip(".")
        return f"{words}: {self.value}" if self.value else words

    @property
    def retry_after(self) -> float | None:
        """Seconds after which asking again is right (RFC 9110, Section 10.2.3)."""
        return None
