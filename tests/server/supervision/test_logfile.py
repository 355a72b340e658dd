from pathlib import Path

from server.supervision.logfile import RotatingFile


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_full_file_is_turned_over_and_old_ones_fall_off(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "web.log", limit=10, kept=2)
    for line in (b"1111\n", b"2222\n", b"3333\n", b"4444\n", b"5555\n", b"6666\n", b"7777\n"):
        file.write(line)
    file.close()
    assert contents(tmp_path) == {
        "web.log": b"7777\n",
        "web.log.1": b"5555\n6666\n",
        "web.log.2": b"3333\n4444\n",
    }


def test_a_line_longer_than_the_limit_is_still_kept(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "web.log", limit=5, kept=1)
    file.write(b"a very long line\n")
    file.close()
    assert contents(tmp_path) == {"web.log": b"a very long line\n"}


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    for line in (b"11111\n", b"22222\n"):
        file = RotatingFile(tmp_path / "web.log", limit=10, kept=3)
        file.write(line)
        file.close()
    assert contents(tmp_path) == {"web.log": b"22222\n", "web.log.1": b"11111\n"}
