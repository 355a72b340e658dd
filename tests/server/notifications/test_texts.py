import pytest

from server.notifications import texts
from server.notifications.service import Language, Mail
from server.notifications.smtp import compose, sender_or_default

LINK = "https://unisono.example/#/invitation?token=abc&x=1"


@pytest.mark.parametrize(("language", "word"), [("it", "invito"), ("en", "invitation")])
def test_an_invitation_says_the_same_as_text_and_as_html(language: Language, word: str) -> None:
    mail = texts.invitation(language, "Acme <Italia>", "Anna & Co", LINK, 72)
    assert word in mail.subject
    assert LINK in mail.text
    assert "72" in mail.text and "72" in mail.html
    assert f'lang="{language}"' in mail.html
    assert LINK.replace("&", "&amp;") in mail.html
    assert "Anna &amp; Co" in mail.html and "<Italia>" not in mail.html


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("what", ["password", "factor", "recovery", "signing_keys"])
def test_every_notice_has_its_words(language: Language, what: str) -> None:
    assert "{" not in texts.notice(language, "Acme", "Anna", what).text


def test_curly_braces_in_names_are_only_characters() -> None:
    assert "{link.__class__}" in texts.password_reset("en", "Acme", "{link.__class__}", LINK, 60).text


def test_a_code_fits_one_text_message_and_is_bound_to_our_page() -> None:
    text = texts.code("it", "Acme", "123456", 5, "https://unisono.example:8443")
    assert text.endswith("\n\n@unisono.example #123456")
    assert len(text) <= 160


def test_a_message_cannot_be_given_further_headers() -> None:
    mail = texts.invitation("en", "Acme\r\nBcc: eve@evil.example", "Anna", LINK, 72)
    message = compose("1", "unisono.example", "Unisono <unisono@unisono.example>", "anna@x.example", mail)
    assert message["Bcc"] is None
    assert message["Message-ID"] == "<1@unisono.example>"
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("configured", "sender"),
    [
        ("", '"Acme, Inc." <unisono@acme.example>'),
        ("Help <help@acme.example>", "Help <help@acme.example>"),
        ("help@acme.example", "help@acme.example"),
    ],
)
def test_the_sender_is_the_organisation_unless_configured(configured: str, sender: str) -> None:
    assert sender_or_default(configured, "Acme, Inc.", "acme.example") == sender


def test_a_sound_comes_as_a_file() -> None:
    mail = Mail("Voicemail", "text", "<p>text</p>", sound=b"RIFF")
    message = compose("1", "unisono.example", "Unisono <unisono@unisono.example>", "anna@x.example", mail)
    (attached,) = message.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/wav", "voicemail.wav")
    assert attached.get_content() == b"RIFF"
