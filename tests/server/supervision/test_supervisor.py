from pathlib import Path

import pytest

from server.config import DataDir
from server.supervision import supervisor
from server.supervision.logfile import RotatingFile


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    folder = DataDir(tmp_path)
    folder.create()
    return folder


def test_data_in_use_is_refused_until_its_holder_ends(data: DataDir) -> None:
    with supervisor.lock(data), pytest.raises(supervisor.DataInUse, match="in use by another server"):
        supervisor.lock(data)
    supervisor.lock(data).close()


def test_data_of_another_domain_is_refused(data: DataDir) -> None:
    supervisor.check_domain(data, "example.org")
    supervisor.check_domain(data, "example.org")
    with pytest.raises(supervisor.WrongDomain, match=r"belongs to the domain example\.org"):
        supervisor.check_domain(data, "example.com")


def test_our_own_log_goes_where_the_others_go(tmp_path: Path) -> None:
    sink = RotatingFile(tmp_path / "supervisor.log", 1000, 1)
    supervisor.LineStream(sink).write("a line\n")
    assert (tmp_path / "supervisor.log").read_bytes() == b"a line\n"
