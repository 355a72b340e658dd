"""PINs of mailboxes: which are taken, and how guessing is slowed down."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from server.notifications.service import Mail
from server.voicemail.pins import is_usable
from tests.server.voicemail.test_http import BRUNO
from tests.support.web import Answer, Web

PIN = "/api/v1/voicemail/pin"


@pytest.mark.parametrize(
    ("pin", "usable"),
    [
        ("482915", True),
        ("4829150736", True),
        ("48291", False),
        ("48291507361", False),
        ("48291a", False),
        ("٤٨٢٩١٥", False),
        ("777777", False),
        ("123456", False),
        ("890123", False),
        ("654321", False),
        ("345202", False),
        ("202", False),
    ],
)
def test_a_pin_is_hard_to_guess(pin: str, usable: bool) -> None:
    assert is_usable(pin, ("202", "+390612345202")) is usable


async def opened(web: Web, pin: str, caller: str | None = "+390699", user_id: str = BRUNO) -> Answer:
    body = {"pin": pin, "caller": caller}
    return await web.internal("POST", f"/mailboxes/{quote(user_id, safe='')}/open", body)


async def test_a_pin_opens_the_mailbox_until_it_is_taken_away(web: Web) -> None:
    bruno = await web.signed_in("Bruno", "202")
    assert (await opened(web, "482915")).code == "wrong_pin"
    assert (await bruno.ask("PUT", PIN, {"pin": "123456"})).code == "unusable_pin"
    assert (await bruno.ask("PUT", PIN, {"pin": "482915"})).body["pin"] is True
    assert (await opened(web, "482915")).status == 204
    assert (await opened(web, "482916")).code == "wrong_pin"
    assert (await bruno.ask("DELETE", PIN)).body["pin"] is False
    assert (await opened(web, "482915")).code == "wrong_pin"
    assert (await opened(web, "482915", user_id="@nobody:localhost")).code == "wrong_pin"


async def test_whose_pin_it_is_hears_that_it_was_chosen_or_taken_away(
    web: Web, mails: list[tuple[str, Mail]]
) -> None:
    bruno = await web.signed_in("Bruno", "202")
    await bruno.ask("PUT", "/api/v1/account/language", {"language": "en"})
    mails.clear()
    await bruno.ask("DELETE", PIN)  # there is none
    await bruno.ask("PUT", PIN, {"pin": "123456"})
    assert mails == []
    assert (await bruno.ask("GET", "/api/v1/voicemail")).body["pin_chosen_at"] is None
    chosen = await bruno.ask("PUT", PIN, {"pin": "482915"})
    assert chosen.body["pin_chosen_at"] > 0
    await bruno.ask("DELETE", PIN)
    assert [recipient for recipient, _ in mails] == ["bruno@unisono.example"] * 2
    assert "a new PIN was chosen" in mails[0][1].text
    assert "the PIN of your voicemail was removed" in mails[1][1].text
    assert all("482915" not in mail.text for _, mail in mails)


async def test_who_guesses_waits_and_the_right_pin_with_them(web: Web) -> None:
    bruno = await web.signed_in("Bruno", "202")
    await bruno.ask("PUT", PIN, {"pin": "482915"})
    for number in range(5):
        assert (await opened(web, f"48291{number + 6 if number < 4 else 0}", f"+39069{number}")).status == 404
    assert (await opened(web, "482915", "+390611")).code == "too_many_attempts"


async def test_who_guesses_at_many_mailboxes_waits_at_all_of_them(web: Web) -> None:
    bruno = await web.signed_in("Bruno", "202")
    await bruno.ask("PUT", PIN, {"pin": "482915"})
    for number in range(10):
        assert (await opened(web, "482916", "+390699", f"@nobody{number}:localhost")).status == 404
    assert (await opened(web, "482915", "+390699")).code == "too_many_attempts"
    assert (await opened(web, "482915", None)).status == 204


async def entered(web: Web, number: str, pin: str, caller: str | None = "+390699") -> Answer:
    body = {"number": number, "pin": pin, "caller": caller}
    return await web.internal("POST", "/mailbox-access", body)


async def test_an_extension_and_its_pin_open_a_mailbox_from_anywhere(web: Web) -> None:
    bruno = await web.signed_in("Bruno", "202")
    await bruno.ask("PUT", PIN, {"pin": "482915"})
    assert (await entered(web, "202", "482915")).body == {"user_id": BRUNO}
    for number, pin in (("202", "482916"), ("999", "482915"), ("", "482915")):
        assert (await entered(web, number, pin)).code == "wrong_pin"
    # Guesses count with those in the greeting, and those at extensions that nobody has by caller.
    codes = [(await entered(web, "202", "482916", f"+3906{n}")).code for n in range(6)]
    assert codes[-1] == "too_many_attempts"
    assert (await opened(web, "482915", "+39071")).code == "too_many_attempts"
    codes = [(await entered(web, f"9{n:02}", "482915", "+39072")).code for n in range(12)]
    assert codes[0] == "wrong_pin" and codes[-1] == "too_many_attempts"
