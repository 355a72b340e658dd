"""What waits in a mailbox, as an `application/simple-message-summary` document (RFC 3842)."""

from dataclasses import dataclass

__all__ = ["SIMPLE_MESSAGE_SUMMARY", "MessageSummary", "summary"]

SIMPLE_MESSAGE_SUMMARY = "application/simple-message-summary"


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """Messages that were not heard yet, and those that were."""

    new: int = 0
    old: int = 0


def summary(account: str, shown: MessageSummary) -> bytes:
    """The whole state of the mailbox `account` (a URI). None of its messages is urgent."""
    lines = (
        f"Messages-Waiting: {'yes' if shown.new else 'no'}",
        f"Message-Account: {account}",
        f"Voice-Message: {shown.new}/{shown.old} (0/0)",
    )
    return ("\r\n".join(lines) + "\r\n").encode()
