"""Images that are elsewhere: in memory, in an archive, behind a server that has its faults."""

from __future__ import annotations

import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, Dict, Iterator, List

import fsspec
import numpy as np
import pandas as pd
import pytest
from fsspec.implementations.local import LocalFileSystem
from PIL import Image

from refloader.loading import BadSample, ImageLoader

N = 6


def picture(sample: int) -> bytes:
    """Return a PNG whose grey tells the sample."""
    buffer = BytesIO()
    Image.new("L", (40, 40), 10 + sample).save(buffer, "PNG")
    return buffer.getvalue()


def loader(paths: List[str], **options: Any) -> ImageLoader:
    """Return a loader in order, of one batch."""
    frame = pd.DataFrame({"path": paths, "label": range(len(paths))})
    size = {"image_size": (2, 2), "mode": "L", "dtype": "uint8", "batch_size": len(paths)}
    return ImageLoader(frame, **{**size, **options})


def greys(one: ImageLoader) -> List[int]:
    """Return what the pixels of the first batch say."""
    with one:
        return one[0][0][:, 0, 0, 0].tolist()


WORKERS: Dict[str, Any] = {
    "inline": {},
    "threads": {"workers": 2},
    "processes": {"workers": 2, "worker_type": "processes"},
}


@pytest.mark.parametrize("workers", ["inline", "threads"])
def test_memory_is_read(workers: str) -> None:
    """URLs of fsspec's file system in memory are read by this process and its threads."""
    for sample in range(N):
        fsspec.filesystem("memory").pipe(f"/pictures/{sample}.png", picture(sample))
    paths = [f"memory://pictures/{sample}.png" for sample in range(N)]

    assert list(range(10, 10 + N)) == greys(loader(paths, **WORKERS[workers]))


@pytest.mark.parametrize("workers", WORKERS)
def test_archive_is_read(tmp_path: Path, workers: str) -> None:
    """A chain of protocols is followed, by worker processes too."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for sample in range(N):
            archive.writestr(f"{sample}.png", picture(sample))
    paths = [f"zip://{sample}.png::file://{tmp_path}/a.zip" for sample in range(N)]

    assert list(range(10, 10 + N)) == greys(loader(paths, **WORKERS[workers]))


@pytest.mark.parametrize("workers", WORKERS)
def test_paths_are_of_the_file_system_that_is_given(tmp_path: Path, workers: str) -> None:
    """With filesystem= paths are its own, and it goes along to the workers."""
    for sample in range(N):
        (tmp_path / f"{sample}.png").write_bytes(picture(sample))
    paths = [f"{tmp_path}/{sample}.png" for sample in range(N)]
    one = loader(paths, filesystem=LocalFileSystem(), **WORKERS[workers])

    assert list(range(10, 10 + N)) == greys(one)
    assert paths[3] == one._reader.files.path(3)


def test_local_and_other_paths_mix(tmp_path: Path) -> None:
    """What is no URL is read from this machine as ever."""
    (tmp_path / "1.png").write_bytes(picture(1))
    fsspec.filesystem("memory").pipe("/one.png", picture(0))

    assert [10, 11] == greys(loader(["memory://one.png", str(tmp_path / "1.png")]))


class Faulty(BaseHTTPRequestHandler):
    """Serves /SAMPLE.png, and under /FAULT/SAMPLE.png with that fault."""

    release = threading.Event()

    def do_GET(self) -> None:
        """Answer, as the path says."""
        *_, fault, name = self.path.split("/")
        content = picture(int(name.split(".")[0]))
        if fault == "missing":
            self.send_error(404)
            return
        if fault == "slow":
            self.release.wait(60)
        self.send_response(200)
        length = {"broken": len(content), "short": len(content) // 2, "long": 2 * len(content)}
        self.send_header("Content-Length", str(length.get(fault, len(content))))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if fault == "broken" else content)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Return the URL of a server on this machine."""
    Faulty.release.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Faulty) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        Faulty.release.set()
        running.shutdown()


FAULTS = ["missing", "broken", "short", "long", "slow"]


@pytest.mark.parametrize("workers", WORKERS)
def test_server_is_read(server: str, workers: str) -> None:
    """Pictures come over HTTP, to worker processes too."""
    paths = [f"{server}/good/{sample}.png" for sample in range(N)]

    assert list(range(10, 10 + N)) == greys(loader(paths, **WORKERS[workers]))


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_a_server_is_named(server: str, fault: str, workers: str) -> None:
    """Whatever goes wrong on the way, the error names the URL and the sample."""
    paths = [f"{server}/{fault}/1.png"]
    timeout = 1 if fault == "slow" else 60
    with loader(paths, timeout=timeout, **WORKERS[workers]) as one:
        with pytest.raises(BadSample, match="sample 0: cannot read") as raised:
            one[0]

        assert paths[0] == raised.value.path
        assert (fault == "slow") == ("it did not come within 1 s" in raised.value.reason)


@pytest.mark.parametrize("fault", FAULTS)
def test_rest_of_the_batch_is_delivered(server: str, fault: str) -> None:
    """A fault is masked or skipped, as declared, and told."""
    paths = [f"{server}/good/0.png", f"{server}/{fault}/1.png", f"{server}/good/2.png"]
    timeout = 10 if fault == "slow" else 60
    masked = loader(paths, on_bad_sample="mask", timeout=timeout)
    skipped = loader(paths, on_bad_sample="skip", timeout=timeout)

    assert [1.0, 0.0, 1.0] == masked[0][2].tolist()
    np.testing.assert_array_equal([0, 2], skipped[0][1])
    assert [paths[1]] == list(masked.bad_samples) == list(skipped.bad_samples)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_timeout_is_more_than_nothing(timeout: float) -> None:
    """A timeout that no file could keep is refused."""
    with pytest.raises(ValueError, match="timeout must be seconds, more than 0"):
        loader(["memory://a.png"], timeout=timeout)


def test_root_keeps_others_out() -> None:
    """Where a root is said, a URL leads out of it; and a file system of its own has none."""
    with pytest.raises(ValueError, match=r"'memory://a.png' in row 0 leads out of the root"):
        loader(["memory://a.png"], root="/data")
    with pytest.raises(ValueError, match="root= is a folder of this machine"):
        loader(["a.png"], root="/data", filesystem=LocalFileSystem())
