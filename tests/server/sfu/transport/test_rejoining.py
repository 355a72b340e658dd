"""Whoever looks gets a picture, in whatever order people come, publish, answer and look."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations

import pytest
from livekit.protocol import models, rtc

from server.sfu.forwarding.dynacast import PATIENCE, SELDOM
from server.sfu.room.room import Room
from server.sfu.transport.port import MediaPort
from server.sfu.transport.room_manager import RoomRuntime
from server.sfu.transport.session import Session
from tests.server.sfu.signal.test_sdp import OFFER
from tests.server.sfu.transport.test_session import LIMITS, close, join

#: What happens: Anna comes and publishes, Bruno comes, agrees to what he is offered, looks away and looks.
STEPS = ("anna comes", "anna publishes", "bruno comes", "bruno agrees", "bruno hides", "bruno shows")
AFTER = (
    ("anna comes", "anna publishes"),
    ("anna publishes", "bruno agrees"),
    ("bruno comes", "bruno agrees"),
    ("anna publishes", "bruno hides"),
    ("bruno comes", "bruno hides"),
    ("bruno hides", "bruno shows"),
)
VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:5\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n"
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
)


def orders() -> Iterator[tuple[str, ...]]:
    for order in permutations(STEPS):
        if all(order.index(first) < order.index(second) for first, second in AFTER):
            yield order


@dataclass
class Story:
    """Two people and their clock; what their clients make of what they are told."""

    single: bool
    made: RoomRuntime = field(
        default_factory=lambda: RoomRuntime(Room("r", "RM_1", 1, LIMITS), MediaPort(), LIMITS)
    )
    now: float = 1000.0
    films: bool = True
    shown: bool = True
    offer: rtc.SessionDescription | None = None

    def __post_init__(self) -> None:
        self.people: dict[str, Session] = {}

    def step(self, name: str) -> None:
        who, _, what = name.partition(" ")
        getattr(self, what)(who)

    def comes(self, who: str) -> None:
        self.people[who] = join(self.made, who, single=self.single)
        if self.single:
            self.say(who, offer=rtc.SessionDescription(type="offer", sdp=OFFER, id=1))

    def publishes(self, who: str) -> None:
        self.say(who, add_track=rtc.AddTrackRequest(cid="cam-id", type=models.VIDEO))
        self.say(who, offer=rtc.SessionDescription(type="offer", sdp=OFFER, id=2))

    def agrees(self, who: str) -> None:
        self.listen()
        if self.single:
            self.say(who, offer=rtc.SessionDescription(type="offer", sdp=OFFER + VIDEO, id=3))
            return
        while self.offer is not None:
            text = self.offer.sdp.replace("actpass", "active").replace("sendonly", "recvonly")
            answer = rtc.SessionDescription(type="answer", sdp=text, id=self.offer.id)
            self.offer = None
            self.say(who, answer=answer)
            self.listen()

    def hides(self, who: str) -> None:
        self.say(who, track_setting=rtc.UpdateTrackSettings(track_sids=[self.camera], disabled=True))

    def shows(self, who: str) -> None:
        setting = rtc.UpdateTrackSettings(track_sids=[self.camera], width=320, height=180)
        self.say(who, track_setting=setting)

    @property
    def camera(self) -> str:
        return next(iter(self.people["anna"].who.tracks))

    def say(self, who: str, **message: object) -> None:
        request = rtc.SignalRequest(**message)  # type: ignore[arg-type]
        assert self.people[who].receive(request.SerializeToString())

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 0.2
            self.made._allocator.allocate(self.made.sessions.values(), [], self.now)
            self.listen()

    def listen(self, *, deaf: bool = False) -> None:
        """Takes what people are told; `deaf`: it is lost on the way."""
        for who, session in self.people.items():
            while not session.outgoing.empty():
                message = session.outgoing.get_nowait()
                if message is not None and not deaf:
                    self.take(who, message)

    def take(self, who: str, message: rtc.SignalResponse) -> None:
        kind = message.WhichOneof("message")
        if kind == "subscribed_quality_update":
            update = message.subscribed_quality_update
            self.films = any(one.enabled for one in update.subscribed_qualities)
        elif kind == "offer" and who == "bruno":
            self.offer = message.offer
        elif kind == "stream_state_update":
            [state] = message.stream_state_update.stream_states
            self.shown = state.state == rtc.StreamState.ACTIVE

    def sees(self) -> bool:
        watcher = self.people["bruno"].subscriber.watching.get(self.camera)
        return (
            watcher is not None
            and watcher.down.bound
            and watcher.down.target_quality is not None
            and self.films
        )


@pytest.mark.parametrize("single", [False, True], ids=["two connections", "one connection"])
@pytest.mark.parametrize("pause", [0.0, 0.3, PATIENCE + 1], ids=["at once", "soon", "after long"])
async def test_a_picture_is_sent_for_in_every_order_of_events(pause: float, *, single: bool) -> None:
    assert len(list(orders())) == 9
    for order in orders():
        story = Story(single)
        for name in order:
            story.step(name)
            story.wait(pause)
        story.wait(0.4)
        assert story.sees(), order
        await close(story.made)


@pytest.mark.parametrize("single", [False, True], ids=["two connections", "one connection"])
@pytest.mark.parametrize("pause", [0.3, PATIENCE + 1], ids=["soon", "after long"])
async def test_a_picture_comes_though_its_publisher_missed_that_it_is_wanted(
    pause: float, *, single: bool
) -> None:
    for order in orders():
        story = Story(single)
        for name in order:
            story.step(name)
            story.wait(pause)
        story.films = False  # what it was told last it passed over
        story.wait(SELDOM + 1)
        assert story.sees(), order
        await close(story.made)


async def test_who_is_back_on_another_websocket_hears_again_what_is_wanted_and_paused() -> None:
    story = Story(single=False)
    for name in STEPS[:-1]:
        story.step(name)
    story.wait(PATIENCE + 1)
    assert not story.films
    story.step("bruno shows")
    bruno, anna = story.people["bruno"], story.people["anna"]
    bruno.subscriber.watching[story.camera].paused = True
    story.now += 0.3
    story.made._allocator.allocate(story.made.sessions.values(), [], story.now)
    story.listen(deaf=True)
    story.shown = False
    assert not story.films
    for session in (anna, bruno):
        story.made.resume(session, session.token)
    story.wait(0.4)
    assert story.films
    assert story.shown
    await close(story.made)
