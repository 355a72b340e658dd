"""Whether telephones find their way into meetings."""

from typing import Protocol

from server.config import Config
from server.doctor.findings import Finding, ok, warning
from server.numbers import numbers


class Owner(Protocol):
    @property
    def name(self) -> str: ...


class NumberOwners(Protocol):
    """Whose an extension or a number is, disabled or not."""

    async def by_extension(self, extension: str, *, disabled: bool = False) -> Owner | None: ...

    async def by_number(self, e164: str, *, disabled: bool = False) -> Owner | None: ...


async def dial_in(config: Config, people: NumberOwners) -> list[Finding]:
    """What leads into meetings must be nobody's: the dial plan looks there first."""
    section = config.meetings
    if not config.sfu.enabled or not config.sip.enabled or not _ways(config):
        return [ok("dial-in", "no telephone can enter meetings")]
    owners = [
        (section.dial_in_extension, await people.by_extension(section.dial_in_extension, disabled=True))
    ]
    owners += [(number, await people.by_number(number, disabled=True)) for number in section.dial_in_numbers]
    found = [
        warning(
            "dial-in",
            f"{number} leads into meetings, and never to {owner.name}, who has it too",
            "give one of them another: `meetings.dial_in_extension`, `meetings.dial_in_numbers`",
        )
        for number, owner in owners
        if owner is not None
    ]
    return found or [ok("dial-in", ", ".join(_ways(config)))]


def _ways(config: Config) -> list[str]:
    extension, outside = config.meetings.dial_in_extension, config.meetings.dial_in_numbers
    return [*([extension] if extension else []), *(numbers.international(number) for number in outside)]
