"""SIP over TLS in the running product: its certificate, checked by openssl, and a desk phone that calls."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridges.sip.transport.api import EndpointConfig
from bridges.sip.transport.endpoint import SipEndpoint
from tests.support import certificates
from tests.support.baresip import Baresip, Line
from tests.support.certificates import issued, written
from tests.support.linphone import Linphone
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.programs import program
from tests.support.stack import Stack, run_unisono


@pytest.fixture(scope="module")
def tls_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, tls_port: int) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("tls")
    with Stack.start(folder, demo=True, sip_lines=f'tls_port = {tls_port}\nsrtp = "tls"') as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="module")
def authority(stack: Stack) -> Path:
    """What the phones are given."""
    done = run_unisono("certificate", "--data", str(stack.data), "--authority")
    assert done.returncode == 0, done.stderr
    path = stack.folder / "authority.pem"
    path.write_text(done.stdout)
    return path


async def verified(authority: Path, port: int, name: tuple[str, str]) -> bool:
    """Whether openssl accepts what the server shows."""
    process = await asyncio.create_subprocess_exec(
        *(program("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(authority)),
        *("-verify_return_error", *name),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await asyncio.wait_for(process.wait(), PATIENCE) == 0


async def test_the_certificate_is_for_the_domain_and_the_address(
    stack: Stack, authority: Path, tls_port: int
) -> None:
    assert await verified(authority, tls_port, ("-verify_hostname", "localhost"))
    assert await verified(authority, tls_port, ("-verify_ip", "127.0.0.1"))
    assert not await verified(authority, tls_port, ("-verify_hostname", "example.org"))


def line(username: str, password: str, authority: Path, tls_port: int) -> Line:
    """A telephone that takes no call in clear."""
    return Line(
        username,
        password,
        f"127.0.0.1:{tls_port}",
        transport="tls",
        authority=authority,
        encryption="srtp-mand",
    )


async def test_a_desk_phone_that_encrypts_everything_calls_outside_and_hears_itself(
    stack: Stack, authority: Path, tls_port: int, tmp_path: Path
) -> None:
    """The demo's carrier, which speaks neither TLS nor SRTP, plays back what it hears."""
    async with Baresip(tmp_path, line("201", "anna-phone", authority, tls_port), tone_hz=700) as phone:
        await phone.wait_registered()
        await phone.dial("0698765432")
        await phone.wait_established()
        await phone.wait_hears(700)
        await phone.hang_up()
        await phone.wait_closed()


async def test_two_desk_phones_that_encrypt_everything_hear_each_other(
    stack: Stack, authority: Path, tls_port: int, tmp_path: Path
) -> None:
    async with (
        Baresip(tmp_path / "a", line("201", "anna-phone", authority, tls_port), tone_hz=700) as anna,
        Baresip(tmp_path / "b", line("202", "bruno-phone", authority, tls_port), tone_hz=1300) as bruno,
    ):
        await anna.wait_registered()
        await bruno.wait_registered()
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_established()
        await anna.wait_hears(1300)
        await bruno.wait_hears(700)
        await bruno.hang_up()
        await anna.wait_closed()


@pytest.mark.parametrize("checks", [True, False])
async def test_a_phone_of_another_make_that_checks_our_certificate_encrypts_everything(
    stack: Stack, authority: Path, tls_port: int, tmp_path: Path, *, checks: bool
) -> None:
    """It registers only with the authority that the product hands out, and then calls one that encrypts, too.

    It compares names alone: where it is given an IP address, it accepts no certificate for one.
    """
    theirs = authority if checks else tmp_path / "other.pem"
    encrypting = line("201", "anna-phone", theirs, tls_port)
    if not checks:
        theirs.write_text(certificates.authority("Others").certificate)
    async with (
        Linphone(tmp_path / "a", replace(encrypting, registrar=f"localhost:{tls_port}"), tone_hz=700) as anna,
        Baresip(tmp_path / "b", line("202", "bruno-phone", authority, tls_port), tone_hz=1300) as bruno,
    ):
        if not checks:
            with pytest.raises(RuntimeError, match="failed"):
                await anna.wait_registered()
            return
        await anna.wait_registered()
        await bruno.wait_registered()
        await anna.dial("202")
        await bruno.wait_ringing()
        await bruno.answer()
        await anna.wait_hears(1300)
        await bruno.wait_hears(700)
        await anna.hang_up()
        await bruno.wait_closed()


async def test_a_line_over_tls_is_set_up_and_says_what_is_wrong_with_its_certificate(
    stack: Stack, tmp_path: Path
) -> None:
    files, ca, other = written(tmp_path, issued("127.0.0.1")), tmp_path / "ca.pem", tmp_path / "other.pem"
    ca.write_text(certificates.authority().certificate)
    other.write_text(certificates.authority("Others").certificate)
    provider = SipEndpoint(
        EndpointConfig(
            "isp.example", "isp.example", udp_port=None, tcp_port=None, tls_port=0, tls_files=files.both
        )
    )
    await provider.start()
    try:
        where = ("--host", "127.0.0.1", "--port", str(provider.tls_port), "--transport", "tls")
        await unisono(stack, "trunks", "add", "isp", *where, "--tls-ca", str(ca))
        assert "answers OPTIONS with 200 OK: it is there." in await unisono(stack, "trunks", "test", "isp")
        await unisono(stack, "trunks", "change", "isp", "--tls-ca", str(other), "--tls-name", "x.example")
        assert "certificate not accepted: " in await unisono(stack, "trunks", "test", "isp")
    finally:
        await provider.stop()


async def unisono(stack: Stack, *arguments: str) -> str:
    """What a command says."""
    done = await asyncio.to_thread(run_unisono, *arguments, "--data", str(stack.data))
    assert done.returncode == 0, done.stderr
    return done.stdout
