"""The data sets and requests that come first in each drive, chosen by hand: the corners."""

from __future__ import annotations

from typing import Dict, Tuple

from refloader.contract import drives
from refloader.contract.chapters.sharding import MANY_TAILS
from refloader.contract.ledger import Scenario

SHUFFLE_EPOCHS = 6
MANY_EPOCHS, FEW_EPOCHS = 104, 10

#: Corners that always come first: tails of every kind, less than a batch, more than a thousand.
CORNERS: Dict[str, Tuple[Scenario, ...]] = {
    drives.EPOCHS: (
        Scenario(8, 4, epochs=3, classes=3),
        Scenario(9, 4, epochs=3, classes=3),
        Scenario(11, 4, epochs=3, classes=4),
        Scenario(3, 4),
        # Less than half a batch, which as many rows again do not fill up.
        Scenario(1, 4),
        Scenario(1, 2),
        # One batch that is whole, of which some take what they have as it lies.
        Scenario(6, 6, epochs=3, classes=3),
        Scenario(12, 3, classes=5, seed=1, shuffled_index=True),
        Scenario(12, 3, classes=5, seed=6, shuffled_index=True),
        Scenario(10, 4, classes=2, seed=2, dtype="uint8", same_names=True),
        Scenario(13, 4, classes=3, seed=4, epochs=1, odd_names=True),
        # In batches of more rows than who reads sixteen, thirty-two or a hundred at once expects.
        Scenario(133, 33, seed=3, classes=4, epochs=1),
        Scenario(300, 290, seed=5, classes=4),
        # Past 1,024 samples, and past 256 batches: people try a loader out with so many, and forget that
        # they did. Of few classes: many factories are written for the ten of one data set.
        Scenario(1030, 4, seed=4, epochs=1, classes=4),
        # What holds for the first hundred epochs alone.
        Scenario(5, 4, epochs=MANY_EPOCHS),
    ),
    # The last has so many batches that a thread that reads ahead has to wait for whoever takes them.
    drives.ITERATION: (
        Scenario(8, 4),
        Scenario(9, 4),
        Scenario(3, 4),
        Scenario(5, 1, seed=2),
        Scenario(40, 1, epochs=1),
    ),
    drives.TWO_PASSES: (Scenario(8, 4), Scenario(9, 2, seed=1, classes=3)),
    drives.TWO_LOADERS: (Scenario(12, 4, classes=3), Scenario(9, 2, seed=1)),
    # The epoch after the first is read again too.
    drives.REREADS: (
        Scenario(8, 4),
        Scenario(9, 2, seed=1),
        Scenario(11, 4, shuffled_index=True, epochs=3),
    ),
    # Many batches: with ten or more, two equal orders in a row are no accident (1 in 3,628,800).
    # And without a tail: some draw the order where they fill up the last batch.
    drives.SHUFFLES: (
        Scenario(40, 3, epochs=SHUFFLE_EPOCHS, classes=3),
        Scenario(40, 4, epochs=3, classes=3),
    ),
    # Many classes, as the order of a set of few names is the same in half of all processes.
    # And seed 0, which is no seed to whoever writes `seed or None`.
    drives.SEEDS: (
        Scenario(31, 3, seed=5, classes=5, epochs=3),
        Scenario(31, 3, seed=0, classes=5),
    ),
    # Of three classes two have three samples, and one has two. With a tail, which some keep out of the shuffle.
    drives.UNIFORM: (
        Scenario(8, 1, epochs=96, classes=3),
        Scenario(10, 4, epochs=96, classes=3),
    ),
    drives.HOOKS: (Scenario(9, 4), Scenario(8, 2, seed=1), Scenario(5, 4)),
    drives.THREADS: (Scenario(24, 2, classes=3), Scenario(13, 4, seed=1, classes=3)),
    drives.STAGGERED: (Scenario(26, 4, classes=5),),
    # The last batch is a short one, which many loaders read in another way.
    drives.INTERLEAVED: (Scenario(15, 4, classes=3), Scenario(4, 1, seed=1)),
    drives.PROCESSES: (Scenario(13, 4, classes=5),),
    # So many batches that equal draws are no accident: twelve a worker and epoch. One row a batch shows
    # what is drawn for each sample alike, wherever a shuffle has put it.
    drives.DRAWS: (Scenario(96, 4, epochs=4), Scenario(94, 1)),
    # Two batches for each process also where the tail is dropped.
    drives.COPIES: (Scenario(19, 4),),
    drives.CONSUMERS: (Scenario(13, 4), Scenario(4, 1, seed=1)),
    drives.PICKLING: (Scenario(9, 4, classes=5), Scenario(64, 8, seed=1)),
    drives.OWN_WORKERS: (Scenario(26, 4),),
    drives.RESOURCES: (Scenario(32, 8),),
    drives.INTERRUPTED: (Scenario(9, 4, classes=3),),
    drives.EMPTY: (Scenario(0, 4),),
    drives.BAD_FILES: (
        Scenario(6, 2, seed=2),
        # Good samples stand before the bad one, and a whole batch comes after it.
        Scenario(13, 4, seed=6, classes=3, same_names=True),
        Scenario(4, 4, seed=0),
        # The bad sample is alone in its batch, where the order is kept.
        Scenario(5, 2, seed=4),
    ),
    drives.BLANK_SAMPLE: (Scenario(5, 2, seed=3),),
    # More than a byte has values; and so many that their names have one digit or two.
    drives.MANY_CLASSES: (
        Scenario(300, 50, classes=300, epochs=1),
        Scenario(36, 8, classes=12, epochs=1),
    ),
    drives.NAMED_TWICE: (Scenario(8, 4, seed=2),),
    drives.RELABELLED: (Scenario(11, 4, classes=3),),
    drives.WIDE_PICTURES: (Scenario(9, 4, classes=3),),
    drives.SHARDS: (
        Scenario(13, 4, classes=3, epochs=3),
        Scenario(12, 3),
        Scenario(17, 2, seed=1),
        Scenario(3, 4),
        Scenario(1, 2),
        # Tails that are dropped are other samples' by then, where the order is drawn anew.
        Scenario(9, 2, epochs=MANY_TAILS),
    ),
    drives.BAD_SHARDS: (Scenario(13, 4, epochs=1),),
    drives.RESUMED: (Scenario(13, 3, classes=3), Scenario(4, 4, seed=1), Scenario(30, 4, seed=2)),
    drives.RESHARDED: (Scenario(13, 2), Scenario(24, 4, seed=1, epochs=3)),
    # The file of the last sample is damaged: frameworks peek at the first batches by themselves.
    drives.BROKEN_FIT: (Scenario(13, 4, classes=3, seed=12),),
    drives.STARTED_FIT: (Scenario(13, 4, classes=3, epochs=1),),
    drives.TRAINING: (
        Scenario(13, 4, classes=3),
        Scenario(3, 4, seed=2),
    ),
}
#: The same for loaders that read nothing but vectors in memory, of which many cost little: so many that
#: their numbers need more than fifteen bits, in batches of more than a thousand.
OF_VECTORS: Dict[str, Tuple[Scenario, ...]] = {
    drives.EPOCHS: (
        Scenario(1030, 4, seed=4, classes=4),
        Scenario(45_000, 1_500, epochs=1, classes=3),
    )
}
#: And for streams: one that begins each epoch inside of the last gets deeper with each.
OF_STREAMS: Dict[str, Tuple[Scenario, ...]] = {drives.EPOCHS: (Scenario(2, 2, epochs=1_010),)}
