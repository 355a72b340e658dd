"""A supervisor's call beside an agent's: which may be heard, who alone hears it, and when that ends."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Gone
from bridges.sip.b2bua.identity import lamp_dialog
from bridges.sip.b2bua.overheard import overheard
from bridges.sip.b2bua.services import Overheard
from bridges.sip.call_control.commands import CallCommands
from bridges.sip.supervision.leg import SupervisorLeg
from bridges.sip.supervision.listeners import Listeners
from bridges.sip.transport.api import Referred, Reinvite, Replaces
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET
from tests.bridges.sip.b2bua.fake_sip import ANNA, FakeIncoming, FakeOutgoing
from tests.bridges.sip.b2bua.fakes import BRUNO, HUNG_UP, FakeQueues, House, phones_talk, until
from tests.bridges.sip.b2bua.test_hold import sdp
from wire.commands import (
    Add,
    CommandAnswer,
    CommandRequest,
    ListenMode,
    ListenRequest,
    Merge,
    Move,
    Park,
    PickUp,
    PickUpRequest,
    Record,
    Transfer,
)
from wire.route import Party, PickUpRinging

DORA = "@dora:localhost"
DORAS = Party(DORA, "Dora Neri", "204")
DORAS_PHONE = {"kind": "sip", "extension": "204"}
VOICE = bytes(160)


class Ears:
    """The house, an agent's call in it, and all that is sent to ports of ours or from them."""

    def __init__(self) -> None:
        self.made: list[Listeners] = []
        self.told: list[int] = []
        self.house = House(supervision=self._listeners, queues=FakeQueues("nobody"))
        self.house.endpoint.phones = {"202": 1, "204": 1}
        self.commands = CallCommands(self.house.exchange)

    def _listeners(self, gateway: Any) -> Listeners:
        self.made.append(Listeners("127.0.0.1", gateway, lambda: self.told.append(1)))
        return self.made[-1]

    @property
    def leg(self) -> SupervisorLeg:
        (leg,) = self.made[0]._legs
        return leg

    @property
    def listened(self) -> str:
        return next(iter(self.house.records.records))

    def wanted(self, mode: ListenMode = "listen", agent: str = BRUNO, who: Party = DORAS) -> ListenRequest:
        return ListenRequest("01LISTEN", self.listened, Party(agent), who, "q", mode)

    async def rings(self, mode: ListenMode = "listen") -> tuple[FakeIncoming, FakeOutgoing, FakeOutgoing]:
        """Anna's phone talks with Bruno's, and Dora's rings."""
        anna, bruno = await phones_talk(self.house)
        self.house.endpoint.phones["204"] = 1
        dora = {"user_id": DORA, "name": "Dora Neri", "number": "204"}
        self.house.plan([DORAS_PHONE], caller={}, callee=dora, rings_elsewhere=False, room_id=None)
        assert await self.house.exchange.listen(self.wanted(mode))
        _, phone = await self.house.forks(2)
        phone.rings()
        return anna, bruno, phone

    async def hears(self, mode: ListenMode = "listen") -> tuple[FakeIncoming, FakeOutgoing, FakeOutgoing]:
        """She has answered."""
        anna, bruno, phone = await self.rings(mode)
        phone.answers(sdp())
        await until(lambda: self.made[0].listeners(self.listened), "she hears them")
        return anna, bruno, phone

    async def ends(self, phone: FakeOutgoing) -> None:
        """She hears them no more, and nothing of it is left."""
        await self.house.did(phone, "bye")
        await until(lambda: not self.house.gateway.taps, "nobody listens in the gateway")
        assert self.made[0].listeners(self.listened) == ()


@pytest.fixture
async def ears(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ears]:
    # The gateway of the tests writes no descriptions that could be read.
    monkeypatch.setattr(AudioPort, "accept", lambda _port, _sdp: None)
    monkeypatch.setattr(AudioPort, "answer", lambda _port, _sdp: "v=0 port")
    made = Ears()
    yield made
    made.made[0].stop()
    await made.made[0].closed()


async def test_the_call_of_an_agent_with_one_other_is_heard(ears: Ears) -> None:
    await phones_talk(ears.house)
    call = ears.house.exchange.bridged(ears.listened)
    assert call is not None
    assert overheard(call, ears.wanted()) == Overheard(ears.listened, "phone-1", "caller")
    assert overheard(call, ears.wanted(agent=ANNA)) == Overheard(ears.listened, "caller", "phone-1")
    assert overheard(call, ears.wanted(agent=DORA)) is None
    for own in (ANNA, BRUNO):
        assert overheard(call, ears.wanted(who=Party(own))) is None


async def test_a_call_that_is_not_answered_or_waits_in_a_queue_is_not(ears: Ears) -> None:
    ears.house.plan([{"kind": "sip", "extension": "202"}])
    await ears.house.phone_calls()
    (phone,) = await ears.house.forks(1)
    phone.rings()
    assert not await ears.house.exchange.listen(ears.wanted())
    phone.answers()
    await until(lambda: ears.house.records.last["answered_at"], "answered")
    call = ears.house.exchange.bridged(ears.listened)
    assert call is not None
    await until(lambda: overheard(call, ears.wanted()), "they talk")
    ears.house.services.queues._name = "caller"  # type: ignore[union-attr]
    assert overheard(call, ears.wanted()) is None


async def test_whose_call_it_was_is_not_heard_when_it_goes_on_with_somebody_else(ears: Ears) -> None:
    anna, bruno, dora = await ears.hears()
    assert set(ears.house.gateway.taps.values()) == {"caller", "phone-1"}
    carla = {"user_id": "@carla:localhost", "name": "Carla Verdi", "number": "203"}
    ears.house.endpoint.phones["203"] = 1
    ears.house.plan([{"kind": "sip", "extension": "203"}], callee=carla, rings_elsewhere=False)
    # The caller gives the agent to somebody: from when they are called on.
    anna.happen(Referred(7, "sip:203@localhost", None, "<sip:201@localhost>"))
    await ears.ends(dora)
    *_, phone = await ears.house.forks(3)
    assert not await ears.house.exchange.listen(ears.wanted())
    phone.answers("carla")
    await ears.house.did(anna, "bye")
    assert not bruno.ended


async def test_it_ends_with_the_call(ears: Ears) -> None:
    anna, _, dora = await ears.hears()
    anna.happen(HUNG_UP)
    await ears.ends(dora)


async def test_nobody_hears_a_call_of_which_the_web_does_not_learn(ears: Ears) -> None:
    anna, bruno, dora = await ears.hears()
    ears.made[0].lapse()
    await ears.ends(dora)
    assert not anna.ended and not bruno.ended


async def test_the_web_is_told_again_and_again_while_somebody_listens(ears: Ears) -> None:
    await ears.hears()
    before = len(ears.told)
    for _ in range(500):
        ears.made[0]._tick(0.0)
    assert len(ears.told) >= before + 2


async def test_a_call_that_ends_before_anybody_rings_is_not_waited_for(ears: Ears) -> None:
    await phones_talk(ears.house)
    said: list[object] = []
    leg = await ears.made[0].calling(ears.wanted(), said.append, lambda: None, lambda: None)
    assert isinstance(leg, SupervisorLeg)
    leg.tick()
    assert (leg.over, said) == (True, [Gone("caller", Cause.CANCELLED)])


async def test_a_later_process_finds_who_listened_and_takes_them_out(ears: Ears) -> None:
    _, _, dora = await ears.hears()
    names = ["01LISTEN-agent", "01LISTEN-other"]
    kept = await until(lambda: ears.house.records.live[ears.listened][1].get("taps"), "it is on the disk")
    assert (kept, sorted(ears.house.gateway.taps)) == (names, names)
    call = ears.house.exchange.bridged(ears.listened)
    assert call is not None
    await call.media.untap(["01GONE-agent", *kept])
    assert ears.house.gateway.taps == {}
    dora.happen(HUNG_UP)
    await until(lambda: ears.house.records.live[ears.listened][1]["taps"] == [], "nobody is left")


async def test_the_two_talk_on_when_the_supervisor_hangs_up(ears: Ears) -> None:
    anna, bruno, dora = await ears.hears()
    dora.happen(HUNG_UP)
    await until(lambda: not ears.house.gateway.taps, "nobody listens in the gateway")
    assert not anna.ended and not bruno.ended


@pytest.mark.parametrize(
    "command",
    [
        Transfer(to="205"),
        Transfer(consult="01OTHER"),
        Move("desk_phone"),
        Move("mobile"),
        Move("web-d"),
        Add("205"),
        Merge("01OTHER"),
        Park(),
        Record("start"),
    ],
    ids=lambda command: type(command).__name__,
)
async def test_a_supervisor_gives_to_nobody_what_they_hear(ears: Ears, command: Any) -> None:
    _, _, dora = await ears.hears()
    asked, calls = len(ears.house.router.asked), len(ears.house.endpoint.calls)
    answer = await ears.commands.command("01LISTEN", CommandRequest(DORA, command))
    assert answer.refused is not None
    assert (len(ears.house.router.asked), len(ears.house.endpoint.calls)) == (asked, calls)
    assert ears.made[0].listeners(ears.listened) and not dora.ended


async def test_nor_does_their_telephone(ears: Ears) -> None:
    _, _, dora = await ears.hears()
    asked = len(ears.house.router.asked)
    dora.happen(Referred(7, "sip:205@localhost", None, "<sip:204@localhost>"))
    await until(lambda: [entry for entry in dora.log if entry[0].endswith("refer")], "it is told")
    assert [entry[0] for entry in dora.log if entry[0].endswith("refer")] == ["refuse_refer"]
    assert len(ears.house.router.asked) == asked


async def test_nobody_takes_what_rings_a_supervisor(ears: Ears) -> None:
    await ears.rings()
    asked = len(ears.house.router.asked)
    request = PickUpRequest("@carla:localhost", PickUp(extension="204"), ringing=PickUpRinging((DORA,)))
    assert await ears.commands.pick_up(request) == CommandAnswer("", refused="call_not_found")
    # Nor by the dialog that lamps show.
    assert ears.house.exchange.replaced(Replaces(*lamp_dialog("01LISTEN"))) is None
    assert len(ears.house.router.asked) == asked


async def test_who_waits_on_hold_is_not_heard(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    _, bruno, _ = await ears.hears("join")
    sent: dict[AudioPort, list[bytes]] = {}
    monkeypatch.setattr(AudioPort, "send", lambda port, frame: sent.setdefault(port, []).append(frame))
    leg = ears.leg
    ports = [leg.port, *(tap.port for tap in leg.taps.values())]
    for port in ports:
        monkeypatch.setattr(port.playout, "pop", lambda: VOICE)
    leg.tick()
    assert all(sent[port][-1] != QUIET for port in ports)
    bruno.happen(Reinvite(sdp("sendonly")))
    await until(lambda: "callee" in ears.house.exchange.record(ears.listened).held_by, "held")  # type: ignore[union-attr]
    leg.tick()
    assert [sent[port][-1] for port in ports] == [QUIET] * 3
    assert ears.made[0].listeners(ears.listened)


async def test_what_the_gateway_does_not_find_ends_it_alone(
    ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, bruno, dora = await ears.rings()
    ears.house.gateway.legs[ears.listened].discard("caller")
    dora.answers(sdp())
    await ears.ends(dora)
    assert not anna.ended and not bruno.ended
