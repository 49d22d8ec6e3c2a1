"""ImageDataGenerator().flow_from_dataframe, shuffled, with the default class mode."""

from tensorflow.keras.preprocessing.image import ImageDataGenerator


def make(samples, batch_size, seed):
    frame = samples.frame.astype({"label": str})
    classes = [str(name) for name in samples.classes]
    generator = ImageDataGenerator(rescale=1 / 255)
    return generator.flow_from_dataframe(
        frame,
        x_col="path",
        y_col="label",
        classes=classes,
        target_size=(32, 32),
        batch_size=batch_size,
        shuffle=True,
        seed=seed,
    )


PYTHON = "3.10"
REQUIRES = ["tensorflow-cpu==2.15.1", "numpy<2", "pandas<2.3", "scipy"]
DISTRIBUTION = "keras"
POLICY = {"shuffle": True, "seeded": True}
EXPECTED = {
    "protocol.bounds": "past the end it raises ValueError",
    "protocol.restart": "iter() returns the iterator itself, which goes on where it stood",
    "shuffling.global-rng": "it seeds numpy.random for each batch",
    "faults.bad-sample": "Pillow's error passes through, without the path",
    "faults.surfaces-in-fit": "so the error of fit does not name it either",
    "faults.empty": "an empty frame ends in KeyError",
    "workers.start-methods": "it holds a lock and a generator, and cannot be pickled",
    "pickling.round-trip": "it holds a lock and a generator, and cannot be pickled",
    "pickling.fresh-process": "it holds a lock and a generator, and cannot be pickled",
    "pickling.no-live-handles": "it holds a lock and a generator, and cannot be pickled",
    "pickling.size": "it holds a lock and a generator, and cannot be pickled",
    "pickling.mid-epoch": "it holds a lock and a generator, and cannot be pickled",
}
