"""Who sent a request: digest over accounts that somebody else keeps."""

import re
import secrets
import time

from bridges.sip.auth import (
    DigestCredentials,
    DigestVerifier,
    GuessThrottle,
    Secret,
    Verdict,
    is_digest,
    parse_credentials,
)
from bridges.sip.message import MalformedMessage, Request
from bridges.sip.message.reply import Header
from bridges.sip.transaction import ServerTransaction
from bridges.sip.transport.api import Account, Accounts
from bridges.sip.transport.core import Core
from logs import log as logs

__all__ = ["Authenticator"]

log = logs.get(__name__)

#: Account look-ups under way at once; beyond, requests are answered 503 at once.
MAX_LOOKUPS = 1_000

#: User names of phones are extensions; nothing else is looked up, or remembered of a guesser.
USERNAME = re.compile(r"[0-9]{2,6}")

#: Phones that give up at the sight of an algorithm they do not know, though RFC 8760, Section 2.4,
#: has them pass over it: libre before its third version.
MD5_ONLY = re.compile(r"baresip v[0-2]\.", re.IGNORECASE)


class Authenticator:
    """Challenges without state; looks an account up only for a nonce of ours, and never for a guesser."""

    def __init__(self, core: Core, accounts: Accounts) -> None:
        self._core = core
        self._accounts = accounts
        config = core.config
        self._verifier = DigestVerifier(
            config.realm, config.nonce_secret or secrets.token_bytes(32), algorithms=config.digest_algorithms
        )
        self._throttle = GuessThrottle()
        self._lookups = 0

    def credentials(self, request: Request, *, proxy: bool) -> DigestCredentials | None:
        """The credentials worth checking; None if the request has been answered (challenged, refused)."""
        values = request.headers.get("proxy-authorization" if proxy else "authorization", ())
        parsed: list[DigestCredentials] = []
        wrong: MalformedMessage | None = None
        for value in values:  # those of others' realms may be of a kind that we do not know
            if not is_digest(value):
                continue
            try:
                parsed.append(parse_credentials(value))
            except MalformedMessage as error:
                wrong = error
        if wrong is not None and not parsed:
            self._core.refuse(request, 400, wrong.phrase)
            return None
        mine = next((given for given in parsed if given.realm == self._verifier.realm), None)
        if mine is None or not self._verifier.fresh(mine.nonce, time.time(), request.flow.host):
            status, phrase, headers = self._challenge(request, proxy=proxy, stale=mine is not None)
            self._core.refuse(request, status, phrase, headers=headers)
            return None
        if not USERNAME.fullmatch(mine.username):
            log.info("sip_no_extension", host=request.flow.host)
            self._core.refuse(request, 403)
            return None
        wait = self._throttle.wait(mine.username, request.flow.host, self._core.now())
        if wait > 0 or self._lookups >= MAX_LOOKUPS:
            self._core.refuse(
                request, 403 if wait > 0 else 503, headers=[("Retry-After", str(int(wait) + 1))]
            )
            return None
        return mine

    async def check(
        self, given: DigestCredentials, transaction: ServerTransaction, *, proxy: bool
    ) -> Account | None:
        """The account that sent a request; None if it has been answered 401/407 (stale), 403 or 503."""
        request = transaction.request
        self._lookups += 1
        try:
            account = await self._accounts(given.username)
        except Exception:
            log.exception("sip_account_lookup_failed", username=given.username)
            self._core.respond(transaction, 503, headers=[("Retry-After", "5")])
            return None
        finally:
            self._lookups -= 1
        verdict = self._verdict(given, request, account)
        if verdict is Verdict.GOOD and account is not None:
            self._throttle.succeeded(given.username, request.flow.host)
            self._core.network.prove(request.flow)
            return account
        if verdict is Verdict.STALE:
            status, phrase, headers = self._challenge(request, proxy=proxy, stale=True)
            self._core.respond(transaction, status, phrase, headers=headers)
            return None
        self._throttle.failed(given.username, request.flow.host, self._core.now())
        log.warning("sip_wrong_password", username=given.username, host=request.flow.host)
        self._core.respond(transaction, 403)
        return None

    def _verdict(self, given: DigestCredentials, request: Request, account: Account | None) -> Verdict:
        """An account that is not there costs the same work as a wrong password."""
        secret = Secret(account.ha1_md5, account.ha1_sha256) if account else Secret("-", "-")
        source = request.flow.host
        return self._verifier.verify(given, request.method, request.target, secret, time.time(), source)

    def _challenge(self, request: Request, *, proxy: bool, stale: bool) -> tuple[int, str, list[Header]]:
        name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
        salt, source = secrets.token_hex(8), request.flow.host
        values = self._verifier.challenges(salt, time.time(), source, stale=stale)
        if any(MD5_ONLY.match(agent) for agent in request.headers.get("user-agent", ())):
            values = [value for value in values if "SHA" not in value]
        phrase = "Proxy Authentication Required" if proxy else "Unauthorized"
        return (407 if proxy else 401), phrase, [(name, value) for value in values]
