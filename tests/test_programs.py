"""A test that runs a program lies in a part of `./test` that installs it: a clean machine has none."""

import ast
import json
from functools import cache
from pathlib import Path

from tests.support.programs import PACKAGES, PARTS, part_of

ROOT = Path(__file__).parents[1]


def files() -> list[str]:
    every = (path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))
    return sorted(path for path in every if not path.startswith("tests/benchmarks/"))


@cache
def file_of(module: str) -> str | None:
    path = module.replace(".", "/")
    return next((each for each in (f"{path}.py", f"{path}/__init__.py") if (ROOT / each).exists()), None)


@cache
def tree_of(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


@cache
def imported(path: str) -> set[str]:
    """The files below `tests/` that this one imports."""
    modules: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
    found = {file_of(module) for module in modules if module.split(".")[0] == "tests"}
    return {each for each in found if each and each != "tests/support/programs.py"}


@cache
def named(path: str) -> set[str]:
    """The programs that this very file asks for by name, in `program("…")` and `found("…")`."""
    return {
        argument.value
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"program", "found"}
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def programs_of(path: str) -> set[str]:
    """The programs of a file and of all that it imports, however far away."""
    seen: set[str] = set()
    waiting = [path, *conftests_of(path)]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            waiting += imported(each)
    return {name for each in seen for name in named(each)}


def conftests_of(path: str) -> list[str]:
    """Those of its own part; what a part uses of the one around it, its tests import or do without."""
    folders = [folder / "conftest.py" for folder in Path(path).parents]
    return [
        each
        for each in map(Path.as_posix, folders)
        if (ROOT / each).exists() and part_of(each) == part_of(path)
    ]


def test_every_program_of_a_test_is_installed_by_its_part() -> None:
    missing = {
        path: programs_of(path) - set(PARTS.get(part_of(path), ()))
        for path in files()
        if Path(path).name.startswith("test_")
    }
    assert not {path: programs for path, programs in missing.items() if programs}


def test_programs_are_looked_up_in_one_place() -> None:
    """Who looks one up alone escapes the check above. Go's part says when it is not here."""
    lookers = {path for path in files() if "which" in attributes(path)}
    assert lookers == {"tests/support/programs.py", "tests/support/livekit_server.py"}


def test_nothing_is_skipped() -> None:
    """A program that is not here is a failure that says what to install."""
    skipping = {"skipif", "skip", "importorskip", "xfail"}
    assert not [path for path in files() if skipping & attributes(path)]


def test_programs_that_are_named_have_a_package() -> None:
    named_somewhere = {name for path in files() for name in named(path)} | {
        n for ns in PARTS.values() for n in ns
    }
    assert named_somewhere <= set(PACKAGES)


def attributes(path: str) -> set[str]:
    return {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}


def test_no_package_runs_a_script_when_it_is_installed() -> None:
    """L16: a script of a package would run with our rights, on every machine that builds."""
    prepare = (ROOT / "requirements" / "prepare.sh").read_text("utf-8")
    installs = [line for line in prepare.splitlines() if " npm install " in line]
    assert installs and all("--ignore-scripts" in line for line in installs), installs
    for lock in ("clients/web", "tests/support/element_call"):
        packages = json.loads((ROOT / lock / "package-lock.json").read_text("utf-8"))["packages"]
        assert not [name for name, package in packages.items() if package.get("hasInstallScript")], lock
