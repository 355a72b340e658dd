"""Codes of a second factor: how they are made, read and compared. Chance and time come in as arguments."""

import hmac
from collections.abc import Callable

import pyotp

#: A text message takes its time; a thief should not have it. Milliseconds.
SMS_LIVES = 5 * 60 * 1000
#: Guesses at one code that was sent.
SMS_GUESSES = 5
SMS_DIGITS = 6
RECOVERY_CODES = 10
#: 50 bits, in two groups that are easily copied by hand; no letter that looks like a digit.
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 10
#: Seconds of a time step (RFC 6238, Section 4.1), and how many steps a clock may be wrong (Section 5.2).
_STEP = 30
_WINDOW = 1


def normalised(code: str) -> str:
    """What was meant: people type spaces and dashes, and telephones put capitals."""
    return "".join(letter for letter in code.casefold() if letter.isalnum())


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The time step that `code` belongs to, None when it is wrong. `now` in seconds since the epoch."""
    otp, digits = pyotp.HOTP(secret), normalised(code)
    current = int(now) // _STEP
    steps = range(current - _WINDOW, current + _WINDOW + 1)
    # All are compared, so that the time does not tell which was right.
    right = [step for step in steps if same(otp.at(step), digits)]
    return right[-1] if right else None


def newest_step(now: float) -> int:
    """The last time step that a code may be of at `now`."""
    return int(now) // _STEP + _WINDOW


def step_begins(step: int) -> float:
    """In seconds since the epoch."""
    return float(step * _STEP)


def same(one: str, other: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def authenticator_uri(secret: str, email: str, organisation: str) -> str:
    """What a QR code for authenticator apps holds ("Key URI Format")."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=organisation)


def fresh_sms_code(randbelow: Callable[[int], int]) -> str:
    return f"{randbelow(10**SMS_DIGITS):0{SMS_DIGITS}d}"


def fresh_recovery_codes(choice: Callable[[str], str]) -> list[str]:
    """Ten codes as they are shown: "abcde-fghjk"."""
    codes = ["".join(choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    half = RECOVERY_LENGTH // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def hint(number: str) -> str:
    """Enough of a mobile number to recognise one's own: "••• 78"."""
    return f"••• {number[-2:]}"
