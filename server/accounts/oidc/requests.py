"""Requests as Authlib reads them, and what it answers, without any web framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.base import invalid_error_characters
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload, OAuth2Request

_REPEATED = ("response_type", "redirect_uri")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    @property
    def data(self) -> dict[str, str]:
        return {name: given[0] for name, given in self._values.items() if given}

    @property
    def datalist(self) -> Mapping[str, Sequence[str]]:
        return self._values


class FormRequest(OAuth2Request):  # type: ignore[misc]
    def __init__(self, method: str, values: Mapping[str, Sequence[str]], headers: Mapping[str, str]) -> None:
        # Whether people come by https is the edge's decision; Authlib wants to see it in each address.
        super().__init__(method, "https://unisono.invalid/", headers=headers)
        self.payload = _Payload(values)

    def check_repeated(self) -> None:
        """Authlib repeats these in its words, which are printable ASCII (RFC 6749, Section 5.2), and fails
        where they cannot be. Raises `InvalidRequestError`."""
        for name in _REPEATED:
            if any(invalid_error_characters(given) for given in self.payload.datalist.get(name, ())):
                raise InvalidRequestError(f"Malformed '{name}' in request.")

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data if self.method == "GET" else {}

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data if self.method == "POST" else {}
