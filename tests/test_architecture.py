"""The arrows of ARCHITECTURE.md, kept by reading every module's imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folder_rings import python_arrows, rings, typescript_arrows

ROOT = Path(__file__).parents[1]

#: What a pure module may not know: the loop, sockets, databases, web frameworks, the clock, chance.
IMPURE = {
    "aiohttp", "aiosqlite", "aioice", "aiortc", "alembic", "asyncio", "nio", "os", "random", "sanic",
    "secrets", "socket", "sqlalchemy", "ssl", "subprocess", "threading", "time", "uvloop",
}  # fmt: skip

#: Folders and file names that hold only rules and state machines.
PURE = (
    "bridges/sip/message", "bridges/sip/sdp", "bridges/sip/auth", "bridges/sip/transaction",
    "bridges/sip/dialog", "bridges/sip/registrar", "bridges/sip/trunk", "bridges/sip/matrix_call",
    "server/sfu/signal", "server/sfu/room", "server/sfu/forwarding", "wire",
)  # fmt: skip
PURE_FILES = {
    "rules.py", "numbers.py", "dialplan.py", "parties.py", "backoff.py", "causes.py", "call_machine.py",
    "ivr.py", "prompts.py", "digits.py", "playout.py", "player.py", "mixing.py", "link.py", "cushion.py",
    "breakouts.py", "live.py", "closing.py", "salvage.py", "charsets.py", "vcard.py",
    "csv_files.py", "drafts.py", "destinations.py", "limits.py", "neighbours.py",
}  # fmt: skip


def modules(folder: str) -> Iterator[Path]:
    yield from sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every absolute module name that `path` imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def pure_modules() -> list[Path]:
    inside = [path for folder in PURE for path in modules(folder)]
    named = [path for top in ("server", "bridges") for path in modules(top) if path.name in PURE_FILES]
    return sorted(set(inside + named))


def test_server_and_bridges_never_import_each_other() -> None:
    for path in modules("server"):
        assert not [name for name in imports(path) if name.split(".")[0] == "bridges"], path
    for path in modules("bridges"):
        assert not [name for name in imports(path) if name.split(".")[0] == "server"], path


def test_what_both_use_knows_neither() -> None:
    for path in [*modules("webrtc"), *modules("wire"), *modules("logs")]:
        assert not [name for name in imports(path) if name.split(".")[0] in {"server", "bridges"}], path


@pytest.mark.parametrize("path", pure_modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_rules_and_machines_import_no_io(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] in IMPURE}


@pytest.mark.parametrize(
    "feature", sorted(p.name for p in (ROOT / "server").iterdir() if (p / "service.py").exists())
)
def test_services_know_neither_the_web_nor_the_database(feature: str) -> None:
    """Arrows inside a feature: http, store -> service -> rules."""
    for name in ("service.py", "rules.py"):
        path = ROOT / "server" / feature / name
        if path.exists():
            found = imports(path)
            assert not {n for n in found if n.split(".")[0] in {"sanic", "sqlalchemy", "aiosqlite"}}, path
            assert not {n for n in found if n.startswith("server.") and n.endswith((".http", ".store"))}, path


@pytest.mark.parametrize(
    "package", ["server", "server.sfu", "bridges", "bridges.sip", "webrtc", "wire", "logs"]
)
def test_packages_form_no_ring(package: str) -> None:
    assert rings(python_arrows(ROOT / package.replace(".", "/"), package)) == []


def test_folders_of_the_web_client_form_no_ring() -> None:
    assert rings(typescript_arrows(ROOT / "clients/web/src")) == []


def test_no_request_takes_a_thread_of_the_pool_that_all_share() -> None:
    """Names are looked up and connections made there: one kind of slow work would hold up everything else."""
    for path in modules("server"):
        if not {"commandline", "supervision"} & set(path.parts):
            text = path.read_text("utf-8")
            assert "to_thread(" not in text and "run_in_executor(None" not in text, path


def test_no_folder_is_a_drawer_for_odds_and_ends() -> None:
    for top in ("server", "bridges", "tests", "clients/web/src"):
        for path in (ROOT / top).rglob("*"):
            assert path.stem not in {"utils", "helpers", "common"} or "node_modules" in path.parts, path
