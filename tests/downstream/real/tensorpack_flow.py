"""DataFlow of tensorpack: a shuffled list, batched, without an end."""

from tensorpack.dataflow import BatchData, DataFromList, MapData, RepeatedData


def make(samples, batch_size, seed):
    rows = list(zip(*samples.arrays))
    batches = BatchData(DataFromList(rows, shuffle=True), batch_size, remainder=True)
    flow = RepeatedData(MapData(batches, tuple), -1)
    flow.reset_state()
    return iter(flow)


PYTHON = "3.10"
REQUIRES = ["tensorpack==0.11", "numpy<2", "pandas<2.3"]
DISTRIBUTION = "tensorpack"
POLICY = {"kind": "generator", "shuffle": True}
EXPECTED = {
    "generator.single-consumer": "a plain generator: two threads collide",
    "generator.no-silent-copies": "a forked copy of the generator delivers the same samples",
    "faults.empty": "over no samples it loops for ever without a batch",
}
