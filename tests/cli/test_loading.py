"""The garbage collector while heavy packages load; Ctrl-C meanwhile is tested with signals."""

import gc

import pytest

from seq2seq_cli.cli.loading import loading


def test_nothing_is_collected_while_packages_load() -> None:
    assert gc.isenabled()
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_package_that_fails_to_load_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
