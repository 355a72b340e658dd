import stat
from pathlib import Path

from server.secrets import Secrets, load_or_create, write_private


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = load_or_create(tmp_path)
    assert load_or_create(tmp_path) == first
    assert len(set(vars(first).values())) == len(vars(first))
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())


def test_a_missing_secret_is_made_and_the_others_stay(tmp_path: Path) -> None:
    first = load_or_create(tmp_path)
    (tmp_path / "form_secret").unlink()
    second = load_or_create(tmp_path)
    assert second.form_secret != first.form_secret
    assert second.internal_secret == first.internal_secret


def test_secrets_do_not_show_in_tracebacks() -> None:
    secrets = Secrets()
    assert secrets.internal_secret not in repr(secrets)


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
