"""The processes in which drives are made, and how it is seen that one stands still.

The judging process has a `nursery`, an interpreter or a fork that has imported what drives need (`warm` and
its own side `serving`, `forked`, `spare`), and asks each `driving_process` that is born of it; `process` is
what runs in there. `sweeping` has several drives made by one, `stillness` watches it, `standstill` says of its
stacks in a line where it waits, and `family` ends it with its workers. `sending` gets a factory to any of
them, and to `elsewhere`, a fresh interpreter that is asked for what one function answers.
"""
