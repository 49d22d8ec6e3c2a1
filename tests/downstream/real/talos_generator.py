"""The training generator of Talos: slices of two arrays without an end."""

from talos.utils.generator import generator


def make(samples, batch_size, seed):
    return generator(*samples.arrays, batch_size)


PYTHON = "3.11"
REQUIRES = ["talos==2.0.10", "keras==3.15.1", "tensorflow-cpu==2.21.0"]
DISTRIBUTION = "talos"
POLICY = {"kind": "generator"}
EXPECTED = {
    "generator.single-consumer": "a plain generator: two threads collide",
    "generator.no-silent-copies": "a forked copy of the generator delivers the same samples",
    "faults.empty": "over no samples it yields empty batches for ever",
}
