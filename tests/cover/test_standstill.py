"""What is said of a hang in one line."""

from __future__ import annotations

import sysconfig

import pytest

import refloader
from refloader.capsule import same
from refloader.driving.processes.standstill import BUSY, placeless, standstill, within_packages

LIBRARY = sysconfig.get_paths()["stdlib"]
SUITE = refloader.__file__.replace("__init__.py", "driving/drives/direct.py")


def stack(*frames):
    """Return the stack of one thread as faulthandler writes it, innermost call first."""
    lines = [f'  File "{file}", line 7 in {function}' for file, function in frames]
    return "\n".join(["Thread 0x00007f (most recent call first):", *lines, ""])


WAITS = (f"{LIBRARY}/threading.py", "wait")
READ = (SUITE, "read")


@pytest.mark.parametrize(
    ("stacks", "said"),
    [
        pytest.param(
            [stack(WAITS, ("/home/me/loader.py", "__getitem__"), READ)],
            ": __getitem__ (loader.py) waits in wait (threading.py)",
            id="in the standard library",
        ),
        pytest.param(
            [stack(("/home/me/loader.py", "_take"), ("/home/me/loader.py", "__getitem__"), READ)],
            ": _take (loader.py) waits",
            id="in its own code",
        ),
        pytest.param(
            [stack(("/a/b.py", "second")), stack(WAITS, READ), stack(("/a/b.py", "first"))],
            ": first (b.py) waits; second (b.py) waits",
            id="a deadlock",
        ),
        pytest.param(
            [stack(WAITS, (f"{LIBRARY}/site-packages/keras/data.py", "fit"), READ)],
            ": fit (data.py) waits in wait (threading.py)",
            id="in what is installed",
        ),
        pytest.param([stack(WAITS, READ)], "", id="nowhere that can be named"),
        pytest.param(
            [stack(("/lib/site-packages/refloader/driving/processes/family.py", "end_with"))],
            "",
            id="in another copy of the suite",
        ),
    ],
)
def test_the_function_that_waits_is_named(stacks, said):
    """It is the innermost one of the loader's own, and what it waits in."""
    assert f"nothing moves any more{said}" == standstill("Driving process:\n" + "\n".join(stacks))


def test_a_loop_without_end_does_not_wait():
    """Of what is busy for ever the loader's function is named, and not what it happens to call."""
    looping = stack((f"{LIBRARY}/random.py", "shuffle"), ("/home/me/loader.py", "draw"), READ)
    found = standstill(f"{BUSY}Driving process:\n{looping}")

    assert "nothing comes any more: draw (loader.py) goes on and on" == found
    assert "nothing comes any more" == placeless(found)


@pytest.mark.parametrize("driver", ["", " [epochs]"])
def test_one_hang_is_the_same_whoever_was_seen_to_wait(driver):
    """A replay does not say that it differs because one stack could not be had."""
    seen, unseen = (
        f"n=3: nothing moves any more{more}{driver}" for more in (": f (a.py) waits", "")
    )

    assert placeless(seen) == unseen == placeless(unseen)
    assert same(seen, unseen)


KERAS = (f"{LIBRARY}/site-packages/keras/data.py", "fit")


@pytest.mark.parametrize(
    ("stacks", "native"),
    [
        pytest.param([stack(KERAS, READ), stack(READ)], True, id="a package and the suite"),
        pytest.param([stack(KERAS, READ), stack(WAITS, KERAS)], False, id="a thread for a queue"),
        pytest.param([stack(("/home/me/loader.py", "__getitem__"), KERAS)], False, id="a loader"),
        pytest.param([], False, id="no stack was had"),
    ],
)
def test_whether_all_wait_in_native_code_is_told_by_the_innermost_calls(stacks, native):
    """A lock or a queue is waited for in the standard library, a file in the loader's own."""
    assert native == within_packages("Driving process:\n" + "\n".join(stacks))
