"""Modules that are not to be found for a while."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(*names: str) -> Iterator[None]:
    """Importing one of these raises ImportError meanwhile; those that are loaded already stay."""
    hidden = [name for name in names if name not in sys.modules]
    hide: dict[str, None] = dict.fromkeys(hidden)
    sys.modules.update(hide)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
