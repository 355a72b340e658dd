"""Real browsers for the tests: Chromium pages whose microphone is a tone and whose ears can be asked.

The page's own code is not touched. Before it runs, ``getUserMedia`` is wrapped so that the audio track is an
oscillator of a chosen frequency (Chromium's fake microphone would do, but its noise suppression takes a
steady tone for noise), and ``RTCPeerConnection`` so that remote audio tracks can be analysed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright, expect

from tests.support.hold import SIGNATURE
from tests.support.patience import PATIENCE, PATIENCE_MS
from tests.support.programs import program
from tests.support.recording import Gap

#: For all pages of the tests, whoever opens them.
expect.set_options(timeout=PATIENCE_MS)


_ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=10",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that is opened beside another one of the same person starts with what that has loaded.
    "--process-per-site",
    # Nobody looks: a graphics card that is imitated costs a fifth of all that these tests compute.
    "--disable-gpu",
    # Pages of one browser compete for focus; none may be slowed down for being behind another.
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]

#: Layouts of UI.md: the width decides which one the client shows.
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

_SCRIPT = """
(() => {
  const tone = { hz: TONE_HZ, context: null };
  const remote = [];
  const heard = () => remote.filter((ear) => ear.track.readyState === 'live');

  function context() {
    tone.context ??= new AudioContext({ sampleRate: 48000 });
    tone.context.resume();
    return tone.context;
  }

  function oscillator() {
    const audio = context();
    const source = new OscillatorNode(audio, { frequency: tone.hz });
    const volume = new GainNode(audio, { gain: 0.3 });
    const out = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
    source.connect(volume).connect(out);
    source.start();
    return out.stream.getAudioTracks()[0];
  }

  const original = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (original) {
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await original(constraints);
      for (const track of stream.getAudioTracks()) {
        stream.removeTrack(track);
        track.stop();
        stream.addTrack(oscillator());
      }
      return stream;
    };
  }

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...arguments_) {
      super(...arguments_);
      this.addEventListener('track', ({ track }) => {
        if (track.kind !== 'audio') return;
        const stream = new MediaStream([track]);
        // Chromium decodes a remote track only while a media element plays it.
        const sink = new Audio();
        sink.srcObject = stream;
        sink.volume = 0.01;
        sink.play().catch(() => undefined);
        const analyser = new AnalyserNode(context(), { fftSize: 16384, smoothingTimeConstant: 0 });
        const source = new MediaStreamAudioSourceNode(context(), { mediaStream: stream });
        source.connect(analyser);
        remote.push({ track, sink, source, analyser });
      });
    }
  };

  function share(samples, hz) {
    const coefficient = 2 * Math.cos((2 * Math.PI * hz) / 48000);
    let before = 0, last = 0, energy = 0;
    for (const sample of samples) {
      [before, last] = [last, sample + coefficient * last - before];
      energy += sample * sample;
    }
    if (energy / samples.length < 1e-6) return 0; // under -60 dB: silence
    const power = before * before + last * last - coefficient * before * last;
    return (2 * power) / (samples.length * energy);
  }

  function samples(ear) {
    const values = new Float32Array(ear.analyser.fftSize);
    ear.analyser.getFloatTimeDomainData(values);
    return values;
  }

  window.unisonoTest = {
    setTone: (hz) => { tone.hz = hz; },
    hears: (hz, part = 0.7) => heard().some((ear) => share(samples(ear), hz) > part),
    // The longest time without this tone, in milliseconds, from now on; `gap()` ends it.
    watch: (hz) => {
      let last = performance.now(), longest = 0;
      const look = () => {
        const now = performance.now();
        longest = Math.max(longest, now - last);
        if (heard().some((ear) => share(samples(ear).slice(-2400), hz) > 0.5)) last = now;
      };
      const timer = setInterval(look, 20);
      window.unisonoTest.gap = () => { look(); clearInterval(timer); return longest; };
    },
    hearsAnything: () => heard().some((ear) => samples(ear).some((sample) => Math.abs(sample) > 0.03)),
    // What it hears, in words, for messages of failure.
    describe: () => heard().map((ear) => {
      const values = samples(ear);
      let best = [0, 0];
      for (let hz = 100; hz < 3900; hz += 10) {
        const part = share(values, hz);
        if (part > best[0]) best = [part, hz];
      }
      return best[0] ? `${best[1]} Hz (${Math.round(best[0] * 100)} %)` : 'silence';
    }).join(', ') || 'no remote audio',
  };
})();
"""


class Listener:
    """One browser page with a tone for a voice.

    :ivar page: Playwright's page, for everything else.
    :ivar console: what the page wrote to its console, errors included.
    """

    def __init__(self, context: BrowserContext, page: Page, tone_hz: int) -> None:
        self.context = context
        self.page = page
        self.tone_hz = tone_hz
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))

    async def hears(self, hz: int) -> bool:
        """Whether any live remote track is this tone now."""
        return bool(await self.page.evaluate("hz => unisonoTest.hears(hz)", hz))

    @asynccontextmanager
    async def longest_gap(self, hz: int) -> AsyncIterator[Gap]:
        """Within it: how long the page at most does not hear this tone, in seconds."""
        gap = Gap()
        await self.page.evaluate("hz => unisonoTest.watch(hz)", hz)
        yield gap
        gap.seconds = float(await self.page.evaluate("unisonoTest.gap()")) / 1000

    async def wait_music(self) -> None:
        """Wait until it hears the music of calls on hold, by the note that sounds throughout it."""
        await self.page.wait_for_function(
            "hz => unisonoTest.hears(hz, 0.3)", arg=SIGNATURE, timeout=PATIENCE * 1000, polling=100
        )

    async def wait_sound(self) -> None:
        """Wait until it hears anything at all: somebody speaks."""
        await self.page.wait_for_function("() => unisonoTest.hearsAnything()", polling=100)

    async def wait_hears(self, hz: int, timeout: float = PATIENCE) -> None:
        """Wait until it hears this tone.

        :raises TimeoutError: with what it hears instead, and the page's console.
        """
        try:
            await self.page.wait_for_function(
                "hz => unisonoTest.hears(hz)", arg=hz, timeout=timeout * 1000, polling=100
            )
        except Error:
            instead = await self.page.evaluate("unisonoTest.describe()")
            console = "\n".join(self.console[-20:])
            raise TimeoutError(f"the page does not hear {hz} Hz but {instead}\n{console}") from None


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium; each :func:`listener` in it is a person of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program("chromium"), headless=True, args=_ARGUMENTS
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def firefox(
    preferences: Mapping[str, str | float | bool] = MappingProxyType({}),
) -> AsyncIterator[Browser]:
    """A headless Firefox with these preferences (`about:config`)."""
    async with async_playwright() as playwright:
        browser = await playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=program("firefox-esr"),
            headless=True,
            firefox_user_prefs=dict(preferences),
        )
        try:
            yield browser
        finally:
            await browser.close()


async def new_context(
    browser: Browser, *, viewport: dict[str, int] = DESKTOP, locale: str = "en-GB"
) -> BrowserContext:
    """Cookies and storage of one's own, allowed to use microphone, camera and notifications."""
    context = await browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]},
        locale=locale,
        permissions=["microphone", "camera", "notifications"],
        is_mobile=viewport is PHONE,
        has_touch=viewport is PHONE,
        # What moves without end is painted anew sixty times a second.
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


async def new_listener(context: BrowserContext, *, tone_hz: int) -> Listener:
    """A page in the context, which is there until it or the context is closed."""
    page = await context.new_page()
    await page.add_init_script(_SCRIPT.replace("TONE_HZ", str(tone_hz)))
    return Listener(context, page, tone_hz)


@asynccontextmanager
async def listener(
    browser: Browser, *, tone_hz: int, viewport: dict[str, int] = DESKTOP, locale: str = "en-GB"
) -> AsyncIterator[Listener]:
    """A page in a context that nobody has used before."""
    context = await new_context(browser, viewport=viewport, locale=locale)
    try:
        yield await new_listener(context, tone_hz=tone_hz)
    finally:
        await context.close()
