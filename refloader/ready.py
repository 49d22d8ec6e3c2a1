"""A ready loader over data of its user's own, held to as much of the contract as that allows.

It cannot be built anew over other samples: so there is one scenario, the data set that it has; what
needs samples made for the purpose (labels, damaged files, seeds) takes a factory.
"""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence, Tuple

import cloudpickle

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import Requirement
from refloader.driving.observing.content import Numbering, contents
from refloader.driving.observing.nest import parts_of
from refloader.driving.observing.observe import Identify
from refloader.driving.processes.driving_process import Died
from refloader.driving.survey import Survey
from refloader.errors import UsageError
from refloader.evidence import Evidence
from refloader.frameworks.installed import keras_of
from refloader.session import Session

#: So large a share of a data set may be equal to another sample.
MOST_ALIKE = 0.05
TWICE = 2
#: The requirements that a loader is held to over whatever data it has.
OWN = (
    "protocol.length",
    "protocol.structure",
    "protocol.dtypes",
    "protocol.finite",
    "protocol.bounds",
    "protocol.restart",
    "coverage.no-loss",
    "coverage.no-repeat",
    "coverage.tail",
    "purity.repeatable",
    "purity.order-free",
    "purity.no-alias",
    "purity.caller-owned",
    "shuffling.per-epoch",
    "shuffling.stable-when-off",
    "shuffling.global-rng",
    "workers.thread-safe",
    "workers.no-loss",
    "workers.no-duplicate",
    "workers.order",
    "workers.epoch-sync",
    "workers.start-methods",
    "pickling.round-trip",
    "pickling.fresh-process",
    "pickling.no-live-handles",
    "pickling.mid-epoch",
    "faults.worker-death",
    "resources.released",
    "resources.steady",
    "training.consumed-once",
    "training.validation",
    "training.hooks-tolerant",
)


class Ready:
    """Stands in for a factory: gives each drive a copy of the loader.

    Raises UsageError for a loader that cannot be copied.
    """

    def __init__(self, loader: Any) -> None:
        try:
            self._pickled = cloudpickle.dumps(loader)
        except Exception as error:
            msg = (
                f"this {type(loader).__name__} cannot be copied for its drives: {error}; name a "
                "function that builds it, make(samples, batch_size, seed) -> loader"
            )
            raise UsageError(msg) from error

    def __call__(self, _samples: Any, _batch_size: int, _seed: int) -> Any:
        """Return a copy of the loader."""
        return cloudpickle.loads(self._pickled)


class Known:
    """Identifies the rows of a batch by their content.

    numbers -- the sample of each content
    inputs -- by the content of a sample, that of its x alone, which is all that a model is given to predict
    alike -- how many samples cannot be told from one, and are numbered after it
    """

    def __init__(
        self, numbers: Dict[str, int], inputs: Dict[str, str], alike: Dict[int, int]
    ) -> None:
        self._numbers = numbers
        self.alike = alike
        self._by_inputs = {inputs[content]: number for content, number in self._numbers.items()}

    def __call__(self, raw: Any) -> List[Optional[int]]:
        """Return the sample of each row, None for a content that was never seen before.

        Raises LookupError for a batch of x alone, where samples differ in y alone.
        """
        if any(name == "y" for name, _ in parts_of(raw)):
            return [self._numbers.get(content) for content in contents(raw)]
        if len(self._by_inputs) < len(self._numbers):
            raise LookupError("of some samples x is the same: without y they cannot be told apart")
        return [self._by_inputs.get(content) for content in contents(raw)]


def is_ready(found: Any) -> bool:
    """Say whether what the user named is a loader, and not a function that builds one."""
    builds = inspect.isroutine(found) or inspect.isclass(found)
    return not builds and hasattr(type(found), "__getitem__")


def judged(chosen: List[Requirement]) -> List[Requirement]:
    """Return those requirements that a loader over its own data is held to."""
    return [requirement for requirement in chosen if requirement.slug in OWN]


def session(
    loader: Any,
    policy: Policy,
    *,
    n: Optional[int] = None,
    identify: Optional[Identify] = None,
    **settings: Any,
) -> Session:
    """Return a session over a ready loader.

    n -- samples in its data set, None for as many as it delivers; the rest as for Session
    Raises UsageError where its samples cannot be told apart.
    """
    make = Ready(loader)
    found = _surveyed(make, policy)
    if identify is None:
        identify, delivered = _known(found, policy, n)
    else:
        delivered = found.rows
    scenario = Scenario(n or delivered, found.batch_size)
    made = Session(make, policy, identify=identify, own=scenario, **settings)
    made.belongs_to(keras_of(loader))
    return made


def _surveyed(make: Ready, policy: Policy) -> Survey:
    evidence = Evidence(make, policy)
    try:
        found: Survey = evidence.ask("survey")
    except Died as death:
        msg = f"reading the loader ended the process: {death}"
        raise UsageError(msg) from None
    finally:
        evidence.close()
    if found.error:
        msg = f"the loader cannot be judged: {found.error}"
        raise UsageError(msg)
    return found


def _known(found: Survey, policy: Policy, n: Optional[int]) -> Tuple[Known, int]:
    if policy.augment:
        msg = "samples cannot be known by their content if that is augmented: give --identify"
        raise UsageError(msg)
    numbering = Numbering(found.epochs)
    numbers = numbering.numbers
    filled = policy.tail == "pad" and n is None and numbering.copies < found.batch_size
    # What comes again beyond the n samples that there are is for the contract to tell.
    if not numbering.copies or len(numbers) == n or filled:
        apart = {content: number for number, content in enumerate(numbers)}
        return Known(apart, found.inputs, {}), len(numbers)
    if n is not None and numbering.n <= n and _are_of_the_data(numbering, found.epochs[0]):
        return Known(numbers, found.inputs, numbering.alike), n
    msg = (
        f"{numbering.copies} of the loader's {numbering.n} samples have the content of another, and "
        "cannot be told from it"
    )
    if n is None and _are_of_the_data(numbering, found.epochs[0]):
        raise UsageError(f"{msg}: say with --n how many there are, and they are counted")
    raise UsageError(f"{msg}: give --identify, or judge it over samples that refloader makes")


def _are_of_the_data(numbering: Numbering, epoch: Sequence[str]) -> bool:
    """Say whether equal samples are taken for what data sets hold now and then.

    They are few and scattered: where two in a row come again, rows were read twice.
    """
    pairs = Counter(zip(epoch, epoch[1:]))
    return numbering.copies <= MOST_ALIKE * numbering.n and max(pairs.values(), default=0) < TWICE
