from hypothesis import settings

from tests.support.bounds import pytest_runtest_call, pytest_runtest_setup, pytest_runtest_teardown

__all__ = ["pytest_runtest_call", "pytest_runtest_setup", "pytest_runtest_teardown"]

# How long an example takes is the machine's business; speed is measured in tests/benchmarks.
settings.register_profile("unisono", deadline=None)
settings.load_profile("unisono")
