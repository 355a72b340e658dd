"""Which folders import each other in a ring: from the files' imports to the strongly connected folders."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

_TYPESCRIPT_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")


def python_arrows(package: Path, name: str) -> dict[str, set[str]]:
    """The arrows between what lies directly in `package`, which is imported as `name`.

    A module that lies loose in it is a room of its own, named with its ending.
    """

    def targets(path: Path) -> Iterator[str]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def room(target: str) -> str | None:
        if not target.startswith(f"{name}."):
            return None
        first = target[len(name) + 1 :].split(".", maxsplit=1)[0]
        if (package / first).is_dir():
            return first
        return f"{first}.py" if (package / f"{first}.py").exists() else None

    return _arrows(package, "*.py", lambda path: (found for each in targets(path) if (found := room(each))))


def typescript_arrows(folder: Path) -> dict[str, set[str]]:
    """The arrows between the folders of `folder`; tests and type declarations bind nothing at run time."""

    def targets(path: Path) -> Iterator[str]:
        if ".test." in path.name or path.name.endswith(".d.ts"):
            return
        for relative in _TYPESCRIPT_IMPORT.findall(path.read_text("utf-8")):
            target = (path.parent / relative).resolve()
            if target.is_relative_to(folder):
                yield target.relative_to(folder).parts[0]

    return _arrows(folder, "*.ts*", targets)


def _arrows(folder: Path, files: str, targets: Callable[[Path], Iterator[str]]) -> dict[str, set[str]]:
    arrows: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob(files)):
        room = path.relative_to(folder).parts[0]
        arrows[room].update(target for target in targets(path) if target != room)
    return dict(arrows)


def rings(arrows: dict[str, set[str]]) -> list[list[str]]:
    """The sets of folders of which each reaches each other one, by name."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for target in arrows.get(waiting.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    reach = {room: reached(room) for room in arrows}
    found = {
        tuple(sorted(other for other in reach[room] if room in reach.get(other, ())))
        for room in arrows
        if room in reach[room]
    }
    return sorted(list(ring) for ring in found)
