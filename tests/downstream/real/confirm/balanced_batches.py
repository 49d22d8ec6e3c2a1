"""Show without refloader that threads collide in keras-balanced-batch-generator, and processes repeat each other."""

import multiprocessing
import sys
import threading

import numpy as np
from keras_balanced_batch_generator import make_generator

stream = make_generator(np.arange(40)[:, None], np.eye(2)[np.arange(40) % 2], 4, seed=0)
errors = []


def take():
    try:
        for _ in range(5000):
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


copies = make_generator(np.arange(40)[:, None], np.eye(2)[np.arange(40) % 2], 4, seed=0)
context = multiprocessing.get_context("fork")
queue = context.Queue()
workers = [context.Process(target=copied, args=(queue,)) for _ in range(2)]
[one.start() for one in workers]
taken = [queue.get() for _ in workers]
[one.join() for one in workers]
print("equal batches in two forked copies: False expected;", taken[0] == taken[1])

CONFIRMS = [
    "generator.single-consumer",
    "generator.no-silent-copies",
]
