"""Where everything lies in the data directory, and who may look at it."""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Holds the path of the configuration.
_STARTED_WITH = "configuration"


@dataclass(frozen=True)
class DataDir:
    """`unisono serve --data ROOT`: all that an organisation would back up stands under it."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "unisono.db"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def homeserver(self) -> Path:
        return self.root / "homeserver"

    @property
    def sip(self) -> Path:
        return self.root / "sip"

    @property
    def voicemail(self) -> Path:
        """The sound of messages, sealed."""
        return self.root / "voicemail"

    @property
    def prompts(self) -> Path:
        """What attendants say, sealed."""
        return self.root / "prompts"

    @property
    def greetings(self) -> Path:
        """The sound of people's own greetings, sealed."""
        return self.root / "greetings"

    @property
    def search(self) -> Path:
        """What messages are found by, unless PostgreSQL keeps it; made anew where it is missing."""
        return self.root / "search"

    @property
    def recordings(self) -> Path:
        """The sound of recorded calls, sealed, and the announcements before them."""
        return self.root / "recordings"

    @property
    def run(self) -> Path:
        """Files rendered at each start for the other processes."""
        return self.root / "run"

    @property
    def sounds(self) -> Path:
        """What the media processes play; made at each start."""
        return self.run / "sounds"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def configuration(self) -> Path | None:
        """The file that the server was last started with, if it was started with one."""
        try:
            return Path((self.run / _STARTED_WITH).read_text("utf-8").strip())
        except OSError:
            return None

    def started_with(self, configuration: Path | None) -> None:
        """Remember it for commands that are given none, such as a backup."""
        note = self.run / _STARTED_WITH
        note.unlink(missing_ok=True)
        if configuration is not None:
            note.write_text(f"{configuration.resolve()}\n", "utf-8")

    def create(self) -> None:
        """Make the folders, and close them and all that is in them to everybody but their owner.

        They may have been there before, made with any mode: by `mkdir`, or by systemd, whose
        `StateDirectory=` gives 0755. Raises `OSError` when the root is open to others and not ours to close.
        """
        made = (
            self.root,
            self.secrets,
            self.homeserver,
            self.sip,
            self.search,
            self.run,
            self.sounds,
            self.logs,
        )
        for folder in made:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _close(self.root.resolve())
        except PermissionError as error:
            words = "others may look into it, and only its owner can change that (chmod 700)"
            raise PermissionError(error.errno, words, str(self.root)) from error
        # A folder may be a link to another disk, where the root does not protect it.
        for path in (self.homeserver.resolve(), self.sip.resolve(), self.logs.resolve(), *self._inside()):
            # What is not ours is out of reach all the same, behind the root.
            with contextlib.suppress(PermissionError, FileNotFoundError):
                _close(path)

    def _inside(self) -> Iterator[Path]:
        """Everything, but of the homeserver's media only their folder: there may be millions."""
        for folder, folders, files in os.walk(self.root):
            here = Path(folder)
            if here == self.homeserver and "media" in folders:
                folders.remove("media")
                yield here / "media"
            yield from (here / name for name in (*folders, *files))


def _close(path: Path) -> None:
    """Take from group and others what they may do; links are left to whoever made them."""
    status = path.lstat()
    wide = status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if wide and (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        path.chmod(stat.S_IMODE(status.st_mode) & ~(stat.S_IRWXG | stat.S_IRWXO))
