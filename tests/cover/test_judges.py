"""What judges say of ledgers written by hand, in situations that no loader of the zoo gets into."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refloader.contract.ledger import Batch, Event, Leaf, Ledger, Scenario
from refloader.contract.policy import Policy
from refloader.contract.requirement import find
from refloader.driving.drivers import Drive
from refloader.session import Session

PLAIN = Scenario(5, 2, epochs=1)
BAD = {"bad": 1, "file": "1.png", "damage": "truncated", "phase": "epoch"}


def ledger(*batches, phase="epoch", driver="epochs", scenario=PLAIN, errors=(), **facts):
    """Return a ledger of one epoch: the samples of each batch, and after them errors."""
    events = [
        Event(phase, 0, index, Batch("(x, y)", (), tuple(ids), digest=str(ids)))
        for index, ids in enumerate(batches)
    ]
    raised = [
        Event(phase, 0, len(events) + number, error=text) for number, text in enumerate(errors)
    ]
    return Ledger(driver, scenario, (*events, *raised), facts=facts)


def hiding(span):
    """Return the batch of one row of which nobody knows what sample it is, with values so far apart."""
    return Event("epoch", 0, 2, Batch("(x, y)", (), (None,), spans=(span,)))


def said(slug, made, **policy):
    """Return what a requirement says of a ledger."""
    return find(slug).said(made, Policy.of(**policy))


WHOLE = ((0, 1), (2, 3), (4,))
WEIGHTED = {"weights": [2.0], "weights_used": True, "labels": [0]}
TOLD = "cannot read 1.png"


@pytest.mark.parametrize(
    ("slug", "policy", "made", "text"),
    [
        pytest.param(
            "purity.inputs-untouched",
            {"samples": "image-files"},
            ledger(*WHOLE, changed_inputs=[], changed_files={"removed": ["0/1.png"]}, **BAD),
            "the file of sample 1 is truncated: files of the samples were deleted: 0/1.png",
            id="a damaged file that is deleted",
        ),
        pytest.param(
            "purity.inputs-untouched",
            {"samples": "image-files"},
            ledger(*WHOLE, changed_files={"added": [f"0/{name}.png.npy" for name in range(6)]}),
            "files were written beside those of the samples: 0/0.png.npy, 0/1.png.npy, 0/2.png.npy, "
            "0/3.png.npy, 0/4.png.npy, ... (6 of them)",
            id="a cache beside the pictures",
        ),
        pytest.param(
            "purity.inputs-untouched",
            {"samples": "image-files"},
            ledger(*WHOLE, changed_inputs=[], changed_files={}),
            None,
            id="files as they were",
        ),
        pytest.param(
            "resources.released",
            {},
            ledger(*WHOLE, left={"an error": {"threads": [], "loaders": ["Loader"]}}),
            "after an error, loaders are left (1): Loader",
            id="a loader that is never freed",
        ),
        pytest.param(
            "resources.process",
            {},
            ledger(*WHOLE, process_built=[], process=["the umask", "the working directory"]),
            "reading the epochs changed the umask and the working directory",
            id="things of the whole process that a read sets",
        ),
        pytest.param(
            "resources.process",
            {},
            ledger(*WHOLE, process_built=[], process=[]),
            None,
            id="a process as it was",
        ),
        pytest.param(
            "coverage.no-loss",
            {},
            ledger((0, 1), (2, 3)),
            "sample 4 is never delivered in epoch 0",
            id="a tail that nobody said is dropped",
        ),
        pytest.param(
            "coverage.tail",
            {},
            ledger((0, 1), (2, 3), (4, 5), (6,), (7,), scenario=Scenario(8, 3, epochs=1)),
            "the epoch ends with a batch of 1; with tail='deliver' it ends with a batch of 2",
            id="more batches than there need be",
        ),
        pytest.param(
            "coverage.tail",
            {},
            ledger((0, 1), (2, 3), scenario=Scenario(4, 3, epochs=1)),
            None,
            id="batches as even as can be",
        ),
        pytest.param(
            "pairing.label",
            {"tail": "drop"},
            ledger((0,), phase="beyond", scenario=Scenario(1, 2), **WEIGHTED),
            None,
            id="weights of a batch past the end alone",
        ),
        pytest.param(
            "faults.empty",
            {},
            Ledger(
                "empty",
                Scenario(0, 4),
                (),
                build_error="AttributeError: the folder is empty",
                facts={"refused in words": True},
            ),
            None,
            id="an error about no samples that is raised on purpose, whichever it is",
        ),
        pytest.param(
            "faults.empty",
            {},
            Ledger(
                "empty",
                Scenario(0, 4),
                (),
                build_error="KeyError: 0",
                facts={"refused in words": False},
            ),
            "the factory raised KeyError: 0",
            id="an error about something else",
        ),
        pytest.param(
            "faults.no-silent-blank",
            {"samples": "image-files"},
            ledger((0, 2), (3, None), scenario=Scenario(3, 2, epochs=1), **BAD),
            None,
            id="a row past the last, which is no sample of any file",
        ),
        pytest.param(
            "protocol.finite",
            {},
            ledger(
                (0, 1),
                driver="blank-sample",
                errors=["IndexError: 0"],
                **{"blank": 2, "file": "2.png", "fails anyway": [1]},
            ),
            None,
            id="a batch that cannot be read with a black picture, nor without",
        ),
        pytest.param(
            "coverage.reached",
            {"sampling": "with-replacement"},
            ledger(*[(sample % 700,) for sample in range(4_000)], scenario=Scenario(1_030, 4)),
            None,
            id="many draws that reach most",
        ),
        pytest.param(
            "faults.bad-sample",
            {"on_bad_sample": "skip"},
            ledger((0,), (2, 3), errors=[TOLD], **BAD),
            "the file of sample 1 is truncated: sample 4 went with the bad sample 1: reading batch 2 of "
            "epoch 0 raised cannot read 1.png",
            id="an error in place of a batch that had more than the bad sample",
        ),
        pytest.param(
            "faults.bad-sample",
            {"on_bad_sample": "skip"},
            ledger((0,), (2, 3), (4,), errors=["OSError: cannot read it"], **BAD),
            "the file of sample 1 is truncated: with on_bad_sample='skip', reading batch 3 of epoch 0 "
            "raised OSError: cannot read it",
            id="an error that names no sample, though none is lost by it",
        ),
        pytest.param(
            "faults.bad-sample",
            {"on_bad_sample": "skip"},
            ledger((0,), (2, 3), (4,), errors=[TOLD], **BAD),
            None,
            id="a batch of nothing but the bad sample",
        ),
        pytest.param(
            "faults.bad-sample",
            {"on_bad_sample": "skip"},
            ledger((0,), (3,), (4,), **{**BAD, "bad too": [2]}),
            None,
            id="two bad samples, and both are left out",
        ),
        pytest.param(
            "faults.bad-sample",
            {"on_bad_sample": "skip", "tail": "drop"},
            ledger((0,), (2, 3), **BAD),
            None,
            id="a dropped tail went not with the bad sample",
        ),
        pytest.param(
            "faults.bad-sample",
            {"on_bad_sample": "skip"},
            ledger(*WHOLE, **BAD),
            None,
            id="a sample that was read before its file was damaged",
        ),
        pytest.param(
            "faults.no-silent-blank",
            {"tail": "pad"},
            ledger((0,), (2, 3), (4, 0), errors=[TOLD], **BAD),
            None,
            id="the declared fill of the last batch repeats samples",
        ),
        pytest.param(
            "faults.no-silent-blank",
            {"tail": "pad"},
            ledger((0, 0), (2, 3), (4, 0), errors=[TOLD], **BAD),
            "the file of sample 1 is truncated, and row 1 of batch 0 of epoch 0 repeats sample 0",
            id="a repeat that is no fill",
        ),
        pytest.param(
            "coverage.no-loss",
            {"tail": "pad", "shuffle": True},
            ledger((0, 1), (2, 2), (4, 3)),
            None,
            id="a batch in the middle was filled up: the last holds samples of its own",
        ),
        pytest.param(
            "coverage.no-repeat",
            {"tail": "pad"},
            ledger((0, 1), (2, 2), (4, 3)),
            "sample 2 is delivered 2 times in epoch 0",
            id="and the one in the middle repeats one",
        ),
        pytest.param(
            "coverage.no-repeat",
            {"tail": "pad", "shuffle": True},
            ledger((0, 1), (2, 2), (4, 3)),
            None,
            id="the filled batch, where batches are shuffled whole",
        ),
        pytest.param(
            "coverage.no-repeat",
            {"tail": "pad", "shuffle": True},
            ledger((0, 1), (2, 2), (3, 3)),
            "sample 2 is delivered 2 times in epoch 0",
            id="one batch alone is filled up",
        ),
        *(
            pytest.param(
                "coverage.no-repeat",
                {"tail": "pad"},
                ledger((0, 1, 2), last, scenario=Scenario(4, 3, epochs=1)),
                text,
                id=name,
            )
            for last, text, name in (
                ((0, 3, 0), None, "fill in front of the rows and behind them"),
                ((3, 3, 3), None, "fill of the row itself"),
            )
        ),
        pytest.param(
            "coverage.no-invention",
            {"tail": "pad"},
            ledger((0, 1), (2, 3), (None, 4)),
            None,
            id="blank rows in front",
        ),
        pytest.param(
            "coverage.no-invention",
            {"tail": "pad"},
            ledger((0, 1), (2, 3), (None, None)),
            "row 0 of batch 2 of epoch 0 is no sample of the data set",
            id="more blank rows than the batch lacks",
        ),
        pytest.param(
            "coverage.tail",
            {"shuffle": True},
            ledger((0, 1), (2,), (3, 4)),
            None,
            id="a short batch anywhere, where batches are shuffled whole",
        ),
        pytest.param(
            "coverage.tail",
            {},
            ledger((0, 1), (2,), (3, 4)),
            "the epoch ends with a batch of 2; with tail='deliver' it ends with a batch of 1",
            id="a short batch anywhere, without shuffling",
        ),
        pytest.param(
            "faults.no-silent-blank",
            {"tail": "pad", "shuffle": True},
            ledger((4, 0), (2, 3), (0,), errors=[TOLD], **BAD),
            None,
            id="the fill of batches that are shuffled whole",
        ),
        pytest.param(
            "faults.no-silent-blank",
            {"kind": "generator", "on_bad_sample": "skip"},
            ledger((0,), (2, 3), (4,), (0,), **BAD),
            None,
            id="a stream that has skipped a batch is in its next pass",
        ),
        pytest.param(
            "faults.no-silent-blank",
            {"kind": "generator", "on_bad_sample": "skip"},
            ledger((0, 0), (2, 3), (4,), **BAD),
            "the file of sample 1 is truncated, and row 1 of batch 0 of epoch 0 repeats sample 0",
            id="a stream that repeats a sample in its pass",
        ),
        pytest.param(
            "protocol.length",
            {"sampling": "with-replacement"},
            replace(
                ledger((0, 1), errors=["ValueError: too few"], labels=[0, 1, 0, 1, 0]),
                lengths=(("before epoch 0", "3", 3),),
            ),
            "len() before epoch 0 is 3, but reading batch 1 of epoch 0 raised ValueError: too few",
            id="a sampler that raises",
        ),
        pytest.param(
            "protocol.length",
            {"sampling": "with-replacement"},
            replace(
                ledger((0, 1), errors=["ValueError: too few"], labels=[0, 0, 0, 0, 0]),
                lengths=(("before epoch 0", "3", 3),),
            ),
            None,
            id="a sampler that has a class without samples",
        ),
        pytest.param(
            "generator.endless",
            {"kind": "generator", "sampling": "with-replacement"},
            ledger((0, 1), errors=["ValueError: too few"], labels=[0, 1, 0, 1, 0]),
            "it ends after 1 batches: reading batch 1 of epoch 0 raised ValueError: too few",
            id="a stream of a sampler that raises",
        ),
        pytest.param(
            "coverage.no-loss",
            {"augment": True},
            Ledger("epochs", PLAIN, (*ledger((0, 1), (2, 3)).events, hiding(span=0.8))),
            None,
            id="an augmentation may have hidden the last one",
        ),
        pytest.param(
            "coverage.no-loss",
            {"augment": True},
            Ledger("epochs", PLAIN, (*ledger((0, 1), (2, 3)).events, hiding(span=0.0))),
            "sample 4 is never delivered in epoch 0",
            id="a row of one colour hides nothing",
        ),
        pytest.param(
            "coverage.no-loss",
            {"augment": True, "tail": "drop"},
            Ledger("epochs", PLAIN, (*ledger((0, 1)).events, *[hiding(span=0.8)] * 2)),
            None,
            id="beside those that are hidden one is in the tail that is dropped",
        ),
        pytest.param(
            "coverage.no-invention",
            {},
            Ledger("epochs", PLAIN, (*ledger((0, 1), (2, 3)).events, hiding(span=0.8))),
            "row 0 of batch 2 of epoch 0 is no sample of the data set",
            id="without augmentation nothing is hidden",
        ),
        pytest.param(
            "faults.worker-death",
            {"tail": "drop"},
            ledger((0, 1), (2, 3), killed=1),
            None,
            id="the dropped tail is not the dead worker's",
        ),
        pytest.param(
            "faults.worker-death",
            {"tail": "drop"},
            ledger((0, 1), killed=1),
            "after its workers were killed samples 2, 3 and 4 never come, and no error says so",
            id="more is lost than the tail",
        ),
        pytest.param(
            "generator.epoch-boundary",
            {"kind": "generator", "tail": "drop"},
            ledger((0, 1), (2, 3)),
            None,
            id="a stream that drops its tail",
        ),
        pytest.param(
            "generator.epoch-boundary",
            {"kind": "generator", "tail": "drop"},
            ledger((0, 1)),
            "the 1 batches of epoch 0 hold samples 2, 3 and 4 not",
            id="a stream that loses more than its tail",
        ),
        pytest.param(
            "protocol.restart",
            {"shuffle": True},
            Ledger(
                "iteration",
                PLAIN,
                tuple(
                    event
                    for phase, batches in (
                        ("first iteration", WHOLE),
                        ("second iteration", (*WHOLE, (0,))),
                        ("iteration after a break", WHOLE),
                    )
                    for event in ledger(*batches, phase=phase).events
                ),
            ),
            "the second iteration has 4 batches; the first had 3",
            id="a second pass that is longer",
        ),
        pytest.param(
            "protocol.iterations",
            {},
            Ledger(
                "two-passes",
                PLAIN,
                tuple(
                    event
                    for phase, batches in (
                        ("alone", WHOLE * 2),
                        ("first of two iterations at a time", WHOLE * 2),
                        ("second of two iterations at a time", WHOLE * 2),
                        ("first of two iterations by turns", (WHOLE[0], WHOLE[2], WHOLE[0])),
                    )
                    for event in ledger(*batches, phase=phase).events
                ),
                facts={"steps": 3},
            ),
            "the first of two iterations by turns does not deliver samples 2 and 3",
            id="two iterations that never end, with one cursor",
        ),
        *(
            pytest.param(
                "protocol.iterations",
                {},
                Ledger(
                    "two-passes",
                    PLAIN,
                    tuple(
                        event
                        for phase, batches in (
                            ("alone", alone),
                            ("first of two iterations at a time", first),
                            ("second of two iterations at a time", WHOLE),
                        )
                        for event in ledger(*batches, phase=phase).events
                    ),
                ),
                text,
                id=f"two iterations, the first {first}, alone {alone}",
            )
            for alone, first, text in (
                (WHOLE, WHOLE, None),
                (
                    WHOLE,
                    WHOLE[:1],
                    "the first of two iterations at a time has 1 batches; alone it has 3",
                ),
                (
                    WHOLE,
                    (*WHOLE[:2], *WHOLE[:2]),
                    "the first of two iterations at a time does not deliver sample 4",
                ),
                # It loses samples when it is alone, which coverage.no-loss tells.
                (((0, 1), (2, 3), (0,)), ((0, 1), (2, 0), (2,)), None),
            )
        ),
    ],
)
def test_what_is_said(slug, policy, made, text):
    """The witness is this sentence; there is none where the policy allows what was seen."""
    assert text == said(slug, made, **policy)


def beside(first, second, then=WHOLE):
    """Return the ledger of two epochs alone and of two beside other loaders."""
    events = [
        replace(event, epoch=epoch)
        for phase, batches, epoch in (
            ("alone", WHOLE, 0),
            ("alone", first, 1),
            ("beside others", then, 0),
            ("beside others", second, 1),
        )
        for event in ledger(*batches, phase=phase).events
    ]
    return Ledger("two-loaders", PLAIN, tuple(events), facts={"others": 2})


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (beside(WHOLE, WHOLE), None),
        (beside(WHOLE, WHOLE[:2]), "does not deliver sample 4"),
        (beside(WHOLE, (*WHOLE, (0,))), "delivers sample 0 again"),
        # What it does alone too is told by other requirements.
        (beside(WHOLE[:2], WHOLE[:2]), None),
    ],
    ids=["whole", "lost", "twice", "lost alone too"],
)
def test_only_what_other_loaders_do_to_it_counts(made, text):
    """A loader that loses or repeats beside others, and does not alone, is told by the epoch in which."""
    found = said("protocol.loaders", made)
    where = "in epoch 1, read in turn with other loaders, it "

    assert found == (where + text if text else None)


def test_a_tail_that_is_dropped_beside_others_is_no_loss():
    """What the declared tail leaves out may be another sample in each epoch."""
    other = beside(WHOLE[:2], ((4, 1), (2, 3)), ((0, 1), (2, 3)))

    assert said("protocol.loaders", other, tail="drop") is None


def epochs_of(*digests, targets=(1.0, 1.0, 1.0)):
    """Return a ledger of one batch of sample 0 in each epoch, with these digests and targets."""
    batches = [
        Batch("(x, y)", (), (0,), targets=((target,),), digest=digest)
        for digest, target in zip(digests, targets)
    ]
    events = [Event("epoch", epoch, 0, batch) for epoch, batch in enumerate(batches)]
    return Ledger("epochs", Scenario(1, 1), tuple(events), facts={"labels": [1]})


def test_values_that_drift_from_epoch_to_epoch_are_told():
    """The same sample with the same label has other bytes in a later epoch."""
    assert said("purity.same-values", epochs_of("a", "a", "a")) is None
    assert (
        said("purity.same-values", epochs_of("a", "a", "b"))
        == "samples [0] have other values in epoch 2 than in epoch 0"
    )


def test_another_label_is_not_told_as_other_values():
    """Where the label changes too, the bytes do as a matter of course."""
    made = epochs_of("a", "b", targets=(1.0, 2.0))

    assert said("pairing.label", made) is not None
    assert said("purity.same-values", made) is None


def test_weights_that_drift_from_epoch_to_epoch_are_told():
    """A class weight that is another in a later epoch is another value of the same sample."""
    first, second = epochs_of("a", "b").events
    halved = [
        replace(event, batch=replace(event.batch, weights=(weight,)))
        for event, weight in ((first, 2.0), (second, 1.0))
    ]

    made = Ledger("epochs", Scenario(1, 1), tuple(halved), facts={"labels": [1]})

    assert (
        said("purity.same-values", made)
        == "samples [0] have other weights in epoch 1 than in epoch 0"
    )


def test_an_epoch_in_the_order_of_the_data_set_is_not_shuffled():
    """One of many epochs in order is enough: with so many samples that is no accident."""
    mixed = [*range(20, 40), *range(20)]
    events = [
        Event("epoch", epoch, index, Batch("(x, y)", (), (sample,), digest=str(sample)))
        for epoch, order in enumerate((mixed, range(40), mixed[::-1]))
        for index, sample in enumerate(order)
    ]
    made = Ledger("shuffles", Scenario(40, 1), tuple(events))

    assert said("shuffling.uniform", made, shuffle=True) == "epoch 1 has the order of the data set"


def test_forgotten_weights_of_the_skipped_row_count():
    """A row without weight is no row: a masked sample may come twice if it weighs once."""
    batch = Batch("(x, y, sample_weight)", (), (0, 1), weights=(1.0, 0.0))
    made = Ledger(
        "bad-files", PLAIN, (Event("epoch", 0, 0, batch), *ledger((1,)).events), facts=BAD
    )

    assert said("faults.no-silent-blank", made, on_bad_sample="mask") is None


@pytest.mark.parametrize(
    ("lost", "text"),
    [
        (3, None),
        (4, "no rank delivers samples 8, 9, 10 and 11 in epoch 0"),
    ],
)
def test_ranks_that_drop_their_tails_lose_less_than_a_batch_each(lost, text):
    """Two ranks with batches of two may leave out three samples between them, and not four."""
    rows = range(12 - lost)
    shares = {"rank 0": rows[::2], "rank 1": rows[1::2]}
    events = tuple(
        Event(rank, 0, 0, Batch("(x, y)", (), tuple(share))) for rank, share in shares.items()
    )
    made = Ledger("shards", Scenario(12, 2, epochs=1), events, facts={"world": 2})

    assert text == said("sharding.partition", made, tail="drop", shards=True)


APART = "; rank 1 was built in a process of its own, with another hash seed and process id"


@pytest.mark.parametrize(("facts", "more"), [({}, ""), ({"fresh rank": 1}, APART)])
def test_that_a_rank_was_a_process_of_its_own_is_said(facts, more):
    """Ranks that share a sample are told of, with what only ranks in processes of their own differ in."""
    events = tuple(
        Event(f"rank {rank}", 0, 0, Batch("(x, y)", (), ids))
        for rank, ids in enumerate(((0, 1), (1, 2)))
    )
    made = Ledger("shards", Scenario(4, 2, epochs=1), events, facts={"world": 2, **facts})
    text = said("sharding.partition", made, shards=True)

    assert text == f"sample 1 is delivered by rank 0 and by rank 1 in epoch 0{more}"


DAMAGED = "the file of sample 1 is truncated, and "


@pytest.mark.parametrize(
    ("epoch", "afterwards", "policy", "text"),
    [
        pytest.param((TOLD, (2, 3), (4,)), (TOLD, (2, 3), (4,)), {}, None, id="as it should be"),
        pytest.param(
            (TOLD, (2, 3), (4,)),
            ((0, 2), (3, 4)),
            {},
            "that is said once: the next epoch leaves the sample out without an error",
            id="the sample is struck off",
        ),
        pytest.param(
            (TOLD, "RuntimeError: no pool", (4,)),
            (),
            {},
            "more than its batch fails: reading batch 0 of epoch 0 raised cannot read 1.png and reading "
            "batch 1 of epoch 0 raised RuntimeError: no pool",
            id="the pool is dead",
        ),
        pytest.param(
            (TOLD, (2,), (4,)),
            (),
            {},
            "more than its batch is lost: samples 0 and 3 do not come in epoch 0",
            id="a good batch is not whole",
        ),
        pytest.param(
            (TOLD, (2, 3), (4, 1)),
            (),
            {"tail": "pad"},
            None,
            id="the fill was read before the damage",
        ),
        pytest.param(
            (TOLD, (2, 3), TOLD), (), {"tail": "pad"}, None, id="the fill is the bad sample"
        ),
        pytest.param(
            (TOLD, (2, 3), TOLD), (), {"augment": True}, None, id="pictures put together of several"
        ),
        pytest.param(
            (TOLD, (2, 3)), ((0, 2), (3, 4)), {"tail": "drop"}, None, id="dropped in the next order"
        ),
        pytest.param(((0, 2), (3, 4)), (), {"tail": "drop"}, None, id="in the dropped tail"),
        pytest.param(
            ((0, None), (3, 4)),
            (),
            {"tail": "drop"},
            "no error is raised",
            id="not in the dropped tail",
        ),
    ],
)
def test_after_an_error_the_loader_is_what_it_was(epoch, afterwards, policy, text):
    """One bad sample costs its own batch, and costs it again when that is read again."""
    events = [
        Event(phase, number, index, error=answer)
        if isinstance(answer, str)
        else Event(phase, number, index, Batch("(x, y)", (), answer))
        for number, (phase, answers) in enumerate((("epoch", epoch), ("afterwards", afterwards)))
        for index, answer in enumerate(answers)
    ]
    made = Ledger("bad-files", PLAIN, tuple(events), facts=BAD)

    found = said("faults.bad-sample", made, **policy)

    assert found == (text and DAMAGED + text)


def test_an_error_that_names_every_file_names_none():
    """A list of all paths is no name; the files of one batch may be named."""
    files = [f"{sample}.png" for sample in range(5)]
    lists = [f"cannot read one of {files}", f"cannot read one of {files[:2]}"]
    found = [
        said("faults.bad-sample", ledger((2, 3), (4, 0), errors=[text], files=files, **BAD))
        for text in lists
    ]

    assert found == [
        "the file of sample 1 is truncated; the error names 5 files, and so none: " + lists[0],
        None,
    ]


@pytest.mark.parametrize(
    ("whole", "part", "policy", "text"),
    [
        pytest.param(
            (0, 1, 2, 1, 2, 0),
            (0, 1, 2),
            {},
            "label 0 is encoded as 0, and as 2 by a loader over samples 3 to 5 alone, whose labels are "
            "0, 1, 2: as training and validation would encode it",
            id="numbered by first appearance",
        ),
        pytest.param((0, 1, 2, 1, 2, 0), (1, 2, 0), {}, None, id="numbered once for all"),
        pytest.param((0, 1, 2, 1, 2, 0), (0, 1, 2), {"targets": "own"}, None, id="no labels"),
        pytest.param((0, 1, 2, 1, 1, 0), (0, 1, 2), {}, None, id="no y for each label"),
    ],
)
def test_a_part_encodes_its_labels_as_the_whole_does(whole, part, policy, text):
    """A loader over some of the samples gives each label the y that a loader over all gives it."""
    batch = Batch("(x, y)", (), tuple(range(6)), targets=tuple((y,) for y in whole))
    made = Ledger(
        "rereads",
        Scenario(6, 6, epochs=1, classes=3),
        (Event("forward", 0, 0, batch),),
        facts={
            "labels": [0, 1, 2, 1, 2, 0],
            "encoded": [(3, 5, [(sample, (y,)) for sample, y in zip((3, 4, 5), part)])],
        },
    )

    assert text == said("pairing.encoding", made, **policy)


@pytest.mark.parametrize(
    ("again", "flagged"),
    [
        pytest.param(((0, 1), (2, 3), (4,)), True, id="one that repeats itself"),
        pytest.param(((0, 1), (3, 4), (2,)), False, id="one that draws anew at each read"),
    ],
)
@pytest.mark.parametrize(
    ("slug", "phase"),
    [("pickling.round-trip", "copy"), ("pickling.no-live-handles", "orphan")],
)
def test_a_copy_is_like_its_original_where_that_is_like_itself(again, flagged, slug, phase):
    """A copy with other samples is flagged, unless the original gives others each time as well."""
    read = {"original": WHOLE, "original again": again, phase: ((2, 3), (0, 1), (4,))}
    events = [
        event
        for name, batches in read.items()
        for event in ledger(*batches, phase=name, driver="pickling").events
    ]
    made = Ledger("pickling", PLAIN, tuple(events), facts={"sizes": [9]})

    assert flagged == bool(said(slug, made))


@pytest.mark.parametrize(
    "error",
    [
        "TypeError: cannot pickle '_thread.lock' object",
        "TypeError: h5py objects cannot be pickled",
        "NotImplementedError: pool objects cannot be passed between processes or pickled",
        "TypeError: cannot pickle 'sqlite3.Connection' object",
    ],
)
def test_a_handle_is_told_by_what_its_pickling_says(error):
    """Whose library it is makes no difference: a descriptor shares its position with its copies."""
    made = ledger(*WHOLE, phase="original", driver="pickling", unpicklable={"source": error})

    assert f"attribute source is a live handle: {error}" == said("pickling.no-live-handles", made)


OTHERS = "; another one of its label has 3 times its own"


def weighed(factors):
    """Return a ledger of six samples of two classes, their own weights 1 to 6 times these factors."""
    weights = tuple((sample + 1) * factor for sample, factor in enumerate(factors))
    batch = Batch("(x, y, sample_weight)", (), tuple(range(6)), weights=weights)
    facts = {"weights": [1, 2, 3, 4, 5, 6], "weights_used": True, "labels": [0, 1] * 3}
    return Ledger(
        "epochs", Scenario(6, 6, epochs=1, classes=2), (Event("epoch", 0, 0, batch),), facts=facts
    )


@pytest.mark.parametrize(
    ("factors", "text"),
    [
        ((1,) * 6, None),
        ((0.5,) * 6, None),
        ((2, 3) * 3, None),
        ((1, 1, 2, 1, 1, 1), "sample 2 comes with weight 6 in batch 0 of epoch 0; its own is 3"),
        (
            (2, 3, 2, 3, 2, 2),
            "sample 5 comes with weight 12 in batch 0 of epoch 0; its own is 6" + OTHERS,
        ),
    ],
    ids=["their own", "normalised", "class weights", "one is another's", "one of another class"],
)
def test_a_weight_is_the_samples_own_times_what_its_class_says(factors, text):
    """Weights may be normalised or multiplied by class weights, all of a class by the same."""
    assert text == said("pairing.label", weighed(factors))


@pytest.mark.parametrize(("phase", "flagged"), [("half alone", False), ("beside others", True)])
def test_weights_may_be_scaled_over_what_a_loader_is_given(phase, flagged):
    """To a mean of 1, say, which half of the samples has by another factor."""
    whole, half = weighed((1,) * 6), weighed((0.5,) * 6)
    (event,) = half.events
    both = replace(whole, events=(*whole.events, replace(event, phase=phase)))

    assert flagged == bool(said("pairing.label", both))


@pytest.mark.parametrize(
    ("heads", "flagged"),
    [
        pytest.param(((1, 2, 3, 4, 5, 6), (1,) * 6), False, id="one head weighs all alike"),
        pytest.param(((1, 2, 3, 4, 5, 6), (2, 3) * 3), False, id="one by their class"),
        pytest.param(((1, 2, 3, 4, 5, 6), (2, 1, 4, 3, 6, 5)), True, id="one by a neighbour's"),
        pytest.param(((1,) * 6, (2, 3) * 3), True, id="neither has their own"),
    ],
)
def test_a_head_may_weigh_by_the_class_where_another_has_the_samples_own(heads, flagged):
    """Of two outputs only one need be weighted by the samples."""
    ledger = weighed((1,) * 6)
    first, second = (tuple(map(float, head)) for head in heads)
    event = ledger.events[0]
    batch = replace(event.batch, weights=first, more_weights=(second,))

    assert flagged == bool(
        said("pairing.label", replace(ledger, events=(replace(event, batch=batch),)))
    )


EXCHANGED = "of sample 0 are 0, 1, 2 from light to dark at first, and those of sample 1 2, 1, 0"
RGB, BGR, GREY, REDDISH = (1, 1, 1), (-1, -1, -1), (0, 0, 0), (1, 1, 0)


@pytest.mark.parametrize(
    ("colours", "text"),
    [
        ((RGB, RGB), None),
        ((RGB, GREY), None),
        ((RGB, REDDISH), None),
        ((GREY, RGB), None),
        ((RGB, BGR), f"the colour channels {EXCHANGED} in batch 0 of epoch 0"),
    ],
    ids=["alike", "one is grey", "two channels are alike", "grey first", "exchanged"],
)
def test_colour_channels_are_in_one_order(colours, text):
    """Only channels that are clearly lighter here and darker there are exchanged."""
    batch = Batch("(x, y)", (), (0, 1), spans=(1, 1), colours=colours, turns=(0, 0))
    made = Ledger("epochs", Scenario(2, 2), (Event("epoch", 0, 0, batch),))

    assert text == said("protocol.pictures", made)


@pytest.mark.parametrize(
    ("spans", "turns", "text"),
    [
        ((1, 1.1), (0, 0), None),
        ((1, 0), (0, 0), None),
        ((1, 2), (), None),
        (
            (1, 2),
            (0, 0),
            "the values of sample 0 span 1 at first, and those of sample 1 2 in batch 0 of epoch 0",
        ),
        ((1, 1), (3, None), None),
        ((1, 1), (3, 3), None),
        (
            (1, 1),
            (3, 4),
            "sample 1 in batch 0 of epoch 0 is turned or mirrored, held against sample 0, the first",
        ),
    ],
    ids=[
        "alike",
        "of one colour",
        "no pictures",
        "another scale",
        "unread",
        "all turned",
        "one is turned",
    ],
)
def test_pictures_are_delivered_alike(spans, turns, text):
    """One scale and one way up; which of them does not matter."""
    batch = Batch("(x, y)", (), (0, 1), spans=spans, turns=turns)
    made = Ledger("epochs", Scenario(2, 2), (Event("epoch", 0, 0, batch),))

    assert text == said("protocol.pictures", made)


NAN, INFINITE = {"nan_rows": (1,)}, {"infinite_rows": (1,)}


@pytest.mark.parametrize(
    ("found", "policy", "text"),
    [
        ({}, {}, None),
        ({"y": NAN}, {"targets": "own"}, None),
        ({"x[1]": INFINITE}, {}, None),
        ({"y": NAN}, {"targets": "labels"}, "y holds NaN in row 1 of batch 0 of epoch 0"),
        ({"x[1]": NAN}, {}, "x[1] holds NaN in row 1 of batch 0 of epoch 0"),
        ({"y": INFINITE}, {"targets": "own"}, "y holds infinity in row 1 of batch 0 of epoch 0"),
    ],
    ids=["all finite", "missing targets", "attention", "a label", "a side input", "log of 0"],
)
@pytest.mark.parametrize(
    ("weights", "more"), [(None, ""), ((1, 0), ", whose weight is 0: 0 times it is NaN")]
)
def test_values_are_finite(found, policy, text, weights, more):
    """NaN is told of whatever its row weighs, but for what stands for a missing target or input."""
    leaves = [
        Leaf(name, "float32", (2, 3), **found.get(name, {})) for name in ("x[0]", "x[1]", "y")
    ]
    batch = Batch("(x, y)", tuple(leaves), (0, None), weights=weights)
    made = Ledger("epochs", Scenario(1, 2), (Event("epoch", 0, 0, batch),))

    assert (text and text + more) == said("protocol.finite", made, **policy)


@pytest.mark.parametrize(
    ("second", "policy", "text"),
    [
        ((2, 9), {}, "x is int64(*, 7) at first, and int64(*, 9) in batch 1 of epoch 0"),
        ((2, 9), {"shapes": "by-batch"}, None),
        (
            (2, 9, 1),
            {"shapes": "by-batch"},
            "x is int64(*, ?) at first, and int64(*, ?, ?) in batch 1 of epoch 0",
        ),
    ],
)
def test_batches_may_be_padded_to_their_longest_where_that_is_declared(second, policy, text):
    """Their shapes may differ then, but not in the number of axes."""
    events = tuple(
        Event("epoch", 0, index, Batch("(x, y)", (Leaf("x", "int64", shape),), (index,)))
        for index, shape in enumerate([(2, 7), second])
    )

    assert text == said("protocol.dtypes", Ledger("epochs", Scenario(2, 1), events), **policy)


@pytest.mark.parametrize(
    ("dtype", "text"),
    [
        ("object", "y is an array of Python objects in batch 0 of epoch 0; numbers were due"),
        ("object of text", None),
        ("<U5", None),
    ],
)
def test_numbers_are_no_objects(dtype, text):
    """An array of objects is told of, unless it is text for a layer that looks strings up."""
    batch = Batch("(x, y)", (Leaf("x", "float32", (1, 3)), Leaf("y", dtype, (1,))), (0,))
    made = Ledger("epochs", Scenario(1, 1), (Event("epoch", 0, 0, batch),))

    assert text == said("protocol.dtypes", made)


@pytest.mark.parametrize("phase", ["negative", "beyond"])
def test_what_an_index_gives_that_there_is_not_is_told_as_that_alone(phase):
    """Memory that was never written to has any values, of nobody's label: `protocol.bounds` tells it."""
    leaves = (Leaf("x", "float32", (2, 4), nan_rows=(0,)), Leaf("y", "int64", (0,)))
    usual = Batch("(x, y)", (), (0, 1), targets=((0.0,), (1.0,)), digest="a")
    stray = Batch("(x, y)", leaves, (1, 0), targets=((0.0,), (1.0,)), digest="b")
    events = (Event("epoch", 0, 0, usual), Event(phase, 0, -2, stray))
    made = Ledger("iteration", Scenario(2, 2), events, facts={"labels": [0, 1]})

    assert [None, None] == [said(slug, made) for slug in ("protocol.finite", "pairing.label")]
    assert said("protocol.bounds", made)


def test_rows_that_are_not_the_first_axis_are_not_counted_there():
    """Two graphs that are joined to one of their own have one row of x and of y."""
    leaves = (Leaf("x", "float32", (1, 7, 4)), Leaf("y", "float32", (1, 2, 1)))
    events = (Event("epoch", 0, 0, Batch("(x, y)", leaves, (0, 1))),)
    made = Ledger("epochs", Scenario(2, 2), events, facts={"labels": [0, 1]})

    assert said("pairing.label", made) is None


def orders(*epochs):
    """Return the ledger of epochs in batches of one, in these orders."""
    events = [
        Event("epoch", number, index, Batch("(x, y)", (), (sample,)))
        for number, order in enumerate(epochs)
        for index, sample in enumerate(order)
    ]
    return Ledger("shuffles", Scenario(40, 1, epochs=len(epochs)), tuple(events))


def test_an_order_beneath_losses_is_one_order():
    """Epochs that lack other samples each, and have the rest in one order, are not shuffled."""
    whole = list(range(40))
    made = orders(whole[::2] + whole[1::2], [one for one in whole[::2] + whole[1::2] if one % 5])

    assert said("shuffling.per-epoch", made, shuffle=True) == (
        "epochs 0 and 1 have in the same order the samples that both deliver"
    )
    assert said("shuffling.per-epoch", orders(whole, whole[::-1][:30]), shuffle=True) is None


def test_rows_that_nobody_knows_are_in_no_order():
    """Epochs whose samples are not recognised may have been shuffled or not."""
    unknown = [None] * 40

    assert said("shuffling.per-epoch", orders(unknown, unknown), shuffle=True) is None
    assert "the same order" in said(
        "shuffling.per-epoch", orders(range(40), range(40)), shuffle=True
    )


def test_a_small_buffer_keeps_the_order_of_the_files():
    """Where later samples come in later batches, epoch for epoch, the order is not drawn of all."""
    near = [[*range(begin, 40), *range(begin)][::1] for begin in (0, 1, 2, 3, 2, 1)]

    assert said("shuffling.uniform", orders(*near), shuffle=True) == (
        "over 6 epochs the later samples come in later batches (correlation 0.79, 0.32 allowed)"
    )


@pytest.mark.parametrize("slug", ["faults.bad-sample", "protocol.structure"])
def test_a_hang_over_a_damaged_file_is_told_once(slug):
    """What stands still over a damaged file is told by the chapter that judges damage, and by no other."""
    hung = Ledger("bad-files", PLAIN, hang="where it stands")
    sweep = [(Drive("bad-files", PLAIN), hung)]
    with Session(lambda *_: None, Policy()) as session:
        told = session._first_broken(find(slug), sweep)

    assert (told is not None) == (slug == "faults.bad-sample")


class LosesTheLast:
    """Stands for the drives of a loader that never delivers its last sample, and so of one sample nothing."""

    policy = Policy()

    def __init__(self):
        self.hung = 0

    def ledger(self, drive):
        """Return what a drive of so many samples comes to."""
        if drive.scenario.n == 1:
            self.hung += 1
            return Ledger("epochs", drive.scenario, hang="where it waits")
        return ledger(tuple(range(drive.scenario.n - 1)), scenario=drive.scenario)

    def close(self):
        """Leave nothing behind."""


def test_a_loss_is_not_shrunk_into_a_hang():
    """The smallest data set that shows it is two samples, and one of one sample is waited for once."""
    drives, drive = LosesTheLast(), Drive("epochs", PLAIN)
    with Session(lambda *_: None, Policy()) as session:
        session._evidence.close()
        session._evidence = drives
        session._blame.of = lambda *_: {}
        told = session._failed(find("coverage.no-loss"), drive, drives.ledger(drive))

    assert (2, 1) == (told.witness.scenario.n, drives.hung)


def test_a_batch_without_rows_has_no_code_of_another_width():
    """What y of no row is like is protocol.structure's to tell."""
    rows = Batch("(x, y)", (Leaf("x", "float32", (1, 4)), Leaf("y", "int64", (1, 1))), (0,))
    none = Batch("(x, y)", (Leaf("x", "float32", (0,)), Leaf("y", "float64", (0,))), ())

    made = Ledger("epochs", PLAIN, (Event("epoch", 0, 0, rows), Event("epoch", 0, 1, none)))

    assert said("pairing.encoding", made) is None


@pytest.mark.parametrize(
    ("kind", "first", "later", "found"),
    [
        ("generator", ((0, 2), (3, 4), (0, 2)), ((3, 4), (4, 0), (3, 2)), None),
        ("generator", ((0, 2), (2, 3), (4, 0)), (), "row 0 of batch 1 of epoch 0 repeats sample 2"),
        ("generator", ((0, 2),), ((3, 3), (3, 4)), "row 0 of batch 1 of epoch 1 repeats sample 3"),
        (
            "sequence",
            ((0, 2), (3, 4)),
            ((2, 0), (2, 4)),
            "row 0 of batch 1 of epoch 1 repeats sample 2",
        ),
    ],
)
def test_a_stream_that_skips_a_bad_sample_is_in_its_next_pass_sooner(kind, first, later, found):
    """A row is stale where its sample had come before, in a stream before all others came as often."""
    events = [
        Event(phase, epoch, index, Batch("(x, y)", (), ids))
        for epoch, (phase, batches) in enumerate([("epoch", first), ("next epoch", later)])
        for index, ids in enumerate(batches)
    ]
    made = Ledger("bad-files", PLAIN, tuple(events), facts=BAD)
    told = found and f"the file of sample 1 is truncated, and {found}"

    assert told == said("faults.no-silent-blank", made, kind=kind, on_bad_sample="skip")


@pytest.mark.parametrize(("kind", "stale"), [("generator", False), ("sequence", True)])
def test_a_stream_that_an_error_has_ended_begins_anew(kind, stale):
    """What was read before the error comes again then; of a loader with indexes it does not."""
    rows = [(4,), None, (3,), (4,), (2,)]
    events = [
        Event("epoch", 0, place, ids and Batch("(x, y)", (), ids), error=None if ids else TOLD)
        for place, ids in enumerate(rows)
    ]
    made = Ledger("bad-files", PLAIN, tuple(events), facts=BAD)

    assert stale == bool(said("faults.no-silent-blank", made, kind=kind))


def test_a_y_that_is_that_of_its_place_is_told():
    """In each batch row 0 has the same y, whichever sample stands there; the row's own number may be meant."""

    def made(targets):
        """Return a ledger of two batches with these y."""
        batches = [
            Batch("(x, y)", (), ids, targets=tuple((value,) for value in targets))
            for ids in ((0, 1, 2), (3, 4, 5))
        ]
        events = tuple(Event("epoch", 0, place, batch) for place, batch in enumerate(batches))
        return Ledger(
            "epochs",
            Scenario(6, 3, epochs=1),
            events,
            facts={"weights": [1.0] * 6, "labels": [0] * 6},
        )

    told = "row 0 of every batch comes with y = 1.5, be it samples 0 or 3, and row 1 with y = 2.5"

    assert told == said("pairing.label", made((1.5, 2.5, 3.5)), targets="own", augment=True)
    assert said("pairing.label", made((0.0, 1.0, 2.0)), targets="own", augment=True) is None
    assert said("pairing.label", made((7.0, 7.0, 7.0)), targets="own", augment=True) is None


@pytest.mark.parametrize(("items", "told"), [((7.0, 8.0), False), ((7.0, 7.0), True)])
def test_y_belongs_to_what_is_drawn_for_a_sample_too(items, told):
    """A user bought one item and not the other: of the same two y is the same."""
    events = [
        Event("epoch", epoch, 0, Batch("(x, y)", (), (0,), targets=((y,),), companions=((item,),)))
        for epoch, (item, y) in enumerate(zip(items, (0.0, 1.0)))
    ]
    facts = {"own_identify": True, "labels": [0], "weights": [1.0]}
    made = Ledger("epochs", Scenario(1, 1, epochs=2), tuple(events), facts=facts)

    assert told == bool(said("pairing.label", made, targets="own", sampling="with-replacement"))


def test_what_comes_with_a_row_that_only_fills_up_is_no_code():
    """The y of rows of weight 0 says nothing of a label, however many they are."""
    real = Batch("(x, y, w)", (), (0,), targets=((1,),), weights=(1.0,))
    fill = Batch("(x, y, w)", (), (0,), targets=((0,),), weights=(0.0,))
    events = tuple(
        Event("epoch", 0, place, batch) for place, batch in enumerate([real, fill, fill])
    )
    made = Ledger("epochs", Scenario(1, 1), events, facts={"labels": [1], "weights": [1.0]})

    assert said("pairing.label", made) is None


@pytest.mark.parametrize(
    ("tail", "second", "text"),
    [
        ("drop", ((4, 0), (1, 2)), "epoch 1 has another order than epoch 0"),
        ("drop", ((0, 1), (2, 3)), None),
        # That one sample comes twice is told by others.
        ("drop", ((0, 1), (2, 2)), None),
        ("deliver", ((4, 0), (1, 2)), None),
    ],
)
def test_a_dropped_tail_that_moves_is_another_order(tail, second, text):
    """A stream whose dropped tail is the beginning of its next epoch has the same order in none."""
    events = [
        Event("epoch", epoch, index, Batch("(x, y)", (), ids))
        for epoch, batches in enumerate([((0, 1), (2, 3)), second])
        for index, ids in enumerate(batches)
    ]
    found = said("shuffling.stable-when-off", Ledger("epochs", PLAIN, tuple(events)), tail=tail)

    assert text == found


def test_a_lone_sample_with_the_other_column_is_mislabelled():
    """Encoded by its batch alone it would have the first column, or the only one."""
    right, wrong = ((1.0, 0.0), (0.0, 1.0))
    events = (
        Event("epoch", 0, 0, Batch("(x, y)", (), (0, 1), targets=((right,), (wrong,)))),
        Event("epoch", 0, 1, Batch("(x, y)", (), (2,), targets=((wrong,),))),
    )
    made = Ledger("epochs", Scenario(3, 2, classes=2), events, facts={"labels": [0, 1, 0]})

    assert said("pairing.encoding", made) is None
    assert said("pairing.label", made) == (
        "sample 2 (label 0) comes with y = [0, 1] in batch 1 of epoch 0; label 0 is [1, 0] elsewhere"
    )


def test_a_batch_without_any_array_is_told():
    """What a loader gives that answers a bad file with (None, None) has the shape of a batch alone."""
    made = Ledger("bad-files", PLAIN, (Event("epoch", 0, 0, Batch("(x, y)", (), ())),))

    assert "batch 0 of epoch 0 is (x, y) without any array; 1 to 2 rows were due" == said(
        "protocol.structure", made
    )


@pytest.mark.parametrize(
    ("second", "told"), [(((0, 1), (0, 1), (4,)), True), (((4,), (0, 1), (0, 1), (4,)), False)]
)
def test_an_iteration_that_does_not_end_is_held_against_nothing(second, told):
    """What is iterated over again is to deliver what is read by index, where it has as many batches."""
    passes = {"first iteration": WHOLE, "second iteration": second, "epoch": WHOLE}
    events = [
        event
        for phase, batches in passes.items()
        for event in ledger(*batches, phase=phase, driver="staggered").events
    ]
    made = Ledger("staggered", PLAIN, tuple(events))

    assert told == bool(said("coverage.no-loss", made))
