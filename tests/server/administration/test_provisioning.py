from dataclasses import replace
from html.parser import HTMLParser

import pytest

from server.administration import provisioning
from server.administration.provisioning import Account

ACCOUNT = Account("201", 'Zoë "Z" <b>&\nevil = 1', "s3cr&t<", "unisono.example", "sip.unisono.example", 5062)


def test_every_phone_is_told_its_address_password_and_server() -> None:
    for one in provisioning.settings(ACCOUNT):
        assert "201" in one.text, one.phone
        assert "sip.unisono.example" in one.text and "5062" in one.text, one.phone
    assert "s3cr" not in repr(ACCOUNT) + repr(provisioning.settings(ACCOUNT))


def test_where_tls_is_spoken_every_phone_has_settings_for_it_too() -> None:
    plain, both = provisioning.settings(ACCOUNT), provisioning.settings(replace(ACCOUNT, tls_port=5061))
    assert both[: len(plain)] == plain
    secure = both[len(plain) :]
    assert [one.phone for one in secure] == [f"{one.phone} (TLS)" for one in plain]
    for one in secure:
        assert "5061" in one.text and "5062" not in one.text, one.phone
        assert "transport=tls" in one.text or "transport_type = 2" in one.text, one.phone


def test_a_name_begins_no_line_of_its_own() -> None:
    assert len(provisioning.baresip(ACCOUNT).splitlines()) == 1
    for line in [*provisioning.linphone(ACCOUNT).splitlines(), *provisioning.yealink(ACCOUNT).splitlines()]:
        assert not line.startswith("evil"), line


class Texts(HTMLParser):
    """The texts between tags."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@pytest.mark.parametrize("text", [provisioning.snom(ACCOUNT), provisioning.qr_text(ACCOUNT)])
def test_what_is_xml_reads_back(text: str) -> None:
    values = Texts(text).found
    assert ACCOUNT.password in values and "201" in values


def test_a_qr_code_is_an_image() -> None:
    svg = provisioning.qr_svg(provisioning.qr_text(ACCOUNT))
    assert svg.startswith("<svg") and svg.endswith("</svg>\n") and "<path" in svg
