"""Show without refloader what an endless DataFlow of tensorpack breaks as a generator."""

import multiprocessing
import sys
import threading

import numpy as np
from tensorpack.dataflow import BatchData, DataFromList, RepeatedData


def endless(count):
    rows = [[np.array(row), np.array(row)] for row in range(count)]
    batches = BatchData(DataFromList(rows, shuffle=True), 2, remainder=True)
    flow = RepeatedData(batches, -1)
    flow.reset_state()
    return iter(flow)


stream, errors = endless(5), []


def take():
    try:
        for _ in range(20000):
            next(stream)
    except ValueError as error:
        errors.append(error)


sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=take) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("errors of two threads in next(): none expected;", errors)


def work(stream, pipe):
    pipe.send([next(stream)[1].tolist() for _ in range(3)])


def ends(count, seconds=10):
    """Return what a forked process says of an endless flow, or None if it says nothing in time."""
    mine, theirs = multiprocessing.Pipe()
    worker = multiprocessing.get_context("fork").Process(target=work, args=(count, theirs))
    worker.start()
    said = mine.recv() if mine.poll(seconds) else None
    worker.kill()
    return said


stream = endless(5)
shares = [ends(stream), ends(stream)]
print("two forked workers deliver the same: False expected;", shares[0] == shares[1], shares)
print("the first batch of no rows in ten seconds: an error expected;", ends(endless(0)))

CONFIRMS = [
    "generator.single-consumer",
    "generator.no-silent-copies",
    "faults.empty",
]
