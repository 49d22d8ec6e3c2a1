"""Show without refloader what Spektral's loaders break."""

import sys
import threading

import numpy as np
from spektral.data.utils import batch_generator

before = np.random.get_state()[2]
stream = batch_generator([list(range(13))], batch_size=1)
next(stream)
print("numpy.random moved: False expected;", np.random.get_state()[2] != before)
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

waiting = threading.Thread(target=lambda: next(batch_generator([[]], batch_size=2)), daemon=True)
waiting.start()
waiting.join(5)
print("next() over no samples still runs after 5 s: False expected;", waiting.is_alive())

CONFIRMS = [
    "shuffling.global-rng",
    "generator.single-consumer",
    "faults.empty",
]
