import importlib
import sys

import pytest

from logs.absent import absent


def test_a_module_is_not_found_for_a_while() -> None:
    sys.modules.pop("this", None)
    with absent("this", "sys"):
        with pytest.raises(ImportError):
            importlib.import_module("this")
        assert importlib.import_module("sys") is sys
    assert "this" not in sys.modules
    assert importlib.util.find_spec("this")
