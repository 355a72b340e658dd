"""What stands around the server: its own processes, the public address, mail, trunks."""

import http.client
import json
import secrets
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.certificates.store import UnusableCertificate
from server.certificates.store import read as read_certificate
from server.config import Config
from server.config.reach import is_private
from server.config.sections import Mail
from server.doctor.findings import Finding, ok, problem, warning
from server.trunks.rules import Line

#: Seconds that anybody is waited for.
_PATIENCE = 5.0
_DAY = 86_400
#: Days left of a certificate below which somebody should look.
_CERTIFICATE_DAYS = 14
_LOOPBACK = {"localhost", "127.0.0.1", "::1", "[::1]"}


def processes(config: Config) -> Iterator[Finding]:
    """What `/health/ready` of the running server says, part by part."""
    try:
        report = _get_json(f"{config.web.internal_url}/health/ready")
    except (OSError, http.client.HTTPException, ValueError) as error:
        yield problem(
            "web",
            f"does not answer at {config.web.internal_url} ({_reason(error)})",
            "look into the log web.log; the supervisor starts it again",
        )
        return
    for name, part in report.get("parts", {}).items():
        if part.get("ready"):
            yield ok(name, "ready")
        else:
            yield problem(name, str(part.get("why") or "not ready"), f"look into the log {name}.log")


def trunks_of_the_bridge(config: Config, secret: str) -> Iterator[Finding]:
    """What the running bridge knows of its trunks."""
    try:
        headers = {"Authorization": f"Bearer {secret}"}
        report = _get_json(f"{config.sip.control_url}/v1/trunks", headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        yield problem("trunks", f"the bridge does not answer ({_reason(error)})", "look into the log sip.log")
        return
    for trunk in report.get("trunks", []):
        if trunk["up"]:
            yield ok("trunk", f"{trunk['name']} is up")
        elif trunk["up"] is None:
            yield ok("trunk", f"{trunk['name']}: {trunk['why'] or 'unknown'}; calls are sent all the same")
        else:
            yield problem(
                "trunk",
                f"{trunk['name']}: {trunk['why'] or 'down'}",
                "check its address, user name and password, and whether a firewall lets SIP through",
            )
    if not report.get("trunks"):
        yield warning("trunks", "there are none: nobody can call outside", "unisono trunks add")


def trunks_by_asking(lines: Sequence[Line]) -> Iterator[Finding]:
    """Whether something speaks SIP where each trunk is, asked by OPTIONS (RFC 3261, Section 11)."""
    for line in lines:
        if line.transport == "tls":
            yield ok("trunk", f"{line.name} speaks TLS: `unisono trunks test {line.name}` asks it")
            continue
        why = ask_options(line.host, line.port or 5060, line.transport)
        if why is None:
            yield ok("trunk", f"{line.name} answers at {line.address}")
        else:
            yield problem(
                "trunk",
                f"{line.name} at {line.address}/{line.transport}: {why}",
                "check its address, and whether a firewall lets SIP through",
            )


def ask_options(host: str, port: int, transport: str) -> str | None:
    """Why nobody answers OPTIONS there; None when somebody does, with whatever status."""
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=kind)[0]
        with socket.socket(family, kind) as connection:
            connection.settimeout(_PATIENCE / 2)
            connection.connect(address)
            here, local_port = connection.getsockname()[:2]
            connection.sendall(_options(host, port, transport, f"{here}:{local_port}"))
            answer = connection.recv(4096)
    except OSError as error:
        return _reason(error)
    return None if answer.startswith(b"SIP/2.0 ") else "what answers there is no SIP"


def _options(host: str, port: int, transport: str, here: str) -> bytes:
    token = secrets.token_hex(8)
    return (
        f"OPTIONS sip:{host}:{port} SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport.upper()} {here};branch=z9hG4bK{token};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:doctor@{here}>;tag={token}\r\nTo: <sip:{host}>\r\n"
        f"Call-ID: {token}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def public_address(config: Config, now: float | None = None) -> Finding:
    """The address that people type: reachable, and with a certificate that lasts."""
    origin = urlsplit(config.web.origin)
    host = origin.hostname or ""
    if origin.scheme != "https":
        if host in _LOOPBACK:
            return ok("address", f"{config.web.origin}, this machine only")
        return problem(
            "address",
            f"{config.web.origin} is not encrypted: browsers give no microphone or camera to such pages",
            "put a TLS proxy in front (config/nginx.example.conf, config/Caddyfile.example)"
            ' and say `web.public_url = "https://…"`',
        )
    return certificate(host, origin.port or 443, time.time() if now is None else now)


def telephony_in_clear(config: Config) -> Iterator[Finding]:
    """Where SIP and RTP, which travel unencrypted, can be met and heard."""
    if not config.sip.enabled:
        return
    hosts = {
        "sip.host": config.sip.host,
        "sip.advertised_host": config.sip.advertised_host,
        "media.host": config.media.host,
        "media.advertised_host": config.media.advertised_host,
    }
    told = list(config.media.advertised.values())
    named = [*((key, host) for key, host in hosts.items() if host), *(("media.advertised", h) for h in told)]
    public = [(key, host) for key, host in named if not is_private(host)]
    if not public:
        yield ok("telephones", "SIP and calls' sound, which are not encrypted, stay in private networks")
        return
    key, host = public[0]
    yield warning(
        "telephones",
        f"`{key}` is {host}, not an address of a private network: SIP and calls' sound are not encrypted, and"
        " can be heard on the way",
        "reach telephones outside by SIP over TLS (`sip.tls_port`) or through a VPN, and let a firewall admit"
        " the providers' addresses only",
    )


def telephones_certificate(files: tuple[Path, Path] | None, now: float) -> Iterator[Finding]:
    """What telephones are shown over TLS: ours is renewed by itself, the organisation's own is not."""
    if files is None:
        return
    try:
        seen = read_certificate(files[0])
    except FileNotFoundError:
        yield ok("SIP certificate", "is made when the server starts")
        return
    except (UnusableCertificate, OSError) as error:
        yield problem(
            "SIP certificate", str(error), "put back a good file, or let `unisono certificate` make one"
        )
        return
    left = (seen.until.timestamp() - now) / _DAY
    words = f"{', '.join(seen.names)}: good for {left:.0f} days"
    if left < _CERTIFICATE_DAYS:
        yield warning("SIP certificate", words, "renew it (`unisono certificate --renew`, if it is ours)")
    else:
        yield ok("SIP certificate", words)


def certificate(host: str, port: int, now: float, context: ssl.SSLContext | None = None) -> Finding:
    """Whether the certificate served at an address is good, and for how long."""
    context = context or ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout=_PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=host) as encrypted,
        ):
            served: Mapping[str, Any] = encrypted.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return problem("certificate", f"{host}: {error.verify_message}", "renew it, or serve the whole chain")
    except OSError as error:
        return problem(
            "address", f"https://{host}:{port} does not answer ({_reason(error)})", "look at the TLS proxy"
        )
    left = (ssl.cert_time_to_seconds(served["notAfter"]) - now) / _DAY
    words = f"{host}: good for {left:.0f} days"
    if left < _CERTIFICATE_DAYS:
        return warning("certificate", words, "renew it; see whether its renewal still runs")
    return ok("certificate", words)


def mail(section: Mail) -> Finding:
    """Whether the SMTP server lets us in."""
    if not section.host:
        return warning(
            "mail",
            "no server is configured: nobody can be invited by mail",
            "say `mail.host` and `mail.sender`",
        )
    where = f"{section.host}:{section.port}"
    try:
        with _smtp(section) as connection:
            if section.username:
                connection.login(section.username, section.password)
    except (smtplib.SMTPException, OSError) as error:
        return problem(
            "mail",
            f"{where}: {_reason(error)}",
            "check host, port, security, user name and password in [mail]",
        )
    return ok("mail", f"{where} lets us in")


def _smtp(section: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if section.security == "tls":
        return smtplib.SMTP_SSL(section.host, section.port, timeout=_PATIENCE, context=context)
    connection = smtplib.SMTP(section.host, section.port, timeout=_PATIENCE)
    if section.security == "starttls":
        connection.starttls(context=context)
    return connection


def _get_json(url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=_PATIENCE)
    try:
        connection.request("GET", address.path, headers=dict(headers or {}))
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return answer if isinstance(answer, dict) else {}


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
