"""DataLoader of batchgenerators, one pass after the other, shuffled."""

from batchgenerators.dataloading.data_loader import DataLoader


class Arrays(DataLoader):
    """The batches of two arrays, as its documentation has one derive from it."""

    def __init__(self, x, y, batch_size, seed):
        super().__init__(
            (x, y), batch_size, seed_for_shuffle=seed, return_incomplete=True, shuffle=True
        )
        self.indices = list(range(len(x)))

    def generate_train_batch(self):
        """Return the next batch of the pass."""
        rows = self.get_indices()
        return self._data[0][rows], self._data[1][rows]


def make(samples, batch_size, seed):
    loader = Arrays(*samples.arrays, batch_size, seed)
    if not len(samples):
        raise ValueError("no samples")
    return passes(loader)


def passes(loader):
    while True:
        yield from loader


PYTHON = "3.10"
REQUIRES = ["batchgenerators==0.25.5", "numpy<2", "pandas<2.3"]
DISTRIBUTION = "batchgenerators"
POLICY = {"kind": "generator", "shuffle": True, "seeded": True}
EXPECTED = {
    "generator.single-consumer": "a plain generator: two threads collide",
    "generator.no-silent-copies": "a forked copy of the generator delivers the same samples",
}
