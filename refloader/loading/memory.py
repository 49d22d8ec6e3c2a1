"""Memory of batches: frameworks take it over as it is, and it is used again afterwards."""

from __future__ import annotations

import weakref
from collections import deque
from functools import reduce
from operator import mul
from typing import TYPE_CHECKING, Any, Deque, Dict, Tuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Bytes. NumPy's own arrays begin at a multiple of 16 only; TensorFlow (EIGEN_MAX_ALIGN_BYTES) and JAX
#: copy what does not begin at one of 64: into `fit`, that costs more than all else that feeding does.
ALIGNMENT = 64
#: Bytes; of smaller pieces the C library has some at hand that need not be cleared.
LARGE = 2**17
#: How many pieces of a size are kept for later. Frameworks let go of what they have consumed two or
#: three at a time.
KEPT = 4


class Memory:
    """Gives out arrays, whose memory serves again once nothing refers to it any more.

    The system clears new memory when it is first written to, which takes longer than TensorFlow
    takes to consume a batch that it need not copy. Threads may share it; a pickle of it is a new one.
    """

    def __init__(self) -> None:
        # In deques, as the garbage collector gives back in any thread, between any two lines: no lock.
        self._free: Dict[int, Deque[memoryview]] = {}

    def __reduce__(self) -> Tuple[Any, ...]:
        return Memory, ()

    def empty(self, shape: Tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return an array whose values are not set yet, and whose first byte is at a multiple of `ALIGNMENT`.

        :param shape: of the array.
        :param dtype: of the array; one of Python objects is not aligned, as no framework takes it over.
        """
        kind = np.dtype(dtype)
        if kind.hasobject:
            return np.empty(shape, kind)
        size = reduce(mul, shape, kind.itemsize)  # math.prod is too new for Python 3.7
        whole = self._piece(size + ALIGNMENT)
        begin = -whole.ctypes.data % ALIGNMENT
        rows: NDArray[Any] = whole[begin : begin + size].view(kind)
        return rows.reshape(shape)

    def _piece(self, size: int) -> NDArray[np.uint8]:
        if size < LARGE:
            return np.empty(size, np.uint8)
        free = self._free.setdefault(size, deque(maxlen=KEPT))
        try:
            piece = free.pop()
        except IndexError:
            piece = np.empty(size, np.uint8).data
        # Every array that views this one refers to it, so it is the last of them to end.
        whole = np.frombuffer(piece, np.uint8)
        weakref.finalize(whole, free.append, piece).atexit = False
        return whole
