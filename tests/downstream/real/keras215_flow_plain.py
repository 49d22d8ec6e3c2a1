"""ImageDataGenerator().flow over arrays, without shuffling and without a seed."""

from tensorflow.keras.preprocessing.image import ImageDataGenerator


def make(samples, batch_size, seed):
    generator = ImageDataGenerator(rescale=1 / 255)
    return generator.flow(samples.images, samples.arrays.y, batch_size=batch_size, shuffle=False)


PYTHON = "3.10"
REQUIRES = ["tensorflow-cpu==2.15.1", "numpy<2", "pandas<2.3", "scipy"]
DISTRIBUTION = "keras"
POLICY = {}
EXPECTED = {
    "protocol.bounds": "past the end it raises ValueError",
    "protocol.restart": "iter() returns the iterator itself, which goes on where it stood",
    "shuffling.global-rng": "get_random_transform draws for flips that are switched off",
    "workers.start-methods": "it holds a lock and a generator, and cannot be pickled",
    "pickling.round-trip": "it holds a lock and a generator",
    "pickling.fresh-process": "it holds a lock and a generator",
    "pickling.no-live-handles": "it holds a lock and a generator",
    "pickling.mid-epoch": "it holds a lock and a generator",
    "faults.empty": "over no samples next() gives batches of 0 rows for ever",
}
