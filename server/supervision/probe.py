"""Asking our own `/health/ready`, with the standard library alone: the supervisor stays small."""

import http.client
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Readiness:
    """Whether all parts are ready, and why those that are not are not."""

    ready: bool
    why: dict[str, str] = field(default_factory=dict)


def readiness(url: str, timeout: float = 4.0) -> Readiness:
    """Ask `url` (the web process's `/health/ready`); blocks for `timeout` seconds at most."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=timeout)
    try:
        connection.request("GET", address.path)
        response = connection.getresponse()
        parts = json.loads(response.read())["parts"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return Readiness(False, {"web": "not reachable"})
    finally:
        connection.close()
    why = {name: str(part["why"]) for name, part in parts.items() if not part["ready"]}
    return Readiness(response.status == 200, why)
