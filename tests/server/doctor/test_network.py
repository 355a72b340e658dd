"""What the doctor sees of the world around."""

import datetime
import http.server
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.certificates.store import read
from server.config import load
from server.doctor import network
from server.trunks.rules import Line
from tests.support.certificates import issued, written
from tests.support.ports import free_port

CONFIG = load()


@contextmanager
def sip(answer: bytes | None) -> Iterator[int]:
    """Something on a UDP port that answers everything with `answer`, or nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def serve() -> None:
            request, address = listening.recvfrom(4096)
            assert request.startswith(b"OPTIONS sip:")
            if answer is not None:
                listening.sendto(answer, address)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("section", "settings", "level"),
    [
        ("sip", {"host": "127.0.0.1"}, "ok"),
        ("sip", {"host": "10.0.0.5"}, "ok"),
        ("sip", {"host": "fd00::5"}, "ok"),
        ("sip", {"host": "0.0.0.0"}, "warning"),
        ("sip", {"host": "::"}, "warning"),
        ("sip", {"host": "93.184.216.34"}, "warning"),
        ("sip", {"host": "pbx.example.org"}, "warning"),
        ("sip", {"advertised_host": "93.184.216.34"}, "warning"),
        ("media", {"host": "0.0.0.0"}, "warning"),
        ("media", {"advertised": {"0.0.0.0/0": "93.184.216.34"}}, "warning"),
        ("media", {"advertised": {"10.0.0.0/8": "10.0.0.5"}}, "ok"),
    ],
)
def test_telephony_in_clear_outside_a_private_network_is_said(
    section: str, settings: dict[str, Any], level: str
) -> None:
    config = replace(CONFIG, **{section: replace(getattr(CONFIG, section), **settings)})
    [found] = list(network.telephony_in_clear(config))
    assert found.level == level
    off = replace(config, sip=replace(config.sip, enabled=False))
    assert list(network.telephony_in_clear(off)) == []


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        (b"SIP/2.0 405 Method Not Allowed\r\n\r\n", "ok"),
        (b"HTTP/1.1 200\r\n\r\n", "problem"),
        (None, "problem"),
    ],
)
def test_a_trunk_is_asked_by_options(answer: bytes | None, level: str) -> None:
    with sip(answer) as port:
        [found] = list(network.trunks_by_asking([Line("x", "peer", "127.0.0.1", port)]))
    assert found.level == level


def test_a_trunk_where_nobody_listens_is_a_problem() -> None:
    [found] = list(network.trunks_by_asking([Line("x", "peer", "127.0.0.1", free_port(), "tcp")]))
    assert found.level == "problem" and "refused" in found.words


@contextmanager
def web(bodies: dict[str, Any]) -> Iterator[int]:
    """Answers JSON by path."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(bodies[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Quietly."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_every_part_that_is_not_ready_is_named_with_its_log() -> None:
    parts = {"web": {"ready": True}, "homeserver": {"ready": False, "why": "not reachable"}}
    with web({"/health/ready": {"ready": False, "parts": parts}}) as port:
        found = list(network.processes(replace(CONFIG, web=replace(CONFIG.web, port=port))))
    assert [(finding.what, finding.level) for finding in found] == [("web", "ok"), ("homeserver", "problem")]
    assert "homeserver.log" in found[1].mend
    [away] = list(network.processes(replace(CONFIG, web=replace(CONFIG.web, port=free_port()))))
    assert away.level == "problem"


def test_the_bridge_says_which_trunk_is_down() -> None:
    trunks = [{"name": "a", "up": True, "why": None}, {"name": "b", "up": False, "why": "403 Forbidden"}]
    with web({"/v1/trunks": {"trunks": trunks}}) as port:
        config = replace(CONFIG, sip=replace(CONFIG.sip, control_port=port))
        found = list(network.trunks_of_the_bridge(config, "secret"))
    assert [finding.level for finding in found] == ["ok", "problem"]
    assert "403 Forbidden" in found[1].words


def test_a_page_without_encryption_gets_no_microphone() -> None:
    open_ = replace(CONFIG, web=replace(CONFIG.web, public_url="http://phone.example"))
    assert network.public_address(open_).level == "problem"
    assert network.public_address(CONFIG).level == "ok"


def certificate(folder: Path, days: int) -> ssl.SSLContext:
    """A server's context with a certificate of its own for localhost, which lies in `folder`/ca.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize(
    ("days", "trusted", "level"),
    [(60, True, "ok"), (5, True, "warning"), (-1, True, "problem"), (60, False, "problem")],
)
def test_a_certificate_is_trusted_and_lasts(tmp_path: Path, days: int, trusted: bool, level: str) -> None:
    context = certificate(tmp_path, days)
    client = ssl.create_default_context(cafile=str(tmp_path / "ca.pem") if trusted else None)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

        threading.Thread(target=serve, daemon=True).start()
        now = datetime.datetime.now(datetime.UTC).timestamp()
        found = network.certificate("localhost", listening.getsockname()[1], now, client)
    assert found.level == level, found


def test_mail_is_tried_as_far_as_the_door() -> None:
    port = free_port()
    section = replace(CONFIG.mail, host="127.0.0.1", port=port, security="none")
    assert network.mail(section).level == "problem"
    smtp = Controller(Sink(), hostname="127.0.0.1", port=port)
    smtp.start()
    try:
        assert network.mail(section).level == "ok"
        assert network.mail(replace(section, username="u", password="p")).level == "problem"
        assert network.mail(replace(section, security="starttls")).level == "problem"
    finally:
        smtp.stop()
    assert network.mail(replace(section, host="")).level == "warning"


@pytest.mark.parametrize(("days", "level"), [(100, "ok"), (15, "ok"), (13, "warning"), (-1, "warning")])
def test_the_certificate_of_sip_over_tls_is_looked_at(tmp_path: Path, days: int, level: str) -> None:
    files = written(tmp_path, issued("pbx.example.org"))
    until = read(files.certificate).until.timestamp()
    (found,) = network.telephones_certificate(files.both, until - days * 86_400)
    assert (found.level, "pbx.example.org" in found.words) == (level, True)


def test_a_spoilt_or_missing_certificate_is_said(tmp_path: Path) -> None:
    files = tmp_path / "sip.pem", tmp_path / "sip.key"
    assert list(network.telephones_certificate(None, 0.0)) == []
    assert [found.level for found in network.telephones_certificate(files, 0.0)] == ["ok"]
    files[0].write_text("spoilt")
    assert [found.level for found in network.telephones_certificate(files, 0.0)] == ["problem"]
