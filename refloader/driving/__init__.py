"""Driving: how a loader is pulled, and what is written down of it.

`scenarios` and `corners` say with which data sets and requests, `drivers` in which ways, `budget` which of
them first. `data` makes the data set, `subject` has the author's factory build a loader over it, `drives`
pulls at that in each of the ways, beside what `surroundings` shows of the process around it, and `observing`
writes into the ledger what came. All of that happens in the `processes` of a nursery, which may hang or die.

Before anything is judged, `forms` and `probe` look whether the factory builds what was asked for,
`relabelling` what its y is, and `survey` what a ready loader delivers; `reference` is the loader that a
failure is tried with again, for blame. `ownership` says whose a file is that shows in any of that.
"""
