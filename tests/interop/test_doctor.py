"""`unisono doctor` on a server that runs, and on one that does not."""

from pathlib import Path

from tests.support.stack import Stack


def test_a_healthy_server_is_told_so_and_a_broken_one_what_to_mend(tmp_path: Path) -> None:
    with Stack.start(tmp_path, demo=True) as stack:
        stack.wait_ready()
        well = stack.cli("doctor")
        assert well.returncode == 0, well.stdout
        for line in (
            "server: runs",
            "homeserver: ready",
            "sip: ready",
            "trunk: carrier is up",
            "unisono.db is sound",
        ):
            assert line in well.stdout, well.stdout
    resting = stack.cli("doctor")
    assert resting.returncode == 0, resting.stdout
    assert "server: does not run" in resting.stdout and "ports: all are free" in resting.stdout
    stack.data.chmod(0o755)
    # Whatever command runs closes the directory to others again.
    closed = stack.cli("doctor")
    assert closed.returncode == 0 and stack.data.stat().st_mode & 0o077 == 0, closed.stdout
    stack.config.write_text("[web]\nprot = 8080\n")
    wrong = stack.cli("doctor")
    assert wrong.returncode == 1 and "stack.toml:2: unknown key" in wrong.stdout
