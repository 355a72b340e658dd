"""`unisono doctor`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator

from server.certificates import place as certificates
from server.commandline.place import Failure, Place, add_place, open_started
from server.config import Config
from server.directory.store import SqlPeople
from server.doctor import machine, meetings, network
from server.doctor.findings import Finding, ok, problem, summary, warning
from server.storage import Database, DatabaseAway, database_url
from server.supervision import ports
from server.supervision.supervisor import DataInUse, lock
from server.trunks.rules import Line
from server.trunks.store import SqlLines


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    findings: list[Finding] = []
    for finding in _examine(arguments):
        findings.append(finding)
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
    words, status = summary(findings)
    sys.stdout.write(words + "\n")
    return status


def _examine(arguments: argparse.Namespace) -> Iterator[Finding]:
    try:
        place = open_started(arguments)
    except Failure as failure:
        yield problem("configuration", str(failure), "correct what is named, and look again")
        return
    config, data = place.config, place.data
    yield ok("configuration", f"{config.organisation.name}, domain {config.organisation.domain}")
    yield from machine.data_directory(data)
    yield machine.disk(data)
    yield machine.limits()
    yield machine.clock(data)
    yield from machine.databases(data)
    yield from _running(place) if _is_running(place) else _at_rest(place)
    yield network.public_address(config)
    yield from network.telephony_in_clear(config)
    yield from network.telephones_certificate(certificates.files(config, data), time.time())
    yield from asyncio.run(_dial_in(place))
    yield from _messages(config)


def _is_running(place: Place) -> bool:
    try:
        lock(place.data).close()
    except DataInUse:
        return True
    return False


def _running(place: Place) -> Iterator[Finding]:
    yield ok("server", "runs")
    yield from network.processes(place.config)
    if place.config.sip.enabled:
        yield from network.trunks_of_the_bridge(place.config, place.secrets.internal_secret)


def _at_rest(place: Place) -> Iterator[Finding]:
    yield ok("server", "does not run")
    try:
        ports.check(place.config)
    except ports.PortTaken as error:
        yield problem("ports", str(error), "free the port, or choose another")
    else:
        yield ok("ports", "all are free")
    if place.config.sip.enabled and not place.config.demo.enabled:
        yield from network.trunks_by_asking(asyncio.run(_lines(place)))


async def _lines(place: Place) -> list[Line]:
    """The trunks of the file and those of the database, if there is one yet."""
    config = place.config
    found = [Line(t.name, t.kind, t.host, t.port, t.transport) for t in config.trunks]
    if not config.database.url and not place.data.database.exists():
        return found
    database = Database(database_url(config.database.url, place.data.database))
    try:
        await database.upgrade()
        return [*found, *(line for line in await SqlLines(database.engine).all() if line.enabled)]
    except DatabaseAway:
        # Which the dial-in is asked about, too, and says.
        return found
    finally:
        await database.close()


async def _dial_in(place: Place) -> list[Finding]:
    config = place.config
    if not config.database.url and not place.data.database.exists():
        return []
    database = Database(database_url(config.database.url, place.data.database))
    try:
        await database.upgrade()
        return await meetings.dial_in(config, SqlPeople(database.engine, config.organisation.domain))
    except DatabaseAway as error:
        return [problem("database", str(error), "start it, or correct `database.url`")]
    finally:
        await database.close()


def _messages(config: Config) -> Iterator[Finding]:
    if config.demo.enabled:
        yield ok("mail", "the demo keeps mails and text messages to itself")
        return
    yield network.mail(config.mail)
    if config.sms.provider == "none" and config.accounts.second_factor == "required":
        yield warning(
            "text messages",
            "no provider is configured: second factors are authenticator apps only",
            "say `sms.provider`, if people are to get codes on their mobiles",
        )
