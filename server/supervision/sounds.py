"""The organisation's own sounds, made ready before the processes start that play them."""

import os
import subprocess
import sys
from pathlib import Path

from server.config import Config, DataDir

_KEY = "telephony.music_on_hold"
#: Seconds for ten minutes of sound, on a slow machine.
_PATIENCE = 120.0


class UnusableSound(Exception):
    """A file that the configuration names cannot be played; the text says which, and why."""


def music_on_hold(config: Config, data: DataDir) -> str:
    """As `bridges.sip` reads it: the file that is played, "" for the one that comes with it, or "none"."""
    wanted = config.telephony.music_on_hold
    return wanted if wanted in {"", "none"} else str(_made(data))


def _made(data: DataDir) -> Path:
    return data.sounds / "hold.ogg"


def ensure(config: Config, data: DataDir, environment: dict[str, str]) -> None:
    """Make ready what is not so yet, or was changed. `environment`: for the process that does it.

    Raises `UnusableSound`.
    """
    wanted = config.telephony.music_on_hold
    if not config.sip.enabled or wanted in {"", "none"}:
        return
    source, made = Path(wanted), _made(data)
    try:
        changed = source.stat().st_mtime_ns
        if made.exists() and made.stat().st_mtime_ns == changed:
            return
        command = (sys.executable, "-m", "bridges.sip.voice.hold_music", str(source), str(made))
        # An unsuitable file says so by the exit code.
        done = subprocess.run(  # noqa: S603 - our own module
            command,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        if done.returncode:
            why = done.stderr.strip().rpartition("\n")[2]
            raise UnusableSound(f"`{_KEY}`: {source} cannot be played: {why}")
        os.utime(made, ns=(changed, changed))
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnusableSound(f"`{_KEY}`: {source} cannot be played: {error}") from error
