"""Digests: RFC 7616's own examples, both sides against each other, replay and guessing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sip.auth import DigestClient, DigestVerifier, GuessThrottle, Secret, Verdict, parse_credentials
from bridges.sip.auth.digest import digest_response, ha1, parse_auth_parameters
from bridges.sip.message import MalformedMessage

REALM = "example.org"
SECRET = Secret(ha1("MD5", "201", REALM, "pw"), ha1("SHA-256", "201", REALM, "pw"))
PASSWORD = "pw"
TARGET = "sip:202@example.org"


def verifier(max_age: float = 600, capacity: int = 100) -> DigestVerifier:
    return DigestVerifier(REALM, b"k" * 32, max_age, capacity)


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, expected: str) -> None:
    """Section 3.9.1."""
    secret = ha1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
    nonce, cnonce = (
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert digest_response(algorithm, secret, "GET", "/dir/index.html", nonce, "auth", 1, cnonce) == expected


def answer(challenges: list[str], password: str = PASSWORD, uri: str = TARGET) -> str:
    client = DigestClient("201", password)
    assert client.take(challenges)
    value = client.authorization("INVITE", uri, "0a4f113b")
    assert value is not None
    return value


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_client_and_server_agree(algorithm: str) -> None:
    server = verifier()
    challenges = [value for value in server.challenges("salt", 100) if algorithm in value]
    given_back = parse_credentials(answer(challenges))
    assert given_back.algorithm == algorithm
    assert server.verify(given_back, "INVITE", TARGET, SECRET, 101) is Verdict.GOOD


def test_both_algorithms_are_offered_and_the_stronger_is_taken() -> None:
    challenges = verifier().challenges("salt", 100)
    assert ["MD5" in challenges[0], "SHA-256" in challenges[1]] == [True, True]
    for order in (challenges, challenges[::-1]):
        assert parse_credentials(answer(order)).algorithm == "SHA-256"


def test_an_algorithm_that_is_not_offered_is_bad() -> None:
    given_back = parse_credentials(answer(verifier().challenges("salt", 100)))
    server = DigestVerifier(REALM, b"k" * 32, algorithms=["MD5"])
    assert server.verify(given_back, "INVITE", TARGET, SECRET, 101) is Verdict.BAD


def test_a_wrong_password_method_or_target_is_bad() -> None:
    server = verifier()
    challenges = server.challenges("salt", 100)
    wrong = parse_credentials(answer(challenges, "guess"))
    right = parse_credentials(answer(challenges))
    assert server.verify(wrong, "INVITE", TARGET, SECRET, 101) is Verdict.BAD
    assert server.verify(right, "REGISTER", TARGET, SECRET, 101) is Verdict.BAD
    assert server.verify(right, "INVITE", "sip:+39899@example.org", SECRET, 101) is Verdict.BAD
    assert (
        server.verify(right, "INVITE", "sip:202@example.org:5060;transport=udp", SECRET, 101) is Verdict.GOOD
    )


def test_an_old_or_foreign_nonce_is_stale() -> None:
    server = verifier(max_age=60)
    given_back = parse_credentials(answer(server.challenges("salt", 100)))
    assert server.verify(given_back, "INVITE", TARGET, SECRET, 161) is Verdict.STALE
    assert not server.fresh(given_back.nonce, 161)
    other = DigestVerifier(REALM, b"x" * 32)
    assert other.verify(given_back, "INVITE", TARGET, SECRET, 101) is Verdict.STALE


def test_credentials_cannot_be_used_again_but_may_overtake_each_other() -> None:
    server = verifier()
    client = DigestClient("201", "pw")
    client.take(server.challenges("salt", 100))
    values = [client.authorization("INVITE", TARGET, "c") or "" for _ in range(3)]
    first, second, third = map(parse_credentials, values)
    assert [item.nc for item in (first, second, third)] == [1, 2, 3]
    order = [second, first, third, first, second, third]
    verdicts = [server.verify(item, "INVITE", TARGET, SECRET, 101) for item in order]
    assert verdicts == [Verdict.GOOD] * 3 + [Verdict.STALE] * 3


def test_a_nonce_is_good_for_the_address_that_it_was_given_to() -> None:
    """L3: the source is under the HMAC."""
    server = verifier()
    given_back = parse_credentials(answer(server.challenges("salt", 100, "192.0.2.1")))
    assert server.fresh(given_back.nonce, 101, "192.0.2.1")
    assert not server.fresh(given_back.nonce, 101, "192.0.2.2")
    verdicts = [
        server.verify(given_back, "INVITE", TARGET, SECRET, 101, source)
        for source in ("192.0.2.2", "192.0.2.1")
    ]
    assert verdicts == [Verdict.STALE, Verdict.GOOD]


def test_what_is_remembered_of_nonces_is_bounded_and_what_was_forgotten_is_stale() -> None:
    server = verifier(capacity=2)
    kept = [parse_credentials(answer(server.challenges(f"salt{n}", 100 + n))) for n in range(4)]
    assert [server.verify(item, "INVITE", TARGET, SECRET, 110) for item in kept] == [Verdict.GOOD] * 4
    assert server.verify(kept[0], "INVITE", TARGET, SECRET, 110) is Verdict.STALE


def test_nonces_too_old_to_be_used_again_are_not_remembered() -> None:
    server = verifier(max_age=60)
    kept = [parse_credentials(answer(server.challenges(f"salt{n}", now))) for n, now in enumerate((100, 130))]
    assert [server.verify(item, "INVITE", TARGET, SECRET, 130) for item in kept] == [Verdict.GOOD] * 2
    for now, left in ((160, 2), (161, 1), (190, 1), (191, 0)):
        new = parse_credentials(answer(server.challenges(f"salt{now}", now)))
        assert server.verify(new, "INVITE", TARGET, SECRET, now) is Verdict.GOOD
        assert len(server._used.keys() & {item.nonce for item in kept}) == left


def test_rfc_2069_without_qop_is_good_once() -> None:
    server = verifier()
    nonce = parse_auth_parameters(server.challenges("salt", 100)[0])["nonce"]
    response = digest_response("MD5", SECRET.md5, "INVITE", TARGET, nonce, None, 0, "")
    old = parse_credentials(
        f'Digest username="201", realm="{REALM}", nonce="{nonce}", uri="{TARGET}", response="{response}"'
    )
    assert server.verify(old, "INVITE", TARGET, SECRET, 101) is Verdict.GOOD
    assert server.verify(old, "INVITE", TARGET, SECRET, 101) is Verdict.STALE


def test_challenges_of_providers_are_understood() -> None:
    client = DigestClient("u", 'p"w')
    assert client.take(['Digest realm="a, b", nonce="n", qop="auth,auth-int", opaque="o", algorithm=MD5'])
    value = client.authorization("REGISTER", "sip:a", "c")
    assert value is not None
    assert parse_auth_parameters(value)["realm"] == "a, b"
    assert parse_auth_parameters(value)["opaque"] == "o"
    assert client.take(['Digest realm="a", nonce="n"'])  # RFC 2069
    assert "qop" not in (client.authorization("REGISTER", "sip:a", "c") or "")


@pytest.mark.parametrize(
    "value",
    [
        'Basic realm="a"',
        'Digest realm="a", nonce="n", algorithm=AKAv1-MD5',
        'Digest realm="a", nonce="n", qop="auth-int"',
    ],
)
def test_challenges_that_cannot_be_answered_are_left(value: str) -> None:
    assert not DigestClient("u", "p").take([value])


def challenge(realm: str, nonce: str, more: str = "", proxy: bool = False) -> dict[str, list[str]]:
    name = "proxy-authenticate" if proxy else "www-authenticate"
    return {name: [f'Digest realm="{realm}", nonce="{nonce}", qop="auth"{more}']}


def realms(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str, str]]:
    found = [(name, parse_credentials(value)) for name, value in headers]
    return [(name, given.realm, given.nonce) for name, given in found]


def test_credentials_of_each_realm_are_kept_in_the_next_request() -> None:
    """Case 3: a proxy's 407, then a server's 401: both are answered, and both answers stay."""
    attempt = DigestClient("u", "p").attempt()
    assert attempt.headers("INVITE", "sip:a", "c") == ()
    assert attempt.take(challenge("edge", "n1", proxy=True))
    assert realms(attempt.headers("INVITE", "sip:a", "c")) == [("Proxy-Authorization", "edge", "n1")]
    assert attempt.take(challenge("core", "n2"))
    both = [("Proxy-Authorization", "edge", "n1"), ("Authorization", "core", "n2")]
    headers = attempt.headers("INVITE", "sip:a", "c")
    assert realms(headers) == both
    assert [parse_credentials(value).nc for _, value in headers] == [2, 1]


def test_a_stale_nonce_is_answered_again_and_one_that_was_answered_is_a_refusal() -> None:
    """Case 3: RFC 7616, Section 3.3."""
    attempt = DigestClient("u", "p").attempt()
    assert attempt.take(challenge("core", "n1"))
    attempt.headers("INVITE", "sip:a", "c")
    assert attempt.take(challenge("core", "n2", ", stale=TRUE"))
    assert realms(attempt.headers("INVITE", "sip:a", "c")) == [("Authorization", "core", "n2")]
    assert not attempt.take(challenge("core", "n2"))
    assert not attempt.take(challenge("core", "n3")), "another nonce, not stale: the password is wrong"


def test_a_proxy_whose_nonces_are_good_for_one_request_is_answered_again_after_another_realm() -> None:
    attempt = DigestClient("u", "p").attempt()
    for found in (challenge("edge", "n1", proxy=True), challenge("core", "n2")):
        assert attempt.take(found)
        attempt.headers("INVITE", "sip:a", "c")
    assert attempt.take(challenge("edge", "n3", proxy=True))
    nonces = [nonce for _, _, nonce in realms(attempt.headers("INVITE", "sip:a", "c"))]
    assert sorted(nonces) == ["n2", "n3"]


def test_the_rounds_of_one_request_are_bounded() -> None:
    """Case 3: a server that is never content does not keep us for ever."""
    attempt = DigestClient("u", "p").attempt()
    rounds = 0
    while attempt.take(challenge("core", f"n{rounds}", ", stale=true")):
        attempt.headers("INVITE", "sip:a", "c")
        rounds += 1
    assert rounds == 5


def test_challenges_of_several_realms_in_one_answer_are_all_answered() -> None:
    """Case 3: of a proxy that forked (RFC 3261, Section 22.3), in lines of their own or in one."""
    both = 'Digest realm="a, b", nonce="1", Digest nonce="2",realm="c", Basic realm="d"'
    attempt = DigestClient("u", "p").attempt()
    assert attempt.take({"proxy-authenticate": [both], "www-authenticate": ['Digest realm="e",nonce="3"']})
    answered = {(name, realm) for name, realm, _ in realms(attempt.headers("INVITE", "sip:a", "c"))}
    proxy = "Proxy-Authorization"
    assert answered == {(proxy, "a, b"), (proxy, "c"), ("Authorization", "e")}


def test_a_nonce_of_an_earlier_request_that_its_server_keeps_is_answered_again() -> None:
    client = DigestClient("u", "p")
    for uses in (1, 2):
        attempt = client.attempt()
        assert attempt.take(challenge("core", "n1"))
        ((_, value),) = attempt.headers("BYE", "sip:a", "c")
        assert parse_credentials(value).nc == uses


@given(st.text(max_size=80))
def test_any_text_as_credentials_is_malformed_or_read(text: str) -> None:
    for value in (text, f"Digest {text}", f'Digest username="a", {text}'):
        try:
            parse_credentials(value)
        except MalformedMessage:
            continue


def test_secrets_do_not_show() -> None:
    given_back = parse_credentials(answer(verifier().challenges("salt", 100)))
    assert given_back.response not in repr(given_back)
    assert SECRET.md5 not in repr(SECRET)


# --- guessing ---


def test_a_few_mistakes_are_free_then_each_costs_more() -> None:
    throttle = GuessThrottle()
    waits = []
    for _ in range(8):
        waits.append(throttle.wait("201", "192.0.2.1", 0))
        throttle.failed("201", "192.0.2.1", 0)
    assert waits == [0, 0, 0, 0, 0, 2, 4, 8]


def test_a_guesser_does_not_lock_out_the_owner_elsewhere() -> None:
    throttle = GuessThrottle()
    for _ in range(50):
        throttle.failed("201", "192.0.2.1", 0)
    assert throttle.wait("201", "192.0.2.1", 1) > 100
    assert throttle.wait("201", "192.0.2.2", 1) == 0


def test_a_forgotten_phone_with_an_old_password_does_not_lock_its_office_out() -> None:
    throttle = GuessThrottle()
    for _ in range(500):
        throttle.failed("201", "192.0.2.1", 0)
    assert throttle.wait("202", "192.0.2.1", 1) == 0


def test_an_address_that_tries_account_after_account_is_slowed_but_not_for_phones_known_there() -> None:
    throttle = GuessThrottle()
    throttle.succeeded("owner", "192.0.2.1")
    for number in range(40):
        throttle.failed(f"2{number:02}", "192.0.2.1", 0)
    assert throttle.wait("999", "192.0.2.1", 1) > 100
    assert throttle.wait("owner", "192.0.2.1", 1) == 0


def test_many_addresses_guessing_one_account_are_slowed_together() -> None:
    throttle = GuessThrottle()
    for number in range(130):
        throttle.failed("201", f"192.0.2.{number}", 0)
    assert throttle.wait("201", "198.51.100.1", 1) > 100
    throttle.succeeded("201", "198.51.100.2")
    assert throttle.wait("201", "198.51.100.2", 1) == 0, "the owner's phone was there before"


def test_the_right_password_forgives_and_time_forgets() -> None:
    throttle = GuessThrottle()
    for _ in range(4):
        throttle.failed("201", "192.0.2.1", 0)
    throttle.succeeded("201", "192.0.2.1")
    throttle.failed("201", "192.0.2.1", 1)
    assert throttle.wait("201", "192.0.2.1", 1) == 0
    for _ in range(10):
        throttle.failed("201", "192.0.2.1", 2)
    throttle.failed("201", "192.0.2.1", 5000)
    assert throttle.wait("201", "192.0.2.1", 5000) == 0


def test_what_is_remembered_of_guessers_is_bounded() -> None:
    throttle = GuessThrottle(capacity=30)
    for number in range(1000):
        throttle.failed(f"user{number}", f"10.0.{number // 250}.{number % 250}", 0)
        throttle.succeeded(f"owner{number}", "192.0.2.1")
    assert len(throttle._records) <= 30
    assert len(throttle._trusted) <= 30
