"""BatchLoader of Spektral over graphs of one node each, shuffled."""

import numpy as np
from spektral.data import BatchLoader, Dataset, Graph


class Graphs(Dataset):
    """One graph of one node for each sample."""

    def __init__(self, x, y, classes):
        self.x, self.y, self.n = x, np.eye(classes)[y], len(x)
        super().__init__()

    def read(self):
        """Return the graphs."""
        ones = np.ones((1, 1))
        return [Graph(x=row[None], a=ones, y=target) for row, target in zip(self.x, self.y)]


def make(samples, batch_size, seed):
    graphs = Graphs(*samples.arrays, samples.n_classes)
    return BatchLoader(graphs, batch_size=batch_size, shuffle=True)


PYTHON = "3.10"
REQUIRES = [
    "spektral==1.3.1",
    "scipy",
    "scikit-learn",
    "networkx",
    "requests",
    "tqdm",
    "lxml",
    "joblib",
    "tensorflow-cpu==2.15.1",
    "numpy<2",
    "pandas<2.3",
]
DISTRIBUTION = "spektral"
POLICY = {"kind": "generator", "shuffle": True}
EXPECTED = {
    "shuffling.global-rng": "shuffle_inplace draws from numpy.random",
    "generator.single-consumer": "next() on a shared generator without a lock",
    "generator.no-silent-copies": "a forked copy delivers the same samples",
    "faults.empty": "over no graphs batch_generator loops for ever without a batch",
}
