"""Token buckets."""

from server.sfu.forwarding.bucket import Buckets


def test_each_key_has_its_own() -> None:
    buckets = Buckets(1, 2)
    assert [buckets.take("a", 5.0) for _ in range(3)] == [True, True, False]
    assert buckets.take("b", 5.0)
    assert [buckets.take("a", 6.0) for _ in range(2)] == [True, False]


def test_the_one_not_asked_for_longest_is_forgotten() -> None:
    buckets = Buckets(1, 1, most=2)
    assert buckets.take("a", 0.0)
    assert buckets.take("b", 0.0)
    assert not buckets.take("a", 0.0)
    assert buckets.take("c", 0.0)
    assert not buckets.take("a", 0.0)
    assert buckets.take("b", 0.0)
