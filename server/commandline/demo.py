"""`unisono demo call-in`: somebody outside calls a colleague, or into a meeting."""

import argparse
import http.client
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.commandline.place import Failure, Place, add_place, open_started
from server.config import Config

#: Where `./run` keeps the demo organisation.
DEMO_DATA = Path("data/demo")
#: Seconds until a call to the dial-in stands, and between two looks at it.
_ANSWERED_WITHIN, _LOOK_EVERY = 15.0, 0.1


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    words = "let the simulated carrier call a colleague, or into a meeting"
    call_in = actions.add_parser("call-in", help=words, description=words.capitalize() + ".")
    add_place(call_in, DEMO_DATA)
    call_in.add_argument(
        "--to",
        metavar="WHO",
        help="e-mail address, first name, extension or number of a colleague; by default the first one",
    )
    call_in.add_argument(
        "--from", dest="caller", metavar="NUMBER", help="who calls; the demo's outside number"
    )
    call_in.add_argument("--tone", type=int, metavar="HZ", help="let the caller send this tone")
    call_in.add_argument(
        "--pin", metavar="PIN", help="call the dial-in of meetings instead, and type this PIN there"
    )
    call_in.set_defaults(run=_call_in)


def _call_in(arguments: argparse.Namespace) -> int:
    place: Place = open_started(arguments)
    config = place.config
    if not config.demo.enabled:
        raise Failure("the demo is not enabled in this configuration (`demo.enabled`)")
    body: dict[str, Any] = {
        "to": dial_in(config) if arguments.pin else number_of(config, arguments.to),
        "from": arguments.caller or config.demo.outside_number,
    }
    if arguments.tone is not None:
        body["tone_hz"] = arguments.tone
    carrier = config.demo.carrier.control_url
    call_id = _ask(carrier, "POST", "/v1/call-in", body)["call_id"]
    sys.stdout.write(f"{body['from']} calls {body['to']} (call {call_id})\n")
    if arguments.pin:
        _type(carrier, call_id, f"{arguments.pin}#")
    return 0


def dial_in(config: Config) -> str:
    """The number by which meetings are reached from outside. Raises `Failure` when there is none."""
    if not config.meetings.dial_in_numbers:
        raise Failure("meetings have no number to dial in (`meetings.dial_in_numbers`)")
    return config.meetings.dial_in_numbers[0]


def _type(carrier: str, call_id: str, keys: str) -> None:
    """Press keys once the call stands; the voice that asks for them need not be heard out."""
    for _ in range(int(_ANSWERED_WITHIN / _LOOK_EVERY)):
        calls = _ask(carrier, "GET", "/v1/calls")["calls"]
        state = next((call["state"] for call in calls if call["id"] == call_id), "ended")
        if state == "answered":
            _ask(carrier, "POST", f"/v1/calls/{call_id}/digits", {"digits": keys})
            return
        if state == "ended":
            break
        time.sleep(_LOOK_EVERY)
    raise Failure("the call was not answered: does the server run with meetings (`sfu.enabled`)?", 1)


def number_of(config: Config, who: str | None) -> str:
    """The number by which the demo's colleague `who` is reached from outside; a number as it is.

    Raises `Failure` for somebody unknown.
    """
    people = config.demo.people
    if who is None:
        if not people:
            raise Failure("the demo has no people: say whom to call with --to")
        return people[0].number
    wanted = who.casefold()
    for person in people:
        names = {person.email, person.email.partition("@")[0], person.name.split()[0], person.name}
        if wanted in {name.casefold() for name in names} | {person.extension}:
            return person.number
    if not who.lstrip("+").replace(" ", "").isdigit():
        raise Failure(f"nobody in the demo is `{who}`")
    return who


def _ask(url: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=10)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read() or b"{}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Failure(f"the carrier does not answer at {url}: does the server run?", 1) from error
    finally:
        connection.close()
    if response.status >= http.client.BAD_REQUEST:
        raise Failure(f"the carrier refused: {answer.get('error', {}).get('message', response.status)}", 1)
    return answer
