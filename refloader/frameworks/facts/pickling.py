"""By which error, told in which words, a generator fails on its way to a process that is not forked."""

from __future__ import annotations

import contextlib
import copyreg
import io
import pickle
import re
import threading
from multiprocessing import reduction
from typing import Any, Dict, Iterator, List
from unittest import mock

from refloader.frameworks.facts.loaders import numbered
from refloader.frameworks.facts.probe import probe
from refloader.frameworks.facts.run import Absent, Run
from refloader.frameworks.feeding import dataset_has_workers

STEPS = 4
LOOK_SECONDS = 0.05
RUNS = "no error"


@probe("generator.pickling-error", settings=("spawn",))
def pickling_error(run: Run) -> Any:
    """Fit from a generator, and note what pickling raises, also where no caller ever learns of it."""
    if dataset_has_workers(run.keras):
        raise Absent("workers for a generator")
    with _noted() as errors:
        fitting = threading.Thread(
            target=run.outcome,
            args=(numbered(run.log),),
            kwargs={"steps_per_epoch": STEPS},
            daemon=True,
        )
        fitting.start()
        while fitting.is_alive() and not errors:
            fitting.join(LOOK_SECONDS)
        return errors[0] if errors else RUNS


@contextlib.contextmanager
def _noted() -> Iterator[List[Dict[str, str]]]:
    """Give the list of what pickling for a worker raises, by Python's two picklers."""
    errors: List[Dict[str, str]] = []
    send = reduction.dump

    def dump(sent: Any, *more: Any) -> None:
        try:
            send(sent, *more)
        except Exception as error:
            errors.append({"C": _words(error), "Python": _words(_of_python(sent))})
            raise

    with mock.patch.object(reduction, "dump", dump):
        yield errors


class _Pickler(pickle._Pickler):  # noqa: SLF001 - the twin of C's
    """The pickler that is written in Python, as PyPy has it, with what workers need."""

    dispatch_table = {**copyreg.dispatch_table, **reduction.ForkingPickler._extra_reducers}  # type: ignore[attr-defined]  # noqa: RUF012, SLF001


def _of_python(sent: Any) -> BaseException:
    """Return what the pickler that is written in Python says of the same."""
    try:
        _Pickler(io.BytesIO()).dump(sent)
    except Exception as error:  # noqa: BLE001 - it is the answer
        return error
    raise ValueError("one pickler takes what the other one refuses")


def _words(error: BaseException) -> str:
    """Return the type and text of an error, without addresses."""
    text = re.sub(r" at 0x[0-9a-f]+", " at ...", str(error))
    return f"{type(error).__name__}: {text}"
