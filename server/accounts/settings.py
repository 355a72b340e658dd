"""What a person chose for their account."""

from dataclasses import dataclass
from typing import Protocol

from server.notifications.service import Language


@dataclass(frozen=True, slots=True)
class PersonSettings:
    """`trust_epoch` is part of what trusted browsers hold (`accounts.trust`)."""

    language: Language
    trust_epoch: int = 0


class SettingsStore(Protocol):
    async def get(self, person_id: str) -> PersonSettings | None: ...

    async def put_language(self, person_id: str, language: Language) -> None: ...

    async def distrust(self, person_id: str, language: Language) -> None:
        """Count the trust epoch up; `language` is for who has chosen none."""


class Settings:
    """`default` is the language of who has chosen none."""

    def __init__(self, store: SettingsStore, default: Language) -> None:
        self._store = store
        self.default = default

    async def of(self, person_id: str) -> PersonSettings:
        return await self._store.get(person_id) or PersonSettings(self.default)

    async def speak(self, person_id: str, language: Language) -> None:
        await self._store.put_language(person_id, language)

    async def distrust(self, person_id: str) -> None:
        """No browser is trusted any more."""
        await self._store.distrust(person_id, self.default)
