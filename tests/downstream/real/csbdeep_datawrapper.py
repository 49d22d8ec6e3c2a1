"""DataWrapper of csbdeep: a rolling sequence, as CARE trains with it; an epoch has length steps."""

from csbdeep.internals.train import DataWrapper


def make(samples, batch_size, seed):
    x, y = samples.arrays
    return DataWrapper(x, y, batch_size, length=-(-len(x) // batch_size))


PYTHON = "3.10"
REQUIRES = ["csbdeep==0.8.2", "tensorflow-cpu==2.15.1", "numpy<2", "pandas<2.3"]
DISTRIBUTION = "csbdeep"
# "All calls to batch(i) will return the same batch for same i": no new order is promised.
POLICY = {"tail": "pad"}
EXPECTED = {
    "protocol.bounds": "indexes past the end roll on, as documented",
    "shuffling.global-rng": "it shuffles with numpy.random",
    "training.validation": "its order is drawn when it is first read: no other loader's, nor the data's",
}
