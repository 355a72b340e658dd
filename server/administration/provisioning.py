"""What a telephone must be told, in the words of the common ones.

A phone's password exists in clear only in what these functions return: it is shown once.
"""

import io
from dataclasses import dataclass, field, replace
from typing import Literal
from xml.sax.saxutils import escape

import segno

#: Stands after the name of a phone whose settings are for TLS.
OVER_TLS = " (TLS)"


@dataclass(frozen=True, slots=True)
class Account:
    """What any SIP phone asks for. `server` and `port` are where it registers, `domain` is in its address;
    `tls_port` is where it may register by TLS instead, 0 for nowhere."""

    extension: str
    name: str
    password: str = field(repr=False)
    domain: str = ""
    server: str = ""
    port: int = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"
    tls_port: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """A text to put into a phone; `file` is what the phone calls the file, if it reads one."""

    phone: str
    file: str | None
    text: str = field(repr=False)


def settings(account: Account) -> list[Settings]:
    """The settings for each kind of phone we know, and again for TLS where we speak it."""
    plain = _settings(account, "")
    if not account.tls_port:
        return plain
    return plain + _settings(replace(account, port=account.tls_port, transport="tls"), OVER_TLS)


def _settings(account: Account, how: str) -> list[Settings]:
    return [
        Settings(f"baresip{how}", "accounts", baresip(account)),
        Settings(f"linphone{how}", "linphonerc", linphone(account)),
        Settings(f"yealink{how}", "account.cfg", yealink(account)),
        Settings(f"snom{how}", "settings.xml", snom(account)),
    ]


def baresip(account: Account) -> str:
    """A line of `~/.baresip/accounts`."""
    where = f"{_host(account)};transport={account.transport}"
    return (
        f'"{_quoted(account.name)}" <sip:{account.extension}@{account.domain};transport={account.transport}>'
        f';auth_user={account.extension};auth_pass={account.password};outbound="sip:{where}";regint=600\n'
    )


def linphone(account: Account) -> str:
    """The sections of `linphonerc` for one account."""
    identity = f'"{_quoted(account.name)}" <sip:{account.extension}@{account.domain}>'
    return (
        "[proxy_0]\n"
        f"reg_identity={identity}\n"
        f"reg_proxy=<sip:{_host(account)};transport={account.transport}>\n"
        f"reg_route=<sip:{_host(account)};transport={account.transport};lr>\n"
        "reg_expires=600\nreg_sendregister=1\n\n"
        "[auth_info_0]\n"
        f"username={account.extension}\nuserid={account.extension}\n"
        f"passwd={account.password}\nrealm=*\n"
    )


def yealink(account: Account) -> str:
    """A configuration file of Yealink's T series."""
    transport = {"udp": 0, "tcp": 1, "tls": 2}[account.transport]
    lines = {
        "account.1.enable": 1,
        "account.1.label": _line(account.name),
        "account.1.display_name": _line(account.name),
        "account.1.user_name": account.extension,
        "account.1.auth_name": account.extension,
        "account.1.password": account.password,
        "account.1.sip_server.1.address": account.domain,
        "account.1.sip_server.1.port": account.port,
        "account.1.sip_server.1.transport_type": transport,
        "account.1.sip_server.1.expires": 600,
        "account.1.outbound_proxy_enable": 1,
        "account.1.outbound_proxy.1.address": account.server,
        "account.1.outbound_proxy.1.port": account.port,
    }
    return "#!version:1.0.0.1\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())


def snom(account: Account) -> str:
    """A settings file of Snom's D series."""
    values = {
        "user_active": "on",
        "user_realname": _line(account.name),
        "user_name": account.extension,
        "user_pname": account.extension,
        "user_pass": account.password,
        "user_host": account.domain,
        "user_outbound": f"{_host(account)};transport={account.transport}",
        "user_expiry": "600",
    }
    inside = "".join(
        f'    <{name} idx="1" perm="RW">{escape(value)}</{name}>\n' for name, value in values.items()
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<settings>\n  <phone-settings>\n{inside}'
        "  </phone-settings>\n</settings>\n"
    )


def qr_text(account: Account) -> str:
    """The XML that mobile softphones read from a QR code (Grandstream Wave's `AccountConfig`)."""
    values = {
        "RegisterServer": account.domain,
        "OutboundServer": _host(account),
        "UserID": account.extension,
        "AuthID": account.extension,
        "AuthPass": account.password,
        "AccountName": _line(account.name),
        "DisplayName": _line(account.name),
    }
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<AccountConfig version="1"><Account>{inside}</Account></AccountConfig>'
    )


def qr_svg(text: str) -> str:
    """`text` as a QR code: an SVG image that scales."""
    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(image, kind="svg", xmldecl=False, svgns=True, border=4)
    return image.getvalue().decode()


def _host(account: Account) -> str:
    return f"{account.server}:{account.port}"


def _quoted(name: str) -> str:
    return _line(name).replace("\\", "").replace('"', "")


def _line(name: str) -> str:
    """A name is one line already; a setting must not begin a second one whatever it holds."""
    return " ".join(name.split())
