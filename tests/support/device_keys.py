"""A device with keys for end-to-end encryption that nobody signed: as whoever runs a server could open."""

from __future__ import annotations

from typing import Any

import aiohttp
from nacl.public import PrivateKey
from signedjson.key import encode_verify_key_base64, generate_signing_key, get_verify_key
from signedjson.sign import sign_json
from unpaddedbase64 import encode_base64


class UnsignedDevice:
    """Matrix spec, "Uploading keys"; `token` is an access token of the device."""

    def __init__(self, http: aiohttp.ClientSession, base: str, user: str, device: str, token: str) -> None:
        self._http = http
        self._base = f"{base}/_matrix/client/v3"
        self._user, self._device = user, device
        self._headers = {"Authorization": f"Bearer {token}"}
        self._since: str | None = None

    async def publish(self) -> None:
        """One-time keys for more sessions than a test opens."""
        key = generate_signing_key(self._device)

        def signed(content: dict[str, Any]) -> dict[str, Any]:
            return sign_json(content, self._user, key)

        device_keys = {
            "user_id": self._user,
            "device_id": self._device,
            "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
            "keys": {
                f"curve25519:{self._device}": _curve25519(),
                f"ed25519:{self._device}": encode_verify_key_base64(get_verify_key(key)),
            },
        }
        one_time_keys = {
            f"signed_curve25519:AAAA{number}": signed({"key": _curve25519()}) for number in range(20)
        }
        body = {"device_keys": signed(device_keys), "one_time_keys": one_time_keys}
        await self._ask("POST", "/keys/upload", json=body)

    async def keys_sent(self) -> int:
        """How many encrypted messages to this device have come since the last time that was asked."""
        query = {"timeout": "0", "set_presence": "offline"} | ({"since": self._since} if self._since else {})
        answer = await self._ask("GET", "/sync", params=query)
        self._since = answer["next_batch"]
        events = answer.get("to_device", {}).get("events", [])
        return sum(event["type"] == "m.room.encrypted" for event in events)

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        async with self._http.request(method, self._base + path, headers=self._headers, **more) as answer:
            content = await answer.json()
            assert answer.status == 200, (path, answer.status, content)
            return content


def _curve25519() -> str:
    return encode_base64(bytes(PrivateKey.generate().public_key))
