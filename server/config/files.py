"""The files that a configuration names: secrets that are kept apart from it."""

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Beside a restored configuration: what it names, each file under its key (`unisono restore`).
KEPT = "configuration.files"
_SUFFIX = "_file"


@dataclass(frozen=True)
class NamedFile:
    """`key` as an administrator would say it: `mail.password_file`, `trunks.provider.password_file`.

    `path` is as it stands in the configuration, `content` the secret as it was loaded, None when it was not.
    """

    key: str
    path: str
    content: str | None


def named(config: Any) -> Iterator[NamedFile]:
    """Every file that a section, or a trunk, names by a setting that ends in `_file`."""
    yield from _named(config, ())


def found(beside: Path, path: str, key: str) -> Path:
    """Where the file lies: a relative path starts at the configuration's folder `beside`.

    After a restore on another machine it is not there, but the copy that the backup held.
    """
    own, kept = beside / path, beside / KEPT / key
    return kept if not _is_there(own) and _is_there(kept) else own


def _is_there(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.exists()
    return False


def _named(value: Any, at: tuple[str, ...]) -> Iterator[NamedFile]:
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _named(item, (*at, str(getattr(item, "name", index))))
    elif dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            inner, key = getattr(value, item.name), (*at, item.name)
            if item.name.endswith(_SUFFIX) and isinstance(inner, str) and inner:
                content = getattr(value, item.name.removesuffix(_SUFFIX), None)
                yield NamedFile(".".join(key), inner, content or None)
            else:
                yield from _named(inner, key)
