"""`unisono serve`."""

import argparse
import asyncio
import sys
from dataclasses import replace
from typing import TextIO, cast

from logs import log
from server.certificates import place as telephones
from server.certificates.store import UnusableCertificate
from server.commandline.place import Failure, Place, add_place, open_place
from server.demo import guard
from server.open_files import allow_many
from server.supervision import parts, ports, sounds, supervisor
from server.supervision.greeting import greeting
from server.supervision.probe import Readiness

_log = log.get(__name__)

DAY = 86_400.0
#: What a server is not started for.
_REFUSALS = (supervisor.DataInUse, supervisor.WrongDomain, ports.PortTaken, guard.RealData)


def configure(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    parser.add_argument(
        "--log",
        choices=["-"],
        help="write all logs to stderr, as a service manager likes it, instead of files in DIR/logs",
    )
    parser.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    place = open_place(arguments)
    # For the processes that are started from here, too.
    allow_many()
    try:
        held = supervisor.lock(place.data)
        supervisor.check_domain(place.data, place.config.organisation.domain)
        ports.check(place.config)
        place = replace(place, config=ports.chosen(place.config))
        asyncio.run(guard.check(place.config, place.data))
    except _REFUSALS as error:
        raise Failure(str(error)) from error
    with held:
        place.data.started_with(arguments.config)
        telephones.ensure(place.config, place.data)
        _make_sounds(place)
        parts.write_files(place.config, place.data, place.secrets)
        asyncio.run(_run(place, to_stderr=arguments.log == "-"))
    return 0


def _make_sounds(place: Place) -> None:
    try:
        sounds.ensure(place.config, place.data, parts.own_environment())
    except sounds.UnusableSound as error:
        raise Failure(str(error)) from error


async def _run(place: Place, to_stderr: bool) -> None:
    config, data = place.config, place.data
    own = supervisor.sink_named("supervisor", config, data, to_stderr)
    log.configure("supervisor", config.log.level, cast(TextIO, supervisor.LineStream(own)))
    found = supervisor.Supervisor(
        parts.specs(config, data), lambda spec: supervisor.sink_named(spec.name, config, data, to_stderr)
    )

    def tell(state: Readiness) -> None:
        if state.ready:
            print_now(greeting(config))
        else:
            why = "; ".join(f"{name}: {reason}" for name, reason in state.why.items())
            print_now(f"Unisono is not ready yet ({why}). Logs: {data.logs}\n")

    renewing = asyncio.create_task(_renew(place))
    await found.run(tell, f"{config.web.internal_url}/health/ready")
    renewing.cancel()
    own.close()


async def _renew(place: Place) -> None:
    """A certificate of ours never ends while the server runs: the bridge reads it again by itself."""
    while True:
        await asyncio.sleep(DAY)
        try:
            if await asyncio.to_thread(telephones.ensure, place.config, place.data):
                _log.info("certificate_renewed")
        except (UnusableCertificate, OSError) as error:
            _log.error("certificate_not_renewed", why=str(error))


def print_now(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
