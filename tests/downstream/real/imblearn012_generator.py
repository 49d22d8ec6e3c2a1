"""balanced_batch_generator of imbalanced-learn, with the steps for each epoch that it returns."""

from imblearn.keras import balanced_batch_generator


def make(samples, batch_size, seed):
    generator, _ = balanced_batch_generator(
        *samples.arrays, batch_size=batch_size, random_state=seed
    )
    return generator


PYTHON = "3.10"
REQUIRES = [
    "imbalanced-learn==0.12.4",
    "scikit-learn==1.4.2",
    "tensorflow-cpu==2.15.1",
    "numpy<2",
    "pandas<2.3",
]
DISTRIBUTION = "imbalanced-learn"
POLICY = {"kind": "generator", "sampling": "with-replacement", "shuffle": True, "seeded": True}
EXPECTED = {
    "shuffling.per-epoch": "it samples and shuffles once, and repeats that round for ever",
    "generator.single-consumer": "a plain generator: two threads collide",
    "generator.no-silent-copies": "a forked copy of the generator delivers the same batches",
    "coverage.reached": "it undersamples once: the rest of the larger classes is never drawn",
}
