"""One telephone as a participant of a room, through LiveKit's SDK: it publishes, and hears nothing itself."""

import asyncio
from collections import deque
from collections.abc import Callable

from livekit import rtc

from bridges.sip.meeting.keyring import Keyring
from bridges.sip.meeting.keys import LinkSecret, NoSecret
from bridges.sip.meeting.link import Enter
from bridges.sip.voice.mixing import FRAME, Samples
from logs import log

_log = log.get(__name__)

_RATE = 8000
#: The SDK takes 10 ms at a time when it is to keep no queue of its own.
_HALF = FRAME // 2
#: Frames that may wait for the SDK.
_WAITING = 5
#: Seconds for the way in, and in which the SDK may mend a broken connection by itself: for longer a new
#: one is quicker (the SDK pauses five seconds between its tries).
_ENTER_WITHIN, _MEND_WITHIN = 16.0, 1.5

_REASONS = {
    rtc.DisconnectReason.PARTICIPANT_REMOVED: "removed",
    rtc.DisconnectReason.ROOM_DELETED: "ended",
    rtc.DisconnectReason.ROOM_CLOSED: "ended",
}


class CannotEnter(Exception):
    """The room let the telephone not in; the message says why."""


class Member:
    """Args: on_lost, told once why the room is no more; on_muted, told when somebody else muted us.

    Attributes:
        number: the bridge's name of the telephone.
        room: the SDK's.
        decrypts: whether it was given the key of an encrypted meeting.
    """

    def __init__(
        self, order: Enter, on_lost: Callable[[str], None], on_muted: Callable[[bool], None]
    ) -> None:
        self.number, self.room_name = order.phone, order.room
        self.muted = False
        self._secret = _secret_of(order)
        self.decrypts = self._secret is not None
        self._keyring: Keyring | None = None
        self.room = rtc.Room()
        self._order = order
        self._on_lost, self._on_muted = on_lost, on_muted
        self._source = rtc.AudioSource(_RATE, 1, queue_size_ms=0)
        self._track = rtc.LocalAudioTrack.create_audio_track("phone", self._source)
        self._to_say: deque[Samples] = deque(maxlen=_WAITING)
        self._something = asyncio.Event()
        self._saying: asyncio.Task[None] | None = None
        self._mending: asyncio.TimerHandle | None = None
        self._gone = False

    @property
    def identity(self) -> str:
        """The SFU's name of the telephone."""
        return self.room.local_participant.identity

    async def enter(self) -> None:
        """Join and publish. Raises CannotEnter."""
        self.room.on("disconnected", self._disconnected)
        self.room.on("reconnecting", self._reconnecting)
        self.room.on("reconnected", self._reconnected)
        self.room.on("track_muted", lambda who, _track: self._told_muted(who, True))
        self.room.on("track_unmuted", lambda who, _track: self._told_muted(who, False))
        options = rtc.RoomOptions(auto_subscribe=False, connect_timeout=8.0, e2ee=self._encryption())
        try:
            async with asyncio.timeout(_ENTER_WITHIN):
                await self.room.connect(self._order.url, self._order.token, options)
                if self._secret is not None:
                    self._keyring = Keyring(self.room, self._secret)
                    self._keyring.open()
                if self._order.speaks:
                    await self._publish()
        except (rtc.ConnectError, rtc.participant.PublishTrackError, TimeoutError) as error:
            raise CannotEnter(str(error) or type(error).__name__) from error
        if self._gone:
            raise CannotEnter("lost at once")
        self._saying = asyncio.create_task(self._say())

    async def leave(self) -> None:
        """Leave the room, whatever state it is in."""
        self._gone = True
        if self._mending is not None:
            self._mending.cancel()
        if self._saying is not None:
            self._saying.cancel()
        if self._keyring is not None:
            self._keyring.close()
        await self.room.disconnect()
        await self._source.aclose()

    def say(self, samples: Samples) -> None:
        """What the telephone said in 20 ms."""
        self._to_say.append(samples)
        self._something.set()

    def set_muted(self, on: bool) -> None:
        """Mute the track as the telephone's owner wishes, or unmute it."""
        if on == self.muted:
            return
        self.muted = on
        if on:
            self._track.mute()
        else:
            self._track.unmute()

    async def set_hand(self, at_ms: int) -> None:
        """Raise the hand, or lower it (0)."""
        await self.room.local_participant.set_attributes({"hand": str(at_ms) if at_ms else ""})

    async def set_recording(self, state: str) -> None:
        """Tell everybody how the recording is."""
        await self.room.local_participant.set_attributes({"recording": state})

    # --- inside ---

    def _encryption(self) -> rtc.E2EEOptions | None:
        if self._secret is None:
            return None
        # The ring, the window and the derivation are those of the web client and of Element Call. `e2ee`, not
        # `encryption`: that would encrypt the data packets, too, by which keys are asked for.
        keys = rtc.KeyProviderOptions(
            ratchet_window_size=10,
            key_ring_size=256,
            key_derivation_function=rtc.KeyDerivationFunction.HKDF,
        )
        return rtc.E2EEOptions(key_provider_options=keys)

    async def _publish(self) -> None:
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=True)
        await self.room.local_participant.publish_track(self._track, options)

    async def _say(self) -> None:
        while True:
            await self._something.wait()
            while self._to_say:
                samples = self._to_say.popleft()
                for half in (samples[:_HALF], samples[_HALF:]):
                    await self._source.capture_frame(rtc.AudioFrame(half.tobytes(), _RATE, 1, _HALF))
            self._something.clear()

    def _told_muted(self, who: rtc.Participant, on: bool) -> None:
        if not self._gone and who.identity == self.identity and on != self.muted:
            self.muted = on
            self._on_muted(on)

    def _disconnected(self, reason: "rtc.DisconnectReason.ValueType") -> None:
        self._lose(_REASONS.get(reason, f"disconnected:{reason}"))

    def _reconnecting(self) -> None:
        _log.info("connection_broken", phone=self.number)
        loop = asyncio.get_running_loop()
        self._mending = loop.call_later(_MEND_WITHIN, self._lose, "not_mended")

    def _reconnected(self) -> None:
        if self._mending is not None:
            self._mending.cancel()
            self._mending = None

    def _lose(self, why: str) -> None:
        if not self._gone:
            self._gone = True
            self._on_lost(why)


def _secret_of(order: Enter) -> LinkSecret | None:
    """None where nothing is encrypted, and for words that are no secret: then what is sealed stays so."""
    try:
        return LinkSecret(order.secret) if order.secret else None
    except NoSecret:
        _log.warning("no_secret", phone=order.phone)
        return None
