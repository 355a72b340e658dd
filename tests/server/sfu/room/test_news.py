"""What others hear of somebody who changes without end."""

from server.sfu.room.news import NEWS, NEWS_AT_ONCE, News


def test_what_changes_now_and_then_is_told_at_once() -> None:
    news = News()
    for second in range(100):
        assert news.due({"a"}, float(second)) == []
        assert news.tell("a")


def test_who_changes_all_the_time_is_told_of_as_often_as_is_borne_and_not_forgotten() -> None:
    news, told, here = News(), 0, {"a", "b"}
    for turn in range(20 * 60):
        now = turn / 20
        told += len(news.due(here, now))
        told += sum(news.tell("a") for _ in range(50))
    assert told <= NEWS * 60 + NEWS_AT_ONCE + 1
    # The last change is told, too; the other is told of all along.
    assert news.due(here, 70.0) == ["a"]
    assert news.due(here, 80.0) == []
    assert news.tell("b")


def test_what_cannot_wait_is_told_with_all_that_waited() -> None:
    news = News()
    while news.tell("a"):
        pass
    assert news.tell("a", at_once=True)
    assert news.due({"a"}, 100.0) == []


def test_who_left_is_not_told_of() -> None:
    news = News()
    while news.tell("a"):
        pass
    assert news.due({"b"}, 100.0) == []
