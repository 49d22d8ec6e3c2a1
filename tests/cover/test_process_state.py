"""What is set for the whole process is seen, put back, and told apart from what imports set."""

from __future__ import annotations

import gc
import io
import locale
import logging
import multiprocessing
import os
import resource
import signal
import socket
import ssl
import sys
import tempfile
import warnings
from functools import partial

import numpy as np
import pytest
import some_loaders
from PIL import Image, ImageFile

from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.driving.drives.plain import epochs
from refloader.driving.observing.recording import no_progress
from refloader.driving.subject import Bench
from refloader.driving.surroundings import limits
from refloader.driving.surroundings.process_state import changes, look, put, put_back

POLICY = Policy.of(samples="arrays")


def _another_locale():
    return "C.UTF-8" if locale.setlocale(locale.LC_CTYPE) == "C" else "C"


def _lower(limit):
    soft, hard = resource.getrlimit(limit)
    resource.setrlimit(limit, (soft - 1, hard))


SETTING = {
    "the working directory": lambda: os.chdir("/"),
    "the umask": lambda: os.umask(0o777),
    "the environment variable A_NEW_ONE": lambda: os.environ.update(A_NEW_ONE="1"),
    "the handler of SIGTERM": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "which signals are blocked": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]),
    "NumPy's error state": lambda: np.seterr(under="raise"),
    "the function numpy.load": lambda: setattr(np, "load", partial(np.load, allow_pickle=True)),
    "the function ssl._create_default_https_context": lambda: setattr(
        ssl, "_create_default_https_context", ssl._create_unverified_context
    ),
    "the limit RLIMIT_NOFILE": lambda: _lower(resource.RLIMIT_NOFILE),
    "the recursion limit": lambda: sys.setrecursionlimit(9001),
    "whether garbage is collected": gc.disable,
    "the default socket timeout": lambda: socket.setdefaulttimeout(77),
    "the root logger's level": lambda: logging.root.setLevel(3),
    "the root logger's handlers": lambda: logging.root.addHandler(logging.NullHandler()),
    "what is called for errors that nobody catches": lambda: setattr(
        sys, "excepthook", lambda *_error: None
    ),
    "sys.path": lambda: sys.path.append("/nowhere"),
    "standard output or error": lambda: setattr(sys, "stdout", io.StringIO()),
    "the warning filters": lambda: warnings.filterwarnings("ignore", message="a new one"),
    "the start method of processes": lambda: multiprocessing.set_start_method("spawn", force=True),
    "the locale": lambda: locale.setlocale(locale.LC_CTYPE, _another_locale()),
    "the folder of temporary files": lambda: setattr(tempfile, "tempdir", "/"),
    "PIL.Image.MAX_IMAGE_PIXELS": lambda: setattr(Image, "MAX_IMAGE_PIXELS", None),
    "PIL.ImageFile.LOAD_TRUNCATED_IMAGES": lambda: setattr(
        ImageFile, "LOAD_TRUNCATED_IMAGES", True
    ),
}


@pytest.fixture(autouse=True)
def _as_it_was():
    """Whatever a test sets is put back, by the function under test and without it."""
    before = look()
    yield
    put(before)
    assert [] == changes(before, look())


@pytest.mark.parametrize("name", list(SETTING))
def test_each_thing_is_named_and_put_back(name):
    """What is set otherwise is told by its name alone, and set as before afterwards."""
    before = look()
    with put_back():
        SETTING[name]()
        assert [name] == changes(before, look())

    assert [] == changes(before, look())


def test_a_limit_that_is_raised_is_as_good_as_it_was(monkeypatch):
    """To want more open files is usual, and takes nothing from anybody."""
    before = look()
    monkeypatch.setitem(
        limits._USUAL, "RLIMIT_NOFILE", resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1
    )
    lower = look()
    _lower(resource.RLIMIT_NOFILE)

    assert ["the limit RLIMIT_NOFILE"] == changes(before, lower)
    assert [] == changes(lower, look())


def test_the_cores_are_named_and_put_back(monkeypatch):
    """A process that a loader keeps to some cores is kept to them no longer, on one core too."""
    cores = [0, 1]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(cores), raising=False)
    monkeypatch.setattr(
        os, "sched_setaffinity", lambda _process, wanted: cores.__init__(wanted), raising=False
    )
    before = look()
    with put_back():
        cores.remove(1)
        assert ["the CPU affinity"] == changes(before, look())

    assert [0, 1] == cores


def _silence_c_libraries():
    with open(os.devnull, "wb") as null:  # noqa: PTH123 - its number is what is needed
        os.dup2(null.fileno(), 2)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("standard output or error", _silence_c_libraries),
        ("whether garbage is collected", lambda: gc.set_threshold(0)),
    ],
)
def test_what_is_set_beneath_is_named_and_put_back(name, change):
    """A descriptor is of another file, or a threshold is 0: Python's own streams and switch say nothing."""
    before = look()
    with put_back():
        change()
        assert [name] == changes(before, look())

    assert [] == changes(before, look())


def test_a_first_use_of_processes_is_no_change():
    """Whoever asks for no start method has the usual one chosen."""
    before = look()
    multiprocessing.get_context()

    assert [] == changes(before, look())


def test_the_handler_of_a_plain_warning_is_no_change(monkeypatch):
    """logging.warning() gives a root logger that has no handler one that writes to standard error."""
    monkeypatch.setattr(logging.root, "handlers", [])
    before = look()

    logging.warning("some pictures are small")  # noqa: LOG015 - what is tested

    assert [] == changes(before, look())


def test_an_interrupt_is_not_looked_at():
    """SIGINT has a requirement of its own."""
    before = look()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    seen = changes(before, look())
    signal.signal(signal.SIGINT, handler)

    assert [] == seen


def factory(folder, monkeypatch, *, by_loader):
    """Return a factory that imports a module, which sets one thing; the loader may set another."""
    (folder / "sets_when_imported.py").write_text("import os\nos.environ['BY_MODULE'] = '1'\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "sets_when_imported", raising=False)

    def make(samples, batch_size, _seed):
        import sets_when_imported  # noqa: F401 - what is tested

        if by_loader:
            os.environ["BY_LOADER"] = "1"
        return some_loaders.Slices(*samples.arrays, batch_size)

    return make


def test_what_a_module_sets_when_it_is_imported_is_not_blamed_and_stays(tmp_path, monkeypatch):
    """A module sets it once, and its loaders rely on it: only what the loader sets is told."""
    make = factory(tmp_path, monkeypatch, by_loader=True)
    with put_back():
        facts = epochs(Bench(make, POLICY, str(tmp_path)), Scenario(4, 2), no_progress).facts

    assert ["the environment variable BY_LOADER"] == facts["process_built"]
    assert "BY_LOADER" not in os.environ
    assert os.environ["BY_MODULE"] == "1"


def test_a_loader_that_only_imports_is_not_blamed(tmp_path, monkeypatch):
    """Where nothing else is set, nothing is told."""
    make = factory(tmp_path, monkeypatch, by_loader=False)
    facts = epochs(Bench(make, POLICY, str(tmp_path)), Scenario(4, 2), no_progress).facts

    assert [] == facts["process_built"] + facts["process"]
