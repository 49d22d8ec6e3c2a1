"""Show without refloader what SequenceGenerator of Talos breaks."""

import pickle

import numpy as np
from talos.utils.sequence_generator import SequenceGenerator

x, y = np.arange(5.0)[:, None], np.arange(5)
loader = SequenceGenerator(x, y, 2)
print("rows of the batch past the end: IndexError expected;", len(loader[len(loader)][0]))
print("a batch shares the data set's memory: False expected;", np.shares_memory(loader[0][0], x))
try:
    pickle.dumps(loader)
except (AttributeError, pickle.PicklingError) as error:
    print("pickled: no error expected;", error)

CONFIRMS = [
    "protocol.bounds",
    "purity.caller-owned",
    "pickling.round-trip",
]
