"""The program starts, says who it is, and ends when told to."""

import signal


def test_version(run):
    assert run("--version").stdout.strip().startswith("ticklake ")


def test_up_is_ready_and_ends_on_sigterm(up):
    assert up.process.poll() is None
    up.stop()


def test_interrupt_exits_with_130(up):
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(10) in (0, 130)  # an ordered end, or the shell's word for "interrupted"
