"""Keys of SRTP in descriptions (RFC 4568)."""

from __future__ import annotations

from base64 import b64encode

import pytest

from bridges.sdp import crypto
from bridges.sdp.crypto import SUITES, Crypto

KEY = b64encode(bytes(range(30))).decode()


@pytest.mark.parametrize("suite", SUITES)
def test_a_line_is_read_as_it_was_written(suite: str) -> None:
    line = Crypto(3, suite, bytes(range(SUITES[suite])))
    assert crypto.read([str(line)]) == (line,)


def test_the_rfcs_own_line_is_read() -> None:
    line = "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20"
    (found,) = crypto.read([line])
    assert (found.tag, found.suite, len(found.key)) == (1, "AES_CM_128_HMAC_SHA1_80", 30)


@pytest.mark.parametrize(
    "line",
    [
        None,
        "",
        f"x AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        f"1 F8_128_HMAC_SHA1_80 inline:{KEY}",
        f"1 AES_CM_128_HMAC_SHA1_80 outline:{KEY}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY[:-4]}",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY[:-1]}",
        f"1 AEAD_AES_128_GCM inline:{KEY}",
    ],
)
def test_what_cannot_be_carried_is_left_out(line: str | None) -> None:
    assert crypto.read([line, f"2 AES_CM_128_HMAC_SHA1_32 inline:{KEY}"])[0].tag == 2


def test_no_key_is_in_what_is_logged() -> None:
    assert "inline" not in repr(crypto.read([f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"]))
    assert "key" not in repr(crypto.read([f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"]))
