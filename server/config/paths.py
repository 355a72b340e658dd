"""Where everything lies in the data directory."""

from dataclasses import dataclass
from pathlib import Path


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
    def run(self) -> Path:
        """Files rendered at each start for the other processes."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def create(self) -> None:
        """Make the folders; only their owner may look inside."""
        for folder in (self.root, self.secrets, self.homeserver, self.sip, self.run, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
