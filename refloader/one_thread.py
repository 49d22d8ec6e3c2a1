"""What has the libraries of linear algebra and of torch work in the thread that calls them."""

#: Variables of the environment, for processes of which there are as many as are wanted. Each would start as
#: many threads more as there are cores, which takes a sixth and more of the time it starts in; and on a busy
#: machine threads that wait for each other by spinning take many times what one alone does.
from __future__ import annotations

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
