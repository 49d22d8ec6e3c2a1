"""Show without refloader that a Grain iterator yields views, and that forked copies deliver the same."""

import multiprocessing

import grain
import numpy as np

rows = grain.MapDataset.source(np.arange(12)).shuffle(seed=0).batch(4).repeat()
AHEAD = grain.ReadOptions(num_threads=2, prefetch_buffer_size=8)


def work(stream, pipe):
    pipe.send([next(stream).tolist() for _ in range(2)])


if __name__ == "__main__":
    x = np.zeros((4, 2))
    single = grain.MapDataset.range(4).map(lambda row: x[row]).batch(1).repeat()
    batch = next(iter(single.to_iter_dataset(AHEAD)))
    print("a batch of one shares memory: False expected;", np.shares_memory(batch, x))

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

CONFIRMS = ["purity.caller-owned", "generator.no-silent-copies"]
