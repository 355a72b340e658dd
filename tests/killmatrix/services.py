"""What answers in place of a person while a process ends: queues, and a mailbox that records."""

import asyncio
import io
import wave
from array import array
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.support.audio import tone_share
from tests.support.office import BRUNO, CHIARA, Api, Colleague
from tests.support.patience import PATIENCE
from tests.support.stack import Stack

#: In this order they are begun: who waits does so because the agent talks.
SERVICES = ("agent talks", "waiting", "agent rings", "message")
#: An agent has one call of a queue at a time.
ALONE = frozenset({"agent talks", "agent rings"})
#: Each queue has one agent, by whose place among the telephones it is found: one speaks TLS, one TCP.
QUEUES: Mapping[str, tuple[str, Colleague]] = {
    "agent talks": ("310", CHIARA),
    "waiting": ("310", CHIARA),
    "agent rings": ("311", BRUNO),
}
#: Bytes of a second that is recorded; samples of a piece, and how much of that is its caller's tone at least.
_SECOND, _PIECE, _ITS_TONE = 8000, 2000, 0.6


#: One looks through the mailbox at a time: what is listed there is not deleted by the next one meanwhile.
_mailbox = asyncio.Lock()


def called(phase: str) -> tuple[str, Colleague]:
    """Which extension, and whose telephone rings by it."""
    return QUEUES.get(phase, (BRUNO.extension, BRUNO))


@asynccontextmanager
async def services(admin: Api, apis: Mapping[str, Api]) -> AsyncIterator[None]:
    """The queues and the mailbox are there. `apis` by extension."""
    async with AsyncExitStack() as there:
        for extension, agent in sorted(set(QUEUES.values()), key=lambda one: one[0]):
            await there.enter_async_context(_queue(admin, extension, agent, apis[agent.extension]))
        mailbox = apis[BRUNO.extension]
        assert (await mailbox.ask("PUT", "/voicemail/settings", {"on": True}))[0] == 200
        try:
            yield
        finally:
            await mailbox.ask("PUT", "/voicemail/settings", {"on": False})


@asynccontextmanager
async def _queue(admin: Api, extension: str, agent: Colleague, api: Api) -> AsyncIterator[None]:
    body = {
        "name": f"Killed {extension}",
        "extension": extension,
        "numbers": [],
        "strategy": "in_order",
        "seconds": 120,  # until the last process is well again
        "skip_busy": False,  # who is in a meeting, too
        "members": [{"user_id": agent.user_id}],
        "waiting": {"wrap_up": 0, "announce": 0, "welcome": False},
    }
    status, made = await admin.ask("POST", "/groups", body)
    assert status == 201, made
    try:
        status, answer = await api.ask("PUT", "/queues/duty", {"duty": "on"})
        assert status == 200, answer
        yield
    finally:
        await api.ask("PUT", "/queues/duty", {"duty": "off"})
        await admin.ask("DELETE", f"/groups/{made['group']['id']}")


# --- messages ---


async def begun(stack: Stack, messages: int) -> None:
    """A second of each of so many messages is recorded. Raises TimeoutError."""
    await _until(lambda: sum(size >= _SECOND for size in _recorded(stack).values()) >= messages)


async def recorded_on(stack: Stack) -> None:
    """Each message that is being recorded is a second longer, or over. Raises TimeoutError."""
    before = _recorded(stack)

    def further() -> bool:
        now = _recorded(stack)
        return all(now.get(path, size + _SECOND) >= size + _SECOND for path, size in before.items())

    await _until(further)


async def message_of(api: Api, hz: float) -> None:
    """A message comes that is this tone; it is deleted then. Raises TimeoutError."""
    for _ in range(int(PATIENCE * 2)):
        async with _mailbox:
            _, found = await api.ask("GET", "/voicemail")
            for one in found["messages"]:
                if _mostly(await _samples(api, one["id"]), hz):
                    await api.ask("DELETE", f"/voicemail/{one['id']}")
                    return
        await asyncio.sleep(0.5)  # it comes when the bridge has delivered it
    raise TimeoutError(f"no message of {hz} Hz comes")


def _mostly(samples: Sequence[int], hz: float) -> bool:
    """Whether most pieces of it are this tone. A pause while nobody recorded shifts the tone's phase, which
    over the whole would cancel itself."""
    pieces = [samples[at : at + _PIECE] for at in range(0, len(samples) - _PIECE + 1, _PIECE)]
    alike = sum(tone_share(piece, 8000, hz) > _ITS_TONE for piece in pieces)
    return 2 * alike > len(pieces)


async def _samples(api: Api, message_id: str) -> Sequence[int]:
    with wave.open(io.BytesIO(await api.file(f"/voicemail/{message_id}/sound"))) as file:
        return array("h", file.readframes(file.getnframes())).tolist()


def _recorded(stack: Stack) -> dict[Path, int]:
    """The bytes of each message that is being recorded."""
    sizes: dict[Path, int] = {}
    for path in (stack.data / "sip" / "voicemail").glob("*.ulaw"):
        try:
            sizes[path] = path.stat().st_size
        except FileNotFoundError:  # it is whole
            continue
    return sizes


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE * 10)):
        if holds():
            return
        await asyncio.sleep(0.1)  # a file grows without telling anybody
    raise TimeoutError("messages are not recorded")
