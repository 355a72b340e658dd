"""Signing in: how many a second, and how much of one is Argon2's, measured beside it in the same run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import aiohttp
import argon2

from tests.benchmarks.measure import interleaved

_ROUNDS, _EACH = 3, 5


async def one_ms(url: str, login: tuple[str, str]) -> tuple[float, float]:
    """Milliseconds of one sign-in over HTTP, its Matrix device included, and of one Argon2 check; medians."""
    hasher = argon2.PasswordHasher()
    kept = hasher.hash(login[1])

    async def check() -> float:
        began = time.perf_counter()
        await asyncio.to_thread(hasher.verify, kept, login[1])
        return (time.perf_counter() - began) * 1000

    async with browser() as http:
        return await interleaved(lambda: _sign_in_and_out(http, url, login), check, _ROUNDS * _EACH)


async def a_second(url: str, logins: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """Sign-ins a second of several people at once, each with its sign-out, and Argon2 checks a second."""
    return await interleaved(lambda: _sign_ins(url, logins), lambda: _checks(logins), _ROUNDS)


def browser() -> aiohttp.ClientSession:
    """What a browser of ours sends with every request."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"X-Unisono": "1"})


async def _sign_ins(url: str, logins: Sequence[tuple[str, str]]) -> float:
    async def person(login: tuple[str, str]) -> None:
        async with browser() as http:
            for _ in range(_EACH):
                await _sign_in_and_out(http, url, login)

    began = time.perf_counter()
    await asyncio.gather(*map(person, logins))
    return len(logins) * _EACH / (time.perf_counter() - began)


async def _checks(logins: Sequence[tuple[str, str]]) -> float:
    hasher = argon2.PasswordHasher()
    kept = hasher.hash("a password")
    began = time.perf_counter()
    work = [asyncio.to_thread(hasher.verify, kept, "a password") for _ in range(len(logins) * _EACH)]
    await asyncio.gather(*work)
    return len(work) / (time.perf_counter() - began)


async def _sign_in_and_out(http: aiohttp.ClientSession, url: str, login: tuple[str, str]) -> float:
    """Milliseconds of the sign-in alone."""
    body = {"email": login[0], "password": login[1], "layout": "desktop"}
    began = time.perf_counter()
    async with http.post(f"{url}/api/v1/session", json=body) as answer:
        answer.raise_for_status()
        signed_in = await answer.json()
    took = (time.perf_counter() - began) * 1000
    if "person" not in signed_in:
        raise RuntimeError(f"signing in asks for more: {signed_in}")
    async with http.delete(f"{url}/api/v1/session") as answer:
        answer.raise_for_status()
    return took
