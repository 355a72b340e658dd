"""What tests of mailboxes share."""

import pytest

from server.notifications.service import Mail
from tests.support.web import Web


@pytest.fixture
def mails(web: Web, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Mail]]:
    """What is accepted for delivery."""
    accepted: list[tuple[str, Mail]] = []

    async def send(recipient: str, mail: Mail, _lives: int) -> None:
        accepted.append((recipient, mail))

    monkeypatch.setattr(web.features.account.outbox, "send", send)
    return accepted
