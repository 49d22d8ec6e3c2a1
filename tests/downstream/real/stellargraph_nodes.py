"""NodeSequence of StellarGraph (GraphSAGE, one sampled neighbour) over a ring of nodes, shuffled."""

import pandas as pd
from stellargraph import StellarGraph
from stellargraph.mapper import GraphSAGENodeGenerator

from refloader.driving.data.vector_code import decode_vectors


def identify(batch):
    """Return the samples of the head nodes; the other input holds their neighbours, by design."""
    heads = batch[0][0]
    return [None if row < 0 else int(row) for row in decode_vectors(heads)] if len(heads) else []


def make(samples, batch_size, seed):
    x, y = samples.arrays
    nodes = pd.DataFrame(x)
    edges = pd.DataFrame({"source": range(len(x)), "target": [*range(1, len(x)), 0][: len(x)]})
    graph = StellarGraph(nodes, edges)
    generator = GraphSAGENodeGenerator(graph, batch_size, [1], seed=seed)
    return generator.flow(list(range(len(x))), y, shuffle=True, seed=seed)


PYTHON = "3.8"
REQUIRES = ["stellargraph==1.2.1", "tensorflow-cpu==2.4.4", "protobuf<3.21", "chardet"]
DISTRIBUTION = "stellargraph"
POLICY = {"shuffle": True, "seeded": True, "augment": True}
EXPECTED = {
    "protocol.bounds": "a negative index gives an empty batch",
    "workers.start-methods": "it holds a lambda, and cannot be pickled",
    "pickling.round-trip": "it holds a lambda, and cannot be pickled",
    "pickling.fresh-process": "it holds a lambda, and cannot be pickled",
    "pickling.mid-epoch": "it holds a lambda, and cannot be pickled",
}
