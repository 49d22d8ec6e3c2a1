"""Show without refloader what imbalanced-learn's balanced batches break."""

import multiprocessing
import sys
import threading

import numpy as np
from imblearn.keras import BalancedBatchGenerator, balanced_batch_generator

x, y = np.arange(40)[:, None], np.repeat([0, 1, 2], [20, 12, 8])
loader = BalancedBatchGenerator(x, y, batch_size=3, random_state=0)
print("it has an on_epoch_end of its own: True expected;", "on_epoch_end" in vars(type(loader)))
small = BalancedBatchGenerator(x[18:22], y[18:22], batch_size=5, random_state=0)
print("len() over 4 samples in batches of 5: 1 expected;", len(small))
print("rows of the batch past the end: IndexError expected;", len(loader[len(loader)][0]))

stream, steps = balanced_batch_generator(x, y, batch_size=3, random_state=0)
rounds = [[next(stream)[0].ravel().tolist() for _ in range(steps)] for _ in range(3)]
print("equal rounds: False expected;", rounds[0] == rounds[1] == rounds[2])
print("samples ever seen of 40:", len({row for one in rounds for batch in one for row in batch}))

errors = []


def take():
    try:
        for _ in range(2000):
            next(stream)
    except ValueError as error:
        errors.append(error)


sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=take) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("errors of two threads in next(): none expected;", errors)


def copied(queue):
    queue.put([next(copies)[0].ravel().tolist() for _ in range(6)])


copies, _ = balanced_batch_generator(x, y, batch_size=3, random_state=0)
context = multiprocessing.get_context("fork")
queue = context.Queue()
workers = [context.Process(target=copied, args=(queue,)) for _ in range(2)]
[one.start() for one in workers]
taken = [queue.get() for _ in workers]
[one.join() for one in workers]
print("equal batches in two forked copies: False expected;", taken[0] == taken[1])

CONFIRMS = [
    "protocol.length",
    "protocol.bounds",
    "shuffling.per-epoch",
    "coverage.reached",
    "generator.single-consumer",
    "generator.no-silent-copies",
]
