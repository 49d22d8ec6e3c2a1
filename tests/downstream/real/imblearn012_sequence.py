"""BalancedBatchGenerator of imbalanced-learn: draws as many of each class as of the rarest."""

from imblearn.keras import BalancedBatchGenerator


def make(samples, batch_size, seed):
    return BalancedBatchGenerator(*samples.arrays, batch_size=batch_size, random_state=seed)


PYTHON = "3.10"
REQUIRES = [
    "imbalanced-learn==0.12.4",
    "scikit-learn==1.4.2",
    "tensorflow-cpu==2.15.1",
    "numpy<2",
    "pandas<2.3",
]
DISTRIBUTION = "imbalanced-learn"
POLICY = {"sampling": "with-replacement", "shuffle": True, "seeded": True}
EXPECTED = {
    "coverage.reached": "it undersamples once: the rest of the larger classes is never drawn",
    "protocol.length": "len() rounds down: fewer samples than batch_size give 0 batches",
    "protocol.bounds": "past the end it gives empty batches",
    "shuffling.per-epoch": "it has no on_epoch_end: one order for ever",
}
