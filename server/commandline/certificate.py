"""`unisono certificate`: what desk phones check when they speak SIP over TLS."""

import argparse
import sys
from pathlib import Path

from server.certificates import place
from server.certificates.store import UnusableCertificate, read
from server.commandline.actions import table
from server.commandline.place import Failure, Place, add_place, open_started


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show the certificate of SIP over TLS and the authority that desk phones are to trust. Both are made"
        " when they are missing; the certificate is renewed by itself a month before it ends."
    )
    parser.add_argument(
        "--renew", action="store_true", help="make a new certificate now; the authority stays"
    )
    parser.add_argument(
        "--authority",
        action="store_true",
        help="print the authority's certificate alone (PEM), for the phones",
    )
    add_place(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    opened = open_started(arguments)
    try:
        sys.stdout.write(_said(arguments, opened))
    except (UnusableCertificate, OSError) as error:
        raise Failure(str(error)) from error
    return 0


def _said(arguments: argparse.Namespace, opened: Place) -> str:
    config, data = opened.config, opened.data
    files = place.files(config, data)
    if files is None:
        raise Failure("SIP over TLS is off: set `sip.tls_port`")
    foreign = bool(config.sip.tls_certificate_file)
    if foreign and (arguments.renew or arguments.authority):
        raise Failure("the certificate is the one of `sip.tls_certificate_file`: who made it renews it")
    renewed = place.ensure(config, data, anew=arguments.renew)
    own = place.certificates(data)
    if arguments.authority:
        return own.authority_certificate.read_text("ascii")
    shown = _rows("certificate", files[0])
    rows = shown if foreign else [*shown, *_rows("authority", own.authority_certificate)]
    note = "A new certificate was made; it is shown within a minute.\n" if renewed else ""
    return table(rows).rstrip("\n") + "\n" + note


def _rows(what: str, path: Path) -> list[tuple[str, str]]:
    seen = read(path)
    named = [("for", ", ".join(seen.names))] if seen.names else []
    return [
        (what, str(path)),
        *named,
        ("until", seen.until.date().isoformat()),
        ("SHA-256", seen.fingerprint),
    ]
