"""Show without refloader what passes of a batchgenerators DataLoader break as one generator."""

import multiprocessing
import sys
import threading

from batchgenerators.dataloading.data_loader import DataLoader


class Rows(DataLoader):
    """The numbers of rows."""

    def generate_train_batch(self):
        """Return the next batch of the pass."""
        return self.get_indices()


def passes():
    loader = Rows(None, 2, seed_for_shuffle=0, return_incomplete=True)
    loader.indices = list(range(5))
    while True:
        yield from loader


stream, errors = passes(), []


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
    pipe.send([list(map(int, next(stream))) for _ in range(3)])


context, shares, stream = multiprocessing.get_context("fork"), [], passes()
for _ in range(2):
    mine, theirs = context.Pipe()
    context.Process(target=work, args=(stream, theirs)).start()
    shares.append(mine.recv())
print("two forked workers deliver the same: False expected;", shares[0] == shares[1], shares)

CONFIRMS = [
    "generator.single-consumer",
    "generator.no-silent-copies",
]
