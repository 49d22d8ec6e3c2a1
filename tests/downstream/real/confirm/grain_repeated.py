"""Show without refloader that a forked copy of a Grain iterator delivers the same samples."""

import multiprocessing

import grain
import numpy as np

rows = grain.MapDataset.source(np.arange(12)).shuffle(seed=0).batch(4).repeat()
AHEAD = grain.ReadOptions(num_threads=2, prefetch_buffer_size=8)


def work(stream, pipe):
    pipe.send([next(stream).tolist() for _ in range(2)])


if __name__ == "__main__":
    stream = iter(rows.to_iter_dataset(AHEAD))
    context = multiprocessing.get_context("fork")
    shares = []
    for _ in range(2):
        mine, theirs = context.Pipe()
        worker = context.Process(target=work, args=(stream, theirs))
        worker.start()
        shares.append(mine.recv() if mine.poll(20) else "nothing for 20 seconds")
        worker.kill()
    print("two forked workers deliver the same: False expected;", shares[0] == shares[1], shares)

CONFIRMS = ["generator.no-silent-copies"]
