"""How many files and connections a process may have open (getrlimit(2))."""

import contextlib
import resource

#: Enough for anything one process does; tables in the kernel and in libraries grow with the limit.
_ENOUGH = 65_536


def allow_many() -> int:
    """Raise the soft limit as far as the hard one lets us; returns what holds now.

    The usual soft limit is 1,024, for programs that use `select`; ours do not, nor do those they start.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _ENOUGH if soft == resource.RLIM_INFINITY else soft
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
