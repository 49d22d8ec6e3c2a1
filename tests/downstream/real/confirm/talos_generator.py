"""Show without refloader what the training generator of Talos breaks."""

import multiprocessing
import sys
import threading

import numpy as np
from talos.utils.generator import generator

x, y = np.arange(5.0)[:, None], np.arange(5)
stream, errors = generator(x, y, 2), []


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
    pipe.send([next(stream)[1].tolist() for _ in range(2)])


context, shares, stream = multiprocessing.get_context("fork"), [], generator(x, y, 2)
for _ in range(2):
    mine, theirs = context.Pipe()
    context.Process(target=work, args=(stream, theirs)).start()
    shares.append(mine.recv())
print("two forked workers deliver the same: False expected;", shares[0] == shares[1], shares)

empty = generator(x[:0], y[:0], 2)
print(
    "rows of three batches of no samples: none expected;", [len(next(empty)[0]) for _ in range(3)]
)

CONFIRMS = [
    "generator.single-consumer",
    "generator.no-silent-copies",
    "faults.empty",
]
