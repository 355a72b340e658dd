"""The arrows of ARCHITECTURE.md, kept by reading every module's imports."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.folder_rings import python_arrows, rings, typescript_arrows

ROOT = Path(__file__).parents[1]

#: What a pure module may not know: the loop, sockets, databases, web frameworks, the clock, chance.
IMPURE = {
    "aiohttp", "aiosqlite", "aioice", "aiortc", "alembic", "asyncio", "nio", "os", "random", "sanic",
    "secrets", "socket", "sqlalchemy", "ssl", "subprocess", "threading", "time", "uvloop",
}  # fmt: skip

#: Modules are rules and machines unless something says otherwise: their name, their folder, or a line here.
SHELL_NAMES = ("http.py", "store.py", "tables.py", "app.py", "__main__.py")
#: Where nothing decides: composition, processes, listeners, files, what a library's adapter is.
SHELL_FOLDERS = {
    "bridges/carrier", "bridges/sip/control", "bridges/sip/transport", "processes", "server", "server/backup",
    "server/commandline", "server/composition", "server/demo", "server/doctor", "server/edge",
    "server/sfu/transport", "server/storage", "server/storage/migrations",
    "server/storage/migrations/versions", "server/supervision", "webrtc",
}  # fmt: skip
#: The others that wait, open sockets, or look at the clock, by folder. Whoever adds one has to name it.
SHELLS = {
    "bridges/media": "addresses call in_process leg mixing music plain ports process recording rtcp webrtc "
    "sdes",
    "bridges/media/failover": "link prefork primary standby",
    "bridges/media/ng": "control server",
    "bridges/sip": "taking_over",
    "bridges/sip/appservice": "client sender transactions",
    "bridges/sip/attendant": "desk",
    "bridges/sip/b2bua": "call call_actor conferring dialling exchange ingress listening matrix_leg "
    "media_session meeting_over recall recorded recovery sip_leg together transfers watched",
    "bridges/sip/b2bua/legs": "matrix",
    "bridges/sip/call_control": "commands park",
    "bridges/sip/conference": "focus",
    "bridges/sip/media": "ng_client ng_gateway server",
    "bridges/sip/meeting": "ear floor keyring member process recorder sound_file visit words worker",
    "bridges/sip/queue": "hall",
    "bridges/sip/recording": "keeper outbox ruled spool",
    "bridges/sip/records": "database outbox trace_outbox",
    "bridges/sip/routing": "client",
    "bridges/sip/screening": "screener",
    "bridges/sip/supervision": "listeners",
    "bridges/sip/voice": "audio_port clock",
    "bridges/sip/prompt_recording": "studio",
    "bridges/sip/voice/sounds": "make",
    "bridges/sip/voicemail": "mailboxes outbox spool",
    "logs": "plain",
    "server/accounts": "cookies factor_reset forgotten janitor second_factor session_auth welcome",
    "server/accounts/oauth": "grants",
    "server/accounts/oidc": "provider",
    "server/administration": "service",
    "server/attendants": "service speech",
    "server/bridge_control": "client",
    "server/calendars": "fetching parser refresher service worker",
    "server/config": "paths",
    "server/directory": "house_numbers",
    "server/events": "hub",
    "server/forwarding": "bells",
    "server/groups": "service",
    "server/homeserver": "client errors proxy wellknown",
    "server/meetings": "breakout_service bridge change_notifier chat media periodic_tasks phones proxy "
    "service visitors",
    "server/notifications": "demo service sms",
    "server/phonebooks": "cards files listing",
    "server/queues": "service supervising",
    "server/search": "history service",
    "server/recordings": "announcing",
    "server/presence": "choices follower",
    "server/telephony": "code_choice devices group_ringing internal on_the_phone outgoing rooms watch",
    "server/sounds": "decoding small",
    "server/voicemail": "keeping posting",
}
TOPS = ("server", "bridges", "webrtc", "wire", "logs", "processes")


def modules(folder: str) -> Iterator[Path]:
    yield from sorted((ROOT / folder).rglob("*.py"))


@cache
def imports(path: Path) -> set[str]:
    """Every absolute module name that `path` imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def folder_of(path: Path) -> str:
    return str(path.parent.relative_to(ROOT))


def is_impure(path: Path) -> bool:
    return any(name.split(".")[0] in IMPURE for name in imports(path))


def is_shell(path: Path) -> bool:
    folder = folder_of(path)
    named = path.stem in SHELLS.get(folder, "").split()
    return named or folder in SHELL_FOLDERS or path.name.endswith(SHELL_NAMES)


MODULES = [path for top in TOPS for path in modules(top)]
PURE = [path for path in MODULES if not is_shell(path)]
#: Folders of rules and machines alone: nor do they import a shell of ours.
STRICT = sorted({folder_of(path) for path in PURE} - {folder_of(path) for path in MODULES if is_shell(path)})


def test_server_and_bridges_never_import_each_other() -> None:
    for path in modules("server"):
        assert not [name for name in imports(path) if name.split(".")[0] == "bridges"], path
    for path in modules("bridges"):
        assert not [name for name in imports(path) if name.split(".")[0] == "server"], path


def test_what_both_use_knows_neither() -> None:
    for path in [path for top in TOPS[2:] for path in modules(top)]:
        assert not [name for name in imports(path) if name.split(".")[0] in {"server", "bridges"}], path


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_rules_and_machines_import_no_io(path: Path) -> None:
    assert not is_impure(path), "move the decision out of it, or name it in SHELLS"


def test_shells_that_are_named_are_there_and_need_it() -> None:
    named = {f"{folder}/{name}.py" for folder, names in SHELLS.items() for name in names.split()}
    assert named == {one for one in named if (ROOT / one).exists() and is_impure(ROOT / one)}


def test_machines_are_pure_with_all_that_they_import() -> None:
    assert {
        "bridges/sip/message",
        "bridges/sip/session",
        "bridges/sip/subscription",
        "bridges/sip/transaction",
        "wire",
    } <= set(STRICT)
    shells = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES if is_shell(path)}
    for path in PURE:
        if folder_of(path) in STRICT:
            assert not imports(path) & shells, path


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
    "package",
    ["server", "server.sfu", "bridges", "bridges.sip", "bridges.sip.b2bua", *TOPS[2:]],
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


def test_no_two_protocols_of_the_server_share_a_name() -> None:
    """A search for a name finds the one; what several features ask stands in a `ports.py`."""
    found: dict[str, Path] = {}
    for path in modules("server"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Protocol" for base in node.bases):
                assert node.name not in found, (path, found[node.name])
                found[node.name] = path


def test_no_folder_is_a_drawer_for_odds_and_ends() -> None:
    for top in ("server", "bridges", "tests", "clients/web/src"):
        for path in (ROOT / top).rglob("*"):
            assert path.stem not in {"utils", "helpers", "common"} or "node_modules" in path.parts, path


def test_each_migration_follows_one_other() -> None:
    """Two that were written at the same time leave a database without a way up."""
    followed = [
        line.partition("=")[2].strip()
        for path in modules("server/storage/migrations/versions")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("down_revision")
    ]
    assert len(followed) == len(set(followed)), sorted(each for each in followed if followed.count(each) > 1)
