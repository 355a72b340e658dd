import asyncio
import sys
from pathlib import Path

from tests.support.patience import PATIENCE

HANGS = """
import asyncio

async def stubborn():
    while True:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            pass

async def test_leaves_what_does_not_end():
    asyncio.create_task(stubborn())
    await asyncio.sleep(0)

async def test_comes_after():
    pass
"""


async def test_a_test_whose_loop_does_not_end_fails_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "test_hangs.py").write_text(HANGS)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-p", "tests.support.bounds", "-p", "no:cacheprovider",
        "--rootdir", str(tmp_path), "-o", "asyncio_mode=auto", "-o", "faulthandler_timeout=1", str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(2 * PATIENCE):
        said = (await process.communicate())[0].decode()
    assert "2 passed, 1 error" in said, said
    assert "ERROR at teardown of test_leaves_what_does_not_end" in said
    assert "it hangs" in said and "in stubborn" in said
