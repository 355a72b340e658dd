"""Asking our own `/health/ready`, with the standard library alone: the supervisor stays small."""

import http.client
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Readiness:
    """Whether all parts are ready, and why those that are not are not."""

    ready: bool
    why: dict[str, str] = field(default_factory=dict)


def readiness(url: str, timeout: float = 4.0) -> Readiness:
    """Ask `url` (the web process's `/health/ready`); blocks for `timeout` seconds at most."""
    try:
        status, body = _get(url, timeout)
        parts = json.loads(body)["parts"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return Readiness(False, {"web": "not reachable"})
    why = {name: str(part["why"]) for name, part in parts.items() if not part["ready"]}
    return Readiness(status == HTTPStatus.OK, why)


def answers(url: str, timeout: float = 4.0) -> bool:
    """Whether whoever serves `url` answers with 200; blocks for `timeout` seconds at most."""
    try:
        return _get(url, timeout)[0] == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


def _get(url: str, timeout: float) -> tuple[int, bytes]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=timeout)
    try:
        connection.request("GET", address.path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
