"""`unisono drain`, as it is typed where nothing runs; `tests/interop/test_kill_matrix.py` drains some."""

from pathlib import Path

import pytest

from server.main import main


@pytest.mark.parametrize("part", ["media", "sip", "web", "homeserver"])
@pytest.mark.parametrize("lock", [None, "", "no number", "0", "1"])
def test_where_no_server_runs_it_says_so(
    tmp_path: Path, lock: str | None, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    if lock is not None:
        (tmp_path / "run" / "lock").write_text(lock)
    with pytest.raises(SystemExit) as ended:
        main(["drain", part, "--data", str(tmp_path)])
    assert ended.value.code == 2
    assert "no server runs here" in capsys.readouterr().err


def test_a_part_that_cannot_be_drained_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["drain", "carrier", "--data", str(tmp_path)])
    assert "invalid choice" in capsys.readouterr().err
