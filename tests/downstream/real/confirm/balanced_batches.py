"""Show without refloader that two threads collide in keras-balanced-batch-generator."""

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

CONFIRMS = [
    "generator.single-consumer",
]
