from xml.etree import ElementTree

from tests.support.counting import outcomes


def counted(cases: str, status: int = 0) -> list[str]:
    report = ElementTree.fromstring(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")  # noqa: S314
    return list(outcomes(report, status))


def test_each_test_counts_once() -> None:
    assert counted('<testcase name="a"/><testcase name="b"/>') == ["passed 2"]


def test_a_skipped_test_is_a_failed_one() -> None:
    assert counted('<testcase classname="m" name="a"><skipped message="no phone"/></testcase>', 0) == [
        "failed m::a (skipped: no phone)",
        "passed 0",
    ]


def test_failures_and_errors_are_named() -> None:
    cases = (
        '<testcase name="a"><failure/></testcase><testcase name="b"><error/></testcase><testcase name="c"/>'
    )
    assert counted(cases, 1) == ["failed ::a", "failed ::b", "passed 1"]


def test_a_runner_that_failed_otherwise_is_a_failure() -> None:
    assert counted('<testcase name="a"/>', 3) == ["failed the runner ended with status 3", "passed 1"]


def test_no_test_is_a_failure() -> None:
    assert counted("") == ["failed no test was run", "passed 0"]
