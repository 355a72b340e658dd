"""Firefox sends no ICE checks to loopback addresses, so it gets a test host: a network namespace."""

import subprocess
import sys

#: A host with one address that is not loopback, cut off from every network.
HOST = """
set -e
ip link set lo up
ip link add host0 type veth peer name host1
ip addr add 10.213.0.1/24 dev host0
ip link set host0 up
ip link set host1 up
ip route add default dev host0
exec "$@"
"""


def test_firefox_and_a_phone_hear_each_other_on_a_host_of_their_own() -> None:
    pytest = [sys.executable, "-m", "pytest", "-v", "tests/interop/firefox_call.py"]
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", HOST, "host", *pytest],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout, done.stdout
