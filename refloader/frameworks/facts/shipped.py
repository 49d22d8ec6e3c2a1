"""What the contract says of the loaders that Keras itself ships."""

from __future__ import annotations

import re
from typing import Any, List

from refloader.contract import drives, verdict
from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE, Requirement, find
from refloader.errors import AdapterError
from refloader.frameworks import shipped
from refloader.frameworks.facts.probe import probe
from refloader.frameworks.facts.run import Absent, Run
from refloader.session import Session

#: What is judged needs these drives only: readers of one process.
MADE = frozenset(
    {
        drives.EPOCHS,
        drives.ITERATION,
        drives.REREADS,
        drives.SEEDS,
        drives.SHUFFLES,
        drives.UNIFORM,
        drives.SHARDS,
        drives.HOOKS,
        drives.THREADS,
        drives.STAGGERED,
        drives.INTERLEAVED,
        drives.EMPTY,
        drives.BAD_FILES,
        drives.BLANK_SAMPLE,
        drives.MANY_CLASSES,
        drives.NAMED_TWICE,
        drives.WIDE_PICTURES,
        drives.RELABELLED,
    }
)
#: What these requirements may be judged by besides: a requirement of these drives alone is not asked.
BESIDES = frozenset({drives.BAD_SHARDS, drives.PICKLING, drives.TWO_LOADERS, *drives.FRAMEWORK})
#: In loaders that shuffle they show by chance, so that the answer would hang on which epochs are drawn.
BY_CHANCE = ("protocol.restart", "shuffling.uniform")
#: What cannot be pickled breaks its whole chapter: one of it says so.
PICKLES = find("pickling.round-trip")
KEPT = "keeps the contract"
SHUFFLED = {"shuffle": True, "seeded": True}


@probe("shipped.timeseries-generator")
def timeseries(run: Run) -> Any:
    """Judge TimeseriesGenerator in its order."""
    return _timeseries(run, shipped.timeseries)


@probe("shipped.timeseries-generator-shuffled")
def timeseries_shuffled(run: Run) -> Any:
    """Judge TimeseriesGenerator with shuffle=True; it takes no seed."""
    return _timeseries(run, shipped.timeseries_shuffled, shuffle=True)


@probe("shipped.flow")
def flow(run: Run) -> Any:
    """Judge what ImageDataGenerator.flow returns."""
    return _iterator(run, shipped.flow)


@probe("shipped.flow-from-directory")
def flow_from_directory(run: Run) -> Any:
    """Judge what ImageDataGenerator.flow_from_directory returns."""
    return _iterator(run, shipped.flow_from_directory)


@probe("shipped.flow-from-dataframe")
def flow_from_dataframe(run: Run) -> Any:
    """Judge what ImageDataGenerator.flow_from_dataframe returns."""
    return _iterator(run, shipped.flow_from_dataframe)


@probe("shipped.image-dataset")
def image_dataset(run: Run) -> Any:
    """Judge image_dataset_from_directory as fit iterates over it."""
    return _dataset(run, shipped.image_dataset, "image_dataset_from_directory", "tf")


@probe("shipped.image-dataset-grain")
def image_dataset_grain(run: Run) -> Any:
    """Judge image_dataset_from_directory in the form of Grain."""
    return _dataset(run, shipped.image_dataset_grain, "image_dataset_from_directory", "grain")


@probe("shipped.timeseries-dataset")
def timeseries_dataset(run: Run) -> Any:
    """Judge timeseries_dataset_from_array as fit iterates over it."""
    return _dataset(run, shipped.timeseries_dataset, "timeseries_dataset_from_array", "tf")


@probe("shipped.timeseries-dataset-grain")
def timeseries_dataset_grain(run: Run) -> Any:
    """Judge timeseries_dataset_from_array in the form of Grain."""
    return _dataset(run, shipped.timeseries_dataset_grain, "timeseries_dataset_from_array", "grain")


def _timeseries(run: Run, build: shipped.Build, **policy: Any) -> Any:
    maker = shipped.found(run.keras, "preprocessing.sequence", "TimeseriesGenerator")
    if maker is None:
        raise Absent("TimeseriesGenerator")
    return _judged(run, build, maker, **policy)


def _iterator(run: Run, build: shipped.Build) -> Any:
    maker = shipped.found(run.keras, "preprocessing.image", "ImageDataGenerator")
    if not hasattr(maker, build.__name__):
        raise Absent(build.__name__)
    base = shipped.found(run.keras, "preprocessing.image", "Iterator")
    kind = "sequence" if hasattr(base, "__getitem__") else "generator"
    return _judged(run, build, base, kind=kind, **SHUFFLED)


def _dataset(run: Run, build: shipped.Build, name: str, form: str) -> Any:
    maker = shipped.dataset_maker(run.keras, name)
    if maker is None or not shipped.makes(maker, form):
        raise Absent(f"{name} in the form {form}")
    return _judged(run, build, maker, kind="generator", **SHUFFLED)


def _judged(run: Run, build: shipped.Build, made_by: Any, **policy: Any) -> Any:
    """Return the requirements that the loader breaks, or that it keeps all that were judged."""
    made = Session(
        shipped.Factory(build),
        Policy.of(**policy),
        training=False,
        fresh=False,
        progress=run.log.note,
        # Readers are otherwise not interleaved in what is the framework's own.
        traced=(made_by.__module__,),
        # Of a witness nothing is recorded, and to each epoch of a data set belongs a pipeline.
        brief=True,
    )
    with made as session:
        try:
            results = list(session.results(asked()))
        except AdapterError as error:
            return _unusable(error)
    for result in results:
        if result.verdict == verdict.ERROR:
            raise RuntimeError(result.detail)
    return sorted(result.requirement for result in results if result.broken) or KEPT


def asked() -> List[Requirement]:
    """Return the requirements that readers of one process are judged by, and whether it pickles."""
    judged = [
        one
        for one in CATALOGUE.values()
        if MADE.intersection(one.drives)
        and (MADE | BESIDES).issuperset(one.drives)
        and one.slug not in BY_CHANCE
        and one.chapter != PICKLES.chapter
    ]
    return [*judged, PICKLES]


def _unusable(error: AdapterError) -> str:
    """Return the name of what the framework raised in place of a batch."""
    named = re.search(r"raised (\w+)", str(error))
    if named is None:
        raise RuntimeError(str(error)) from error
    return f"raises {named.group(1)}"
