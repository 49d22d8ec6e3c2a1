"""What a drive keeps of a read that failed, and what it lets go."""

from __future__ import annotations

import weakref

from refloader.contract.ledger import Scenario
from refloader.driving.observing.recording import Recording


class Iterator:
    """Raises out of a local variable: the error keeps its frame, and the frame this iterator."""

    def read(self):
        """Raise."""
        error = ValueError("no batch")
        raise error


def test_nothing_of_a_failed_read_waits_for_memory_to_be_collected():
    """What only its frames still held is gone at once, and not in the middle of another read."""
    recording = Recording("epochs", Scenario(1, 1))
    iterator = Iterator()
    gone = weakref.ref(iterator)
    recording.read("epoch", 0, 0, iterator.read)
    del iterator

    assert gone() is None
    assert [event.error for event in recording.ledger().events] == ["ValueError: no batch"]
