"""Memory of batches that frameworks take over as it is, instead of copying it."""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import TYPE_CHECKING, Any, Tuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Bytes. NumPy's own arrays begin at a multiple of 16 only; TensorFlow (EIGEN_MAX_ALIGN_BYTES) and JAX
#: copy what does not begin at one of 64: into `fit`, that costs more than all else that feeding does.
ALIGNMENT = 64


def empty(shape: Tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return an array whose values are not set yet, and whose first byte is at a multiple of `ALIGNMENT`.

    :param shape: of the array.
    :param dtype: of the array; one of Python objects is not aligned, as no framework takes it over.
    """
    kind = np.dtype(dtype)
    if kind.hasobject:
        return np.empty(shape, kind)
    size = reduce(mul, shape, kind.itemsize)  # math.prod is too new for Python 3.7
    memory = np.empty(size + ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % ALIGNMENT
    rows: NDArray[Any] = memory[begin : begin + size].view(kind)
    return rows.reshape(shape)
