"""The loader's own workers: the same batches, whatever happens to the workers."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, List

import numpy as np
import pandas as pd
import psutil
import pytest
from PIL import Image

from refloader.loading import ImageLoader
from refloader.loading.reading import Reader
from refloader.loading.workers.ahead import AHEAD
from refloader.loading.workers.pool import WorkerDied

N = 21
HOME = str(Path(__file__).parents[2])
KINDS = ["threads", "processes"]
PATIENCE = 20.0


@pytest.fixture(name="frame")
def make_frame(tmp_path: Path) -> pd.DataFrame:
    """Return a frame of 21 images whose grey level tells the sample."""
    paths = [str(tmp_path / f"{sample:03d}.png") for sample in range(N)]
    for sample, path in enumerate(paths):
        Image.new("L", (12, 8), sample * 10).save(path)
    return pd.DataFrame({"path": paths, "label": range(N)})


def loader_of(frame: pd.DataFrame, **options: Any) -> ImageLoader:
    """Return a shuffling loader of small grey images."""
    options = {"image_size": (4, 6), "batch_size": 4, "mode": "L", "shuffle": True, **options}
    return ImageLoader(frame, **options)


def listed(batch: Any) -> List[Any]:
    """Return a batch as lists, to be compared."""
    return [part.tolist() for part in batch]


def epoch_of(loader: Any) -> List[Any]:
    """Return the batches of an epoch as lists."""
    return [listed(batch) for batch in loader]


def asked_in(loader: ImageLoader, order: List[Any], indexes: Iterable[int]) -> Iterator[Any]:
    """Read batches as the adapters of Keras do: in a generator that holds the order in a variable."""
    space = {"__name__": "keras.adapter"}
    exec("def ask(loader, order, indexes):\n for i in indexes: yield loader[i]", space)  # noqa: S102
    batches: Iterator[Any] = space["ask"](loader, order, indexes)  # type: ignore[operator]
    return batches


def until(condition: Callable[[], bool]) -> bool:
    """Wait for something that happens by itself, for a long while."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def children() -> List[psutil.Process]:
    """Return the worker processes of this process."""
    return [child for child in psutil.Process().children() if is_worker(child)]


def is_worker(child: psutil.Process) -> bool:
    """Return whether a process is a worker of a loader."""
    with contextlib.suppress(psutil.Error):
        return "refloader.loading.workers.worker" in " ".join(child.cmdline())
    return False


def threads() -> List[threading.Thread]:
    """Return the threads of the loaders of this process."""
    return [thread for thread in threading.enumerate() if thread.name == "refloader"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_workers_change_no_batch(frame: pd.DataFrame, workers: int, kind: str) -> None:
    """In order, at random, and as a whole, batches are those of a loader without workers."""
    plain = loader_of(frame)
    with loader_of(frame, workers=workers, worker_type=kind) as loader:
        for _ in range(2):
            assert epoch_of(plain) == epoch_of(loader)
        for epoch, index in [(3, 5), (0, 0), (0, 1), (0, 2), (3, 5), (0, -1), (1, 0), (0, 3)]:
            assert listed(plain.batch(epoch, index)) == listed(loader.batch(epoch, index))
        assert listed(plain.arrays()) == listed(loader.arrays())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["uint8", "float16"])
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_layout_is_the_same_from_workers(
    frame: pd.DataFrame, dtype: str, data_format: str, kind: str
) -> None:
    """Pixels have the type and order of axes asked for, whoever read them."""
    options = {"dtype": dtype, "data_format": data_format, "mode": "RGB"}
    with loader_of(frame, workers=2, worker_type=kind, **options) as loader:
        x = loader[0][0]

    first = data_format == "channels_first"
    assert ((4, 3, 4, 6) if first else (4, 4, 6, 3)) == x.shape
    assert np.array_equal(loader_of(frame, **options)[0][0], x)
    assert dtype == x.dtype.name


@pytest.mark.parametrize("kind", KINDS)
def test_stream_crosses_epochs(frame: pd.DataFrame, kind: str) -> None:
    """What a stream reads ahead over the end of an epoch is the next epoch's."""
    plain = loader_of(frame).generator()
    with loader_of(frame, workers=2, worker_type=kind) as loader:
        stream = loader.generator()

        assert [listed(next(plain)) for _ in range(20)] == [listed(next(stream)) for _ in range(20)]


@pytest.mark.parametrize("kind", KINDS)
def test_readers_in_many_threads_get_their_batches(frame: pd.DataFrame, kind: str) -> None:
    """Threads that read at once, each in its own order, get what they asked for."""
    plain, wrong = loader_of(frame), []
    expected = [[listed(plain.batch(epoch, index)) for index in range(6)] for epoch in range(2)]
    with loader_of(frame, workers=2, worker_type=kind) as loader:

        def read(seed: int) -> None:
            places = np.random.RandomState(seed).permutation(12)
            for epoch, index in (divmod(int(place), 6) for place in places):
                if expected[epoch][index] != listed(loader.batch(epoch, index)):
                    wrong.append((epoch, index))

        readers = [threading.Thread(target=read, args=(seed,)) for seed in range(5)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()

    assert [] == wrong


def files_read(monkeypatch: pytest.MonkeyPatch) -> List[int]:
    """Return a list that fills with the samples whose files are read, in this process' threads."""
    read: List[int] = []
    real = Reader._read

    def noted(self: Reader, epoch: int, sample: int, pixels: Any) -> None:
        read.append(sample)
        real(self, epoch, sample, pixels)

    monkeypatch.setattr(Reader, "_read", noted)
    return read


def test_order_that_the_asker_has_shuffled_is_read_ahead(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `fit` does: what it asks for next is read already, and in all no file twice."""
    order = [4, 1, 5, 0, 3, 2]
    expected = [listed(loader_of(frame).batch(0, index)) for index in order]
    read = files_read(monkeypatch)
    with loader_of(frame, workers=2, worker_type="threads") as loader:
        batches = asked_in(loader, order, order)
        found = [listed(next(batches))]
        assert until(lambda: len(read) == 4 + 4 + 1)
        found += [listed(batch) for batch in batches]
    assert expected == found
    assert sorted(read) == list(range(N))


@pytest.mark.parametrize("way", ["iteration", "by index", "generator"])
def test_batches_are_read_before_they_are_asked_for(
    frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Whoever goes on from one batch to the next finds the two that follow read already."""
    read = files_read(monkeypatch)
    with loader_of(frame, workers=2, worker_type="threads") as loader:
        ways = {
            "iteration": lambda: iter(loader),
            "by index": lambda: map(loader.__getitem__, range(len(loader))),
            "generator": loader.generator,
        }
        batches = ways[way]()
        for _ in range(2):
            next(batches)
        assert until(lambda: len(read) == 4 * (2 + AHEAD))


@pytest.mark.parametrize("meant", [[2, 0, 1], list("abcdef"), [9, 8, 7, 2, 1.0, 77], [1] * 6])
def test_list_that_is_no_order_is_no_harm(frame: pd.DataFrame, meant: List[Any]) -> None:
    """Whoever asks may have a list of that name and length, and mean something else by it."""
    with loader_of(frame, workers=2) as loader:
        indexes = range(len(meant))
        expected = [listed(loader.batch(0, index)) for index in indexes]
        assert [listed(batch) for batch in asked_in(loader, meant, indexes)] == expected


@pytest.mark.parametrize("moment", ["between batches", "while it reads"])
def test_killed_worker_is_replaced(frame: pd.DataFrame, moment: str) -> None:
    """A worker process that is killed costs no batch and repeats none."""
    expected = epoch_of(loader_of(frame, batch_size=1))
    with loader_of(frame, batch_size=1, workers=2, worker_type="processes") as loader:
        batches = iter(loader)
        got = [listed(next(batches))]
        for _ in range(3):
            if moment == "while it reads":
                loader[5]  # out of order: what was read ahead is begun anew
            for child in children():
                child.kill()
            got.append(listed(next(batches)))
        got.extend(map(listed, batches))

    assert expected == got


def test_worker_that_dies_of_a_sample_is_an_error(frame: pd.DataFrame) -> None:
    """Where each new process dies as well, the error says at which sample."""

    def deadly(image: Any, _rng: Any) -> Any:
        if image.max() == 70:
            os.kill(os.getpid(), 9)
        return image

    options = {"workers": 2, "worker_type": "processes", "augment": deadly, "shuffle": False}
    with loader_of(frame, **options) as loader:
        with pytest.raises(WorkerDied, match=r"3 times in a row.*code -9.*sample 7, .*007\.png"):
            loader[1]
        after = loader[2][1].tolist()

    assert [8, 9, 10, 11] == after


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_exception_keeps_its_type_and_names_the_sample(
    frame: pd.DataFrame, workers: int, kind: str
) -> None:
    """What is raised in a worker is raised from the read, with the sample as its cause."""

    def picky(image: Any, _rng: Any) -> Any:
        return {60: image}[int(image.max())]

    with loader_of(frame, workers=workers, worker_type=kind, augment=picky) as loader:
        with pytest.raises(KeyError) as caught:
            loader.batch(0, 3)
        sample = int(loader.plan.batch(0, 3)[0])

    assert (sample * 10,) == caught.value.args
    assert str(caught.value.__cause__).startswith(f"sample {sample}, {frame['path'][sample]}")


def test_exception_that_cannot_be_sent_is_told(frame: pd.DataFrame) -> None:
    """An exception whose copy cannot be made arrives as a RuntimeError with its text."""

    def odd(_image: Any, _rng: Any) -> Any:
        class OddError(Exception):
            def __reduce__(self) -> Any:
                raise TypeError

        raise OddError("so odd")

    loader = loader_of(frame, workers=1, worker_type="processes", augment=odd)

    with loader, pytest.raises(RuntimeError, match="OddError: so odd"):
        loader[0]


def test_worker_knows_neither_program_nor_frameworks(frame: pd.DataFrame) -> None:
    """A worker process has imported only what reading takes."""

    def witness(image: Any, _rng: Any) -> Any:
        known = {"pandas", "hypothesis", "pytest", "keras", "tensorflow"} & set(sys.modules)
        if known:
            raise AssertionError(known)
        return image

    with loader_of(frame, workers=1, worker_type="processes", augment=witness) as loader:
        assert (4, 4, 6, 1) == loader[0][0].shape


def test_worker_is_one_thread(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside other workers none has threads for linear algebra; who wants some may say so."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with loader_of(frame, workers=1, worker_type="processes") as loader:
        loader[0]
        (worker,) = children()
        told = worker.environ()

        assert ("1", "2") == (told["OPENBLAS_NUM_THREADS"], told["OMP_NUM_THREADS"])


@pytest.mark.parametrize("end", ["close", "with", "garbage", "error", "early break"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left(frame: pd.DataFrame, kind: str, end: str) -> None:
    """However a loader ends, its processes, threads and descriptors end with it."""
    gc.collect()
    assert until(lambda: not threads())
    before = psutil.Process().num_fds()
    loader = loader_of(frame, workers=2, worker_type=kind)
    if end == "with":
        with loader:
            list(loader)
    else:
        next(iter(loader))
        assert threads()
    if end == "close":
        loader.close()
    if end == "error":
        with contextlib.suppress(IndexError):
            loader[99]
    del loader
    gc.collect()

    assert until(lambda: not threads() and not children())
    assert before == psutil.Process().num_fds()
    # Folders there are those of checks that other tests make meanwhile.
    shared = [entry for entry in os.scandir("/dev/shm") if entry.is_file()]  # noqa: S108
    assert [] == [entry.name for entry in shared if "refloader" in entry.name]


@pytest.mark.parametrize("kind", KINDS)
def test_closed_loader_can_be_read_again(frame: pd.DataFrame, kind: str) -> None:
    """Closing gives the workers back; a later read starts new ones."""
    loader = loader_of(frame, workers=2, worker_type=kind)
    before = epoch_of(loader)
    loader.close()
    loader.epoch, loader._iterated = 0, -1
    again = epoch_of(loader)
    loader.close()

    assert before == again


@pytest.mark.parametrize("kind", KINDS)
def test_copy_has_workers_of_its_own(frame: pd.DataFrame, kind: str) -> None:
    """A loader that has workers pickles without them, and the copy starts its own."""
    with loader_of(frame, workers=2, worker_type=kind) as loader:
        first = listed(loader[0])
        with pickle.loads(pickle.dumps(loader)) as copy:  # noqa: S301 - made here
            assert first == listed(copy[0])
            assert 4 == len(threads())


@pytest.mark.parametrize("kind", KINDS)
def test_forked_copy_leaves_the_parents_workers_alone(frame: pd.DataFrame, kind: str) -> None:
    """A forked copy reads with workers of its own, and what it does ends nothing of the parent's."""
    expected = [listed(loader_of(frame)[index]) for index in range(6)]
    with loader_of(frame, workers=2, worker_type=kind) as loader:
        loader[0]
        before = {child.pid for child in children()}
        reader, writer = os.pipe()
        child = fork()
        if not child:
            right = [listed(loader[index]) for index in range(6)] == expected
            loader.close()
            os.write(writer, b"right" if right else b"wrong")
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        answer = os.read(reader, 99)
        os.close(reader)

        assert b"right" == answer
        assert expected == [listed(loader[index]) for index in range(6)]
        assert before == {child.pid for child in children()}


def fork() -> int:
    """Fork, though Python 3.12 and later warn of it where there are threads."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return os.fork()


def _read_and_count(loader: Any, answers: Any) -> None:
    answers.put((listed(loader[1]), len(threads()), len(children())))


@pytest.mark.parametrize("kind", KINDS)
def test_worker_of_a_frameworks_pool_reads_inline(frame: pd.DataFrame, kind: str) -> None:
    """In a daemon process, which is a worker itself, no workers are started."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    loader = loader_of(frame, workers=2, worker_type=kind)
    process = context.Process(target=_read_and_count, args=(loader, answers), daemon=True)
    process.start()
    answer = answers.get()
    process.join()
    answers.close()
    answers.join_thread()

    assert (listed(loader_of(frame)[1]), 0, 0) == answer


def script(frame: pd.DataFrame, tail: str) -> subprocess.Popen[bytes]:
    """Start a program that reads from a loader with two worker processes, then does as told."""
    folder = os.path.dirname(frame["path"][0])  # noqa: PTH120
    code = f"""
        import sys, time
        from refloader.loading import ImageLoader
        from refloader.loading.sources import LabelledFiles
        paths = [{folder!r} + "/%03d.png" % sample for sample in range({N})]
        files = LabelledFiles(paths, range({N}), range({N}))
        def slow(image, rng):
            time.sleep(0.2 if slow_now else 0)
            return image
        slow_now = False
        loader = ImageLoader(
            files, image_size=(4, 6), batch_size=4, workers=2, worker_type="processes",
            augment=slow,
        )
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code) + textwrap.dedent(tail)],
        env={**os.environ, "PYTHONPATH": HOME},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_workers_do_not_outlive_a_killed_parent(frame: pd.DataFrame) -> None:
    """When the reading program is killed, its workers end by themselves."""
    program = script(frame, "loader[0]; print('read', flush=True); time.sleep(60)")
    with program:
        program.stdout.readline()
        workers = [child for child in psutil.Process(program.pid).children() if is_worker(child)]
        program.kill()

    assert 2 == len(workers)
    assert until(lambda: not any(worker.is_running() for worker in workers))


def test_workers_end_though_a_forked_copy_lives_on(frame: pd.DataFrame) -> None:
    """A fork of the program that outlives it does not keep its workers alive."""
    tail = """
        import os, warnings
        warnings.simplefilter("ignore")
        loader[0]
        forked = os.fork()
        if not forked:
            time.sleep(60)
        print(forked, flush=True)
        time.sleep(60)
    """
    program = script(frame, tail)
    with program:
        forked = psutil.Process(int(program.stdout.readline()))
        workers = [child for child in psutil.Process(program.pid).children() if is_worker(child)]
        program.kill()
        try:
            assert 2 == len(workers)
            assert until(lambda: not any(worker.is_running() for worker in workers))
        finally:
            forked.kill()


def test_interrupt_ends_the_read_and_the_program(frame: pd.DataFrame) -> None:
    """Ctrl-C in the middle of a read raises KeyboardInterrupt, and the workers say nothing."""
    tail = """
        slow_now = True
        print("reading", flush=True)
        try:
            list(loader)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    program = script(frame, tail)
    with program:
        program.stdout.readline()
        assert until(lambda: len(psutil.Process(program.pid).children()) == 2)
        program.send_signal(signal.SIGINT)
        out, err = program.communicate()

    assert (b"interrupted", b"", 0) == (out.strip(), err, program.returncode)


def test_program_that_does_not_close_ends_quietly(frame: pd.DataFrame) -> None:
    """A loader that is still there when the program ends holds nothing up."""
    with script(frame, "kept = [loader, iter(loader)]; next(kept[1])") as program:
        out, err = program.communicate()

    assert (b"", b"", 0) == (out, err, program.returncode)


def test_program_without_main_guard_is_not_run_again(frame: pd.DataFrame) -> None:
    """Worker processes do not import the program, so its top level runs once."""
    with script(frame, "print('once', flush=True); list(loader)") as program:
        out, err = program.communicate()

    assert (b"once", b"", 0) == (out.strip(), err, program.returncode)


@pytest.mark.parametrize(
    ("side", "options", "kind"),
    [(8, {}, "processes"), (160, {}, "threads"), (8, {"cache": "rows"}, "threads")],
)
def test_workers_are_of_the_kind_that_suits_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int, options: Any, kind: str
) -> None:
    """Small files are read by processes, large ones and what is cached by threads."""
    monkeypatch.chdir(tmp_path)
    noise = np.random.RandomState(0).randint(0, 256, (side, side, 3)).astype(np.uint8)
    Image.fromarray(noise).save("noise.png")
    frame = pd.DataFrame({"path": ["noise.png"] * 8, "label": [0] * 8})
    before = set(psutil.Process().children())
    with loader_of(frame, workers=2, **options) as loader:
        list(loader)
        started = set(psutil.Process().children()) - before

    assert kind == ("processes" if started else "threads")
