"""The calls of the soak: who calls whom, and who ends it. Each runs many times at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.soak.client import Broken
from tests.soak.people import ANSWERS, BUSY, DECLINES, DIALS, ENDS, LEAVES, RINGS, STAYS, House, Person
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.sipp import Sipp, SippError

#: Seconds that the calls of one run may take beside those in which they begin: some are kept.
_PATIENCE = 5 * PATIENCE
_TONE, _NOBODY = "+390698765402", "299"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`run(house, calls, rate)` makes so many calls, so many a second, and returns what went wrong.

    `stands` says whether its calls are answered, so that several stand at once.
    """

    name: str
    run: Callable[[House, int, float], Awaitable[list[str]]]
    stands: bool = True


def _phone(scenario: str, to: Person | str) -> Callable[[House, int, float], Awaitable[list[str]]]:
    """A desk phone calls; sipp makes all the calls and counts those that fail."""

    async def run(house: House, calls: int, rate: float) -> list[str]:
        number = to if isinstance(to, str) else to.extension
        keys: dict[str, str | int] = {"rtp_port": free_port(), "caller": DIALS.extension}
        async with Sipp(
            house.next_folder(),
            scenario,
            house.bridge,
            service=number,
            calls=calls,
            rate=rate,
            account=(DIALS.extension, DIALS.sip_password),
            keys=keys,
            trace=False,
            timeout=int(calls / rate + _PATIENCE),
        ) as phone:
            try:
                async with house.hold.ends_calls_of(phone):
                    await phone.wait(calls / rate + _PATIENCE)
            except (SippError, TimeoutError) as error:
                return [f"{scenario}: {error!r}"]
        return []

    return run


def _each(one: Callable[[House], Awaitable[None]]) -> Callable[[House, int, float], Awaitable[list[str]]]:
    """So many calls, one task each."""

    async def run(house: House, calls: int, rate: float) -> list[str]:
        begun = []
        for _ in range(calls):
            begun.append(asyncio.ensure_future(one(house)))
            await asyncio.sleep(1 / rate)
        ends = await asyncio.gather(*begun, return_exceptions=True)
        return [repr(end) for end in ends if isinstance(end, BaseException)]

    return run


async def _carrier_calls_and_ends(house: House) -> None:
    call_id = await house.carrier.call_in(STAYS.number, tone_hz=440)
    await _carrier_sees(house, call_id, "answered")
    await house.hold.over()
    await house.carrier.hang_up(call_id)
    await _carrier_sees(house, call_id, "ended")


async def _carrier_calls_and_is_left(house: House) -> None:
    call_id = await house.carrier.call_in(LEAVES.number, tone_hz=440)
    await _carrier_sees(house, call_id, "answered")
    await _carrier_sees(house, call_id, "ended")


async def _carrier_sees(house: House, call_id: str, state: str) -> None:
    call = await house.carrier.wait_call(
        lambda call: call["id"] == call_id and call["state"] in {state, "ended"}
    )
    # One that was answered may have ended between two looks; a call that is refused has a status.
    if call["state"] != state and call["status"]:
        raise Broken(f"the carrier's call is {call['state']} with {call['status']}, not {state}")


async def _client_calls_and_ends(house: House) -> None:
    room_id = house.rooms[STAYS.name]
    call_id = await house.clients[ANSWERS.name].call(room_id)
    await house.hold.over()
    await house.clients[ANSWERS.name].hang_up(room_id, call_id)


async def _client_calls_and_is_left(house: House) -> None:
    await house.clients[ANSWERS.name].wait_left(
        await house.clients[ANSWERS.name].call(house.rooms[LEAVES.name])
    )


def _phone_and_client(
    scenario: str, to: Person, answers: Callable[[House, str, str], Awaitable[None]]
) -> Callable[[House, int, float], Awaitable[list[str]]]:
    """A desk phone calls somebody who has a Matrix client and nothing else."""
    phone = _phone(scenario, to)

    async def clients(house: House, calls: int, rate: float) -> list[str]:
        begun = []
        for _ in range(calls):
            room_id, call_id = await house.clients[to.name].invited(1 / rate + PATIENCE)
            begun.append(asyncio.ensure_future(answers(house, room_id, call_id)))
        ends = await asyncio.gather(*begun, return_exceptions=True)
        return [repr(end) for end in ends if isinstance(end, BaseException)]

    async def run(house: House, calls: int, rate: float) -> list[str]:
        failed = await asyncio.gather(
            phone(house, calls, rate), clients(house, calls, rate), return_exceptions=True
        )
        return [word for each in failed for word in (each if isinstance(each, list) else [repr(each)])]

    return run


async def _client_answers_and_is_left(house: House, room_id: str, call_id: str) -> None:
    await house.clients[ANSWERS.name].answer(room_id, call_id)
    await house.clients[ANSWERS.name].wait_left(call_id)


async def _client_answers_and_ends(house: House, room_id: str, call_id: str) -> None:
    await house.clients[ENDS.name].answer(room_id, call_id)
    await house.hold.over()
    await house.clients[ENDS.name].hang_up(room_id, call_id)


async def _client_declines(house: House, room_id: str, call_id: str) -> None:
    await house.clients[DECLINES.name].decline(room_id, call_id)


SCENARIOS = (
    Scenario("phone to phone, the caller ends", _phone("phone_calls", STAYS)),
    Scenario("phone to phone, the called one ends", _phone("phone_calls_and_is_left", LEAVES)),
    Scenario("phone to outside, the phone ends", _phone("phone_calls", _TONE)),
    Scenario("outside to phone, outside ends", _each(_carrier_calls_and_ends)),
    Scenario("outside to phone, the phone ends", _each(_carrier_calls_and_is_left)),
    Scenario("Matrix client to phone, the client ends", _each(_client_calls_and_ends)),
    Scenario("Matrix client to phone, the phone ends", _each(_client_calls_and_is_left)),
    Scenario(
        "phone to Matrix client, the phone ends",
        _phone_and_client("phone_calls", ANSWERS, _client_answers_and_is_left),
    ),
    Scenario(
        "phone to Matrix client, the client ends",
        _phone_and_client("phone_calls_and_is_left", ENDS, _client_answers_and_ends),
    ),
    Scenario(
        "phone to Matrix client, declined",
        _phone_and_client("phone_is_refused", DECLINES, _client_declines),
        stands=False,
    ),
    Scenario("phone to phone, busy", _phone("phone_is_refused", BUSY), stands=False),
    Scenario("phone to phone, the caller gives up", _phone("phone_gives_up", RINGS), stands=False),
    Scenario("phone to nobody", _phone("phone_finds_nobody", _NOBODY), stands=False),
)
