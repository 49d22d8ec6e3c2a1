"""image_dataset_from_directory, shuffled and seeded, repeated as fit does with steps_per_epoch."""

import tensorflow as tf


def make(samples, batch_size, seed):
    dataset = tf.keras.utils.image_dataset_from_directory(
        samples.directory, image_size=(32, 32), batch_size=batch_size, shuffle=True, seed=seed
    )
    return dataset.repeat()


PYTHON = "3.10"
REQUIRES = ["tensorflow-cpu==2.15.1", "numpy<2", "pandas<2.3", "scipy"]
DISTRIBUTION = "keras"
POLICY = {"kind": "generator", "shuffle": True, "seeded": True}
EXPECTED = {
    "generator.no-silent-copies": "tf.data stands still in a forked process",
    "faults.bad-sample": "TensorFlow's error does not name the file",
    "faults.surfaces-in-fit": "so the error of fit does not name it either",
}
