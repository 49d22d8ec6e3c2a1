"""OfflineDataset of BayesFlow, shuffled, with its dictionaries taken apart as x and y."""

from bayesflow.datasets import OfflineDataset


class Pairs(OfflineDataset):
    """The batches as Keras' own training wants them."""

    def __getitem__(self, item):
        batch = super().__getitem__(item)
        return batch["x"], batch["y"]


def make(samples, batch_size, seed):
    x, y = samples.arrays
    return Pairs({"x": x, "y": y}, batch_size, None, shuffle=True)


PYTHON = "3.13"
REQUIRES = ["bayesflow==2.1.0", "keras==3.15.1", "tensorflow-cpu==2.21.0"]
DISTRIBUTION = "bayesflow"
POLICY = {"shuffle": True}
EXPECTED = {
    "shuffling.global-rng": "it shuffles with numpy.random",
}
