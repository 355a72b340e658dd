"""``python -m bridges.carrier --config FILE``: runs until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from aiohttp import web

from bridges.carrier.calls import BRIDGE, Carrier
from bridges.carrier.config import Config, ConfigError, load
from bridges.carrier.control import Control
from bridges.sip.transport.api import EndpointConfig, TrunkConfig
from bridges.sip.transport.endpoint import SipEndpoint

log = structlog.get_logger()


def configure_logging(level: str) -> None:
    """One JSON object a line on stderr."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            _name_process,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def _name_process(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {**event, "process": "carrier"}


def endpoint_of(config: Config) -> SipEndpoint:
    """A SIP endpoint that talks with the bridge only and takes no registrations."""
    bridge = TrunkConfig(BRIDGE, config.bridge.host, config.bridge.port, keep_alive=0)
    return SipEndpoint(
        EndpointConfig(
            domain=config.sip.host,
            realm=config.sip.host,
            host=config.sip.host,
            udp_port=config.sip.port,
            tcp_port=config.sip.port,
            trunks=(bridge,),
            user_agent="Unisono-Carrier",
            registrar=False,
        )
    )


@contextmanager
def _naming(section: str, host: str, port: int) -> Iterator[None]:
    """Say which part of the configuration an address that cannot be had stands in."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{section}: cannot listen on {host}:{port}: {error.strerror}") from error


async def run(config: Config, stopped: asyncio.Event) -> None:
    """Serve until ``stopped``; all calls are hung up then.

    :raises ConfigError: when a port is in use.
    """
    endpoint = endpoint_of(config)
    runner = web.AppRunner(Control(Carrier(config, endpoint)).app(), access_log=None)
    with _naming("sip", config.sip.host, config.sip.port):
        await endpoint.start()
    try:
        await runner.setup()
        with _naming("control", config.control.host, config.control.port):
            await web.TCPSite(runner, config.control.host, config.control.port).start()
        log.info("ready", sip_port=config.sip.port, control_port=config.control.port)
        await stopped.wait()
    finally:
        await runner.cleanup()
        await endpoint.stop()
        log.info("stopped")


async def _serve(config: Config) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await run(config, stopped)


def main(arguments: list[str] | None = None) -> int:
    """The command; 0 after a clean stop, 1 when it cannot start, with the reason on stderr."""
    # Whatever this process creates is for its owner alone.
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="bridges.carrier", description="A simulated telephone carrier.")
    parser.add_argument("--config", type=Path, required=True, help="JSON file")
    try:
        config = load(parser.parse_args(arguments).config)
        configure_logging(config.log.level)
        asyncio.run(_serve(config))
    except ConfigError as error:
        configure_logging("info")
        log.critical("cannot_start", why=str(error))
        return 1
    return 0
