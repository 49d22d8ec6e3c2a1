"""A loader's shard as the data set of a `tf.distribute` strategy, which then does not shard it again."""

from __future__ import annotations

from typing import Any


def distributed_dataset(loader: Any, strategy: Any) -> Any:
    """Return a loader's endless stream for `fit(..., steps_per_epoch=len(loader))`.

    Given the loader itself, a strategy of several workers would take a part of each rank's shard.

    :param loader: an `ImageLoader` or `ArrayLoader` with this worker's shard.
    :param strategy: such as `tf.distribute.MultiWorkerMirroredStrategy`, one replica a worker.
    :raises ValueError: if the loader's shard is not that of this worker, a worker has several
        replicas, or the loader is empty.
    """
    import tensorflow as tf

    if not len(loader):
        raise ValueError("the loader has no batch, so nothing tells of what kind its batches are")
    first = loader.batch(loader.epoch, 0)
    kinds = tf.nest.map_structure(
        lambda leaf: tf.TensorSpec((None, *leaf.shape[1:]), leaf.dtype), first
    )

    def pipeline(context: Any) -> Any:
        _check(loader.plan.shard, context)
        return tf.data.Dataset.from_generator(loader.generator, output_signature=kinds)

    return strategy.distribute_datasets_from_function(pipeline)


def _check(shard: Any, context: Any) -> None:
    worker = context.input_pipeline_id, context.num_input_pipelines
    if context.num_replicas_in_sync != worker[1]:
        raise ValueError(
            f"{context.num_replicas_in_sync} replicas on {worker[1]} workers: a shard serves one"
        )
    if shard != worker:
        raise ValueError(f"the loader's shard is {shard}, and this worker is {worker}")
