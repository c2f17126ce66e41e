"""Which signals stop training at the end of a window."""

from __future__ import annotations

import os
import signal

import pytest

from rnnctl.training.interrupts import interruptible


def test_of_a_closed_terminal_both_system_and_shell_may_tell() -> None:
    with interruptible() as caught:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        assert caught == [signal.SIGHUP]
        with pytest.raises(SystemExit) as ended:
            signal.raise_signal(signal.SIGINT)
    assert ended.value.code == 130


def test_what_was_started_to_outlive_its_terminal_goes_on() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible() as caught:
            signal.raise_signal(signal.SIGHUP)
        assert caught == []
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_handlers_are_put_back() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with interruptible():
        assert [signal.getsignal(number) for number in numbers] != before
    assert [signal.getsignal(number) for number in numbers] == before


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals there")
def test_nothing_is_written_to_a_terminal_that_is_gone() -> None:
    import pty

    primary, secondary = pty.openpty()
    kept = os.dup(2)
    try:
        os.dup2(secondary, 2)
        os.close(secondary)
        with interruptible():
            os.close(primary)
            with pytest.raises(OSError, match="Input/output error"):
                os.write(2, b"lost")
            signal.raise_signal(signal.SIGHUP)
            assert os.write(2, b"nowhere") == 7
    finally:
        os.dup2(kept, 2)
        os.close(kept)
