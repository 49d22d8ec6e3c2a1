"""DataProvider of mltu over (path, label) pairs, with its own image reader, shuffled."""

from mltu.annotations.images import CVImage
from mltu.preprocessors import ImageReader
from mltu.tensorflow.dataProvider import DataProvider
from mltu.transformers import ImageResizer


def make(samples, batch_size, seed):
    return DataProvider(
        dataset=[list(pair) for pair in zip(samples.paths, samples.labels)],
        skip_validation=True,
        batch_size=batch_size,
        data_preprocessors=[ImageReader(CVImage)],
        transformers=[ImageResizer(32, 32)],
        shuffle=True,
    )


PYTHON = "3.10"
REQUIRES = ["mltu==1.2.5", "tensorflow-cpu==2.15.1", "numpy<2", "pandas<2.3"]
DISTRIBUTION = "mltu"
POLICY = {"shuffle": True, "on_bad_sample": "skip"}
EXPECTED = {
    "protocol.bounds": "past the end it gives an empty batch",
    "purity.order-free": "what all batches need is made when index 0 is read",
    "shuffling.uniform": "it shuffles at the end of each epoch, and reads the first in the order given",
    "shuffling.global-rng": "it shuffles with numpy.random",
    "faults.bad-sample": "a batch of nothing but an unreadable file comes empty, and a missing file is an error, not skipped",
    "faults.no-silent-blank": "OpenCV fills a file that is cut short with grey",
    "workers.no-loss": "a worker that does not read index 0 can read nothing",
    "workers.start-methods": "a worker that does not read index 0 can read nothing",
    "pickling.mid-epoch": "what it makes when index 0 is read is a local function",
    "faults.interrupt": "a bare except takes an interrupt for data without a numpy()",
}
