"""Show without refloader that a negative index gives an empty batch in StellarGraph."""

import pickle

import numpy as np
import pandas as pd
from stellargraph import StellarGraph
from stellargraph.mapper import GraphSAGENodeGenerator

edges = pd.DataFrame({"source": range(5), "target": [1, 2, 3, 4, 0]})
graph = StellarGraph(pd.DataFrame(np.eye(5)), edges)
flow = GraphSAGENodeGenerator(graph, 2, [1], seed=0).flow(list(range(5)), np.arange(5))
for index in range(len(flow)):
    flow[index]
print("rows of batch -1: 1, or IndexError, expected;", len(flow[-1][1]))
try:
    pickle.dumps(flow)
except (AttributeError, pickle.PicklingError) as error:
    print("pickled: no error expected;", error)

CONFIRMS = ["protocol.bounds", "pickling.round-trip"]
