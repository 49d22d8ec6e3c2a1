"""Which methods take a loader, and where they look for the workers."""

from __future__ import annotations

import itertools
import warnings
from typing import Any, List

from refloader.frameworks.facts.loaders import Numbered, batch
from refloader.frameworks.facts.probe import probe
from refloader.frameworks.facts.run import Absent, Run, raised
from refloader.frameworks.feeding import dataset_has_workers
from refloader.frameworks.spelling import spelled, takes

# Iterating a loader of six batches by hand is stopped here, where it does not end by itself.
LENGTH = 6


@probe("fit.accepts-sequence")
def fit_accepts(run: Run) -> Any:
    """Give a loader with an index to fit itself."""
    loader = Numbered(run.log, LENGTH)
    if not run.has_index:
        raise Absent("loaders with an index")
    error = raised(lambda: run.model().fit(loader, **run.arguments(run.model().fit, verbose=0)))
    return "yes" if error is None and len(run.log.events("train")) == LENGTH else "no"


@probe("fit_generator.exists")
def generator_methods(run: Run) -> Any:
    """Look for fit_generator, and call it to hear whether it is deprecated."""
    method = getattr(run.model(), "fit_generator", None)
    if method is None:
        return "no"
    data = run.either(Numbered(run.log, LENGTH))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        method(
            run.placed(data),
            **run.arguments(method, steps_per_epoch=LENGTH, epochs=1, verbose=0),
        )
    texts = [method.__doc__ or "", *(str(one.message) for one in said)]
    about = [text for text in texts if "fit_generator" in text or text is method.__doc__]
    return "deprecated" if any("deprecated" in text.lower() for text in about) else "yes"


@probe("workers.argument-of")
def workers_argument(run: Run) -> Any:
    """Return where the number of workers is given, with the name that it has there."""
    if dataset_has_workers(run.keras):
        return "PyDataset(workers=)"
    places: List[str] = []
    for name in ("fit", "fit_generator"):
        method = getattr(run.keras.models.Model, name, None)
        if method is not None and takes(method, "workers"):
            places += [f"{name}({word}=)" for word in spelled(method, workers=2)]
    return " and ".join(places)


@probe("workers.zero")
def workers_zero(run: Run) -> Any:
    """Return as how many workers the framework reads in the main thread, or that it has none such."""
    run.fit(run.either(Numbered(run.log, LENGTH)))
    reads = {event["where"] for event in run.log.events("read")[2:]}
    return f"workers={run.workers}: read in {' and '.join(sorted(reads))}"


@probe("iteration.by-hand-ends")
def by_hand(run: Run) -> Any:
    """Iterate a loader of the framework's own class, whose items exist past its end too."""
    if not run.has_index:
        raise Absent("loaders with an index")

    base = run.base

    class Slicing(base):  # type: ignore[misc, valid-type]
        """A loader as most are: slices past the end are empty and no error."""

        def __len__(self) -> int:
            return LENGTH

        def __getitem__(self, index: int) -> Any:
            return batch(index)

    taken: List[Any] = []
    error = raised(lambda: taken.extend(itertools.islice(iter(Slicing()), 3 * LENGTH)))
    if error is not None:
        return type(error).__name__
    return "ends" if len(taken) == LENGTH else "goes on past the end"
