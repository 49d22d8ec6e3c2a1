"""Files as bad as they come: each is read or reported by name, and nothing else happens."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from refloader.loading import BadSample, ImageLoader

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures" / "images"))

import hostile

HOME = str(Path(__file__).parents[2])
ROOM = 2**30  # bytes of address space that reading may add


@pytest.fixture(name="corpus", scope="module")
def make_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of hostile files."""
    folder = tmp_path_factory.mktemp("hostile")
    hostile.make(folder)
    return folder


def paths_of(corpus: Path, label: str = "") -> List[str]:
    """Return the paths of the files whose name begins so."""
    return sorted(
        os.path.join(str(corpus), name)  # noqa: PTH118 - a name need not be text
        for name in os.listdir(str(corpus))  # noqa: PTH208 - as above
        if name.startswith(label)
    )


def loader_of(paths: List[str], **options: Any) -> ImageLoader:
    """Return a loader of single small images whose label is their place."""
    # As objects: beside pyarrow, pandas keeps text in a form that has no place for every name.
    names = pd.Series(paths, dtype=object)
    frame = pd.DataFrame({"path": names, "label": range(len(paths))})
    options = {"image_size": (8, 8), "dtype": "uint8", "on_bad_sample": "mask", **options}
    return ImageLoader(frame, **options)


def outcomes(paths: List[str], **options: Any) -> Dict[str, bool]:
    """Return which files were read."""
    with loader_of(paths, **options) as loader:
        weights = np.concatenate([batch[2] for batch in loader])
    return dict(zip(paths, (weights > 0).tolist()))


def test_corpus_has_all_kinds(corpus: Path) -> None:
    """There are good, bad and doubtful files, and hundreds of truncated ones."""
    counts = [len(paths_of(corpus, label)) for label in ("good-", "bad-", "any-")]

    assert [len(hostile.good_files()) + 5, len(hostile.bad_files()) + 7] == counts[:2]
    assert len(hostile.truncated_files()) + 1 == counts[2]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.parametrize("decoder", ["pillow", "turbo"])
def test_each_file_ends_as_declared(corpus: Path, workers: int, kind: str, decoder: str) -> None:
    """Good files are read and bad ones masked, inline and by either kind of worker, whatever decodes them."""
    options = {"workers": workers, "worker_type": kind, "decoder": decoder}
    good = outcomes(paths_of(corpus, "good-"), **options)
    bad = outcomes(paths_of(corpus, "bad-"), **options)

    assert [] == [path for path, read in good.items() if not read]
    assert [] == [path for path, read in bad.items() if read]


def test_workers_judge_truncated_files_alike(corpus: Path) -> None:
    """What is bad inline is bad for threads and processes too."""
    paths = paths_of(corpus, "any-")
    inline = outcomes(paths)

    assert inline == outcomes(paths, workers=2)
    assert inline == outcomes(paths, workers=2, worker_type="processes")


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif"])
def test_no_truncated_file_passes_for_whole(corpus: Path, suffix: str) -> None:
    """A file that was cut before its last pixels is a bad sample; a black rest never is a picture."""
    whole = len(hostile.encoded(hostile.picture(24, 16), {"jpg": "JPEG"}.get(suffix, suffix)))
    paths = [path for path in paths_of(corpus, "any-cut") if path.endswith(suffix)]
    early = [path for path in paths if os.path.getsize(path) < 0.9 * whole]  # noqa: PTH202
    read = outcomes(paths)

    assert early
    assert [] == [path for path in early if read[path]]


def test_bad_file_is_raised_by_name(corpus: Path) -> None:
    """By default each bad file ends its read with its own path."""
    for path in paths_of(corpus, "bad-"):
        with pytest.raises(BadSample) as caught:
            loader_of([path], on_bad_sample="raise")[0]
        assert path == caught.value.path


def test_pipe_does_not_block(corpus: Path) -> None:
    """A pipe that nobody writes into is refused at once, in a thread that would else never end."""
    errors: List[BaseException] = []

    def read() -> None:
        try:
            loader_of([str(corpus / "bad-pipe.jpg")], on_bad_sample="raise")[0]
        except BadSample as error:
            errors.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(20)

    assert ["OSError: not a regular file"] == [error.reason for error in errors]


def test_memory_stays_bounded(corpus: Path) -> None:
    """A process that may take one more GiB reads the whole corpus."""
    code = """
        import resource, sys
        from refloader.loading import ImageLoader
        from refloader.loading.sources import LabelledFiles
        import os
        paths = [os.path.join(sys.argv[1], name) for name in sorted(os.listdir(sys.argv[1]))]
        files = LabelledFiles(paths, range(len(paths)), range(len(paths)))
        loader = ImageLoader(files, image_size=(8, 8), on_bad_sample="mask")
        size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + int(sys.argv[2]),) * 2)
        print(sum(len(batch[0]) for batch in loader))
    """
    code = "\n".join(line.strip() for line in code.splitlines())
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(corpus), str(ROOM)],
        env={**os.environ, "PYTHONPATH": HOME},
        stdout=subprocess.PIPE,
        check=True,
    )

    assert len(paths_of(corpus)) == int(done.stdout)


def test_files_removed_while_running_are_reported(tmp_path: Path) -> None:
    """A file that goes while the loader runs is masked from then on, and named."""
    paths = [str(tmp_path / f"{sample}.png") for sample in range(6)]
    for path in paths:
        Image.new("RGB", (8, 8), "white").save(path)
    loader = loader_of(paths, batch_size=2)
    weights = []
    for number, batch in enumerate(loader):
        weights += batch[2].tolist()
        if number == 0:
            Path(paths[3]).unlink()

    assert [1, 1, 1, 0, 1, 1] == weights
    assert [paths[3]] == list(loader.bad_samples)


@pytest.mark.parametrize("way", ["iteration", "stream", "hooks"])
def test_bad_files_are_logged_once_at_the_epochs_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    """One message an epoch names the files that were found to be bad in it, each once."""
    paths = [str(tmp_path / f"{sample}.png") for sample in range(4)]
    for path in paths:
        Image.new("RGB", (8, 8), "white").save(path)
    Path(paths[1]).write_bytes(b"")
    loader = loader_of(paths, batch_size=2)
    stream = loader.generator()

    def epoch() -> None:
        batches = {"iteration": loader, "stream": (next(stream) for _ in range(2))}
        for _ in batches.get(way, [loader[0], loader[1]]):
            pass
        if way == "hooks":
            loader.on_epoch_end()

    with caplog.at_level(logging.WARNING, "refloader"):
        epoch()
        epoch()
        Path(paths[2]).unlink()
        epoch()
    messages = [record.getMessage() for record in caplog.records]

    assert [1, 0] == [message.count(f"\n  {paths[1]!r}: ") for message in messages]
    assert [0, 1] == [message.count(f"\n  {paths[2]!r}: ") for message in messages]


def test_folder_of_them_is_a_data_set(corpus: Path) -> None:
    """Class folders may hold such files: folders are no samples, links are not followed in circles."""
    loader = ImageLoader.from_directory(
        str(corpus.parent), classes=[corpus.name], image_size=(8, 8), on_bad_sample="skip"
    )
    assert len(paths_of(corpus)) - 1 == loader.plan.n
    assert len(loader.arrays()[0]) >= len(paths_of(corpus, "good-"))
