"""What refloader says of a wrong call, a wrong file or a wrong factory tells what to change."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from loaders_folder import Folder
from PIL import Image
from snapshot_files import expect

import refloader
from refloader.cli import main
from refloader.errors import AdapterError

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FACTS = next((FIXTURES / "facts").glob("tf2.15*.json"))
WAIVER = '[[waive]]\nrequirement = "coverage.tail"\nkind = "{kind}"\nreason = "{reason}"\n{more}'

CALLS = {
    "a lock that is none": ("check", "loaders:make", "--lock", "some.json"),
    "a lock nowhere": ("check", "loaders:make", "--lock", "none/some.lock"),
    "a lock of a part": ("check", "loaders:make", "--lock", "new.lock", "--only", "coverage"),
    "a page nowhere": ("check", "loaders:make", "--markdown", "none/page.md"),
    "capsules nowhere": ("check", "loaders:make", "--capsules", "some.json/folder"),
    "tracing nothing": ("check", "loaders:make", "--trace", "no_such_module"),
    "a size for a factory": ("check", "loaders:make", "--n", "10"),
    "a module that is none": ("check", ".:make"),
    "a full disk": ("check", "loaders:make", "--only", "protocol.length", "--jsonl", "/dev/full"),
    "a budget that is no number": ("check", "loaders:make", "--budget", "nan"),
    "a budget of nothing": ("check", "loaders:make", "--budget", "0"),
    "a seed that is none": ("check", "loaders:make", "--explore", "often"),
    "no capsule": ("replay", "none.json"),
    "a capsule that is none": ("replay", "some.json"),
    "a capsule of another drive": ("replay", "drive.json"),
    "a page of a part": ("spec", "coverage", "--html", "page.html"),
    "a spec nowhere": ("spec", "--markdown", "none/spec.md"),
    "new over what is there": ("new", "."),
    "new below a file": ("new", "some.json/project"),
    "no results": ("matrix", "none"),
    "a run broken off": ("matrix", "broken.jsonl"),
    "a run of other lines": ("matrix", "lines.jsonl"),
    "an empty run": ("matrix", "empty.jsonl"),
    "a fact twice": ("matrix", "facts/one.json", "facts/two.json"),
    "a matrix nowhere": ("matrix", "facts/one.json", "--markdown", "none/matrix.md"),
    "figures nowhere": ("bench", "--quick", "--json", "none/figures.json"),
    "a table without a chart": ("bench", "--seed-table", "--chart", "table.svg"),
    "no such release": ("upgrade", "tf9.9", "keras3.15"),
    "an ambiguous release": ("upgrade", "tf2", "keras3.15"),
    "no such fact": ("facts", "--only", "no.such-fact"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with loaders.py and files that are not what they are taken for."""
    made = Folder(tmp_path, monkeypatch)
    made.write("some.json", "{}")
    made.write("loader.py", "")
    made.write("empty.jsonl", "")
    made.write("lines.jsonl", "no json\n")
    made.write("broken.jsonl", '{"refloader": "0.1.0", "contract": "1"}\n')
    made.write("drive.json", json.dumps({"capsule": 2, "driver": "no-such-drive"}))
    (tmp_path / "facts").mkdir()
    for name in ("one.json", "two.json"):
        shutil.copy(str(FACTS), str(tmp_path / "facts" / name))
    return made


def test_wrong_calls_of_every_command_end_in_one_clear_message(folder):
    """Each names the thing and says what was wrong or what to do; none ends in a traceback."""
    said, codes = {}, {}
    for name, arguments in CALLS.items():
        result = folder.run(*arguments)
        codes[name] = result.exit_code
        said[name] = _errors(result.output, folder.path)
    shown = "".join(f"# {name}\n{text}" for name, text in said.items())

    assert {} == {name: code for name, code in codes.items() if code != 2}
    assert [] == [name for name, text in said.items() if not text]
    expect("wrong-files", shown)


WAIVERS = {
    "no list of tables": 'waive = "coverage.tail"\n',
    "no such requirement": WAIVER.replace("coverage.tail", "coverage.tial").format(
        kind="own-bug", reason="x", more=""
    ),
    "no such kind": WAIVER.format(kind="bag", reason="x", more=""),
    "an empty reason": WAIVER.format(kind="own-bug", reason=" ", more=""),
    "no reason": '[[waive]]\nrequirement = "coverage.tail"\nkind = "own-bug"\n',
    "an unknown key": WAIVER.format(kind="own-bug", reason="x", more='untl = "2030"\n'),
    "no day": WAIVER.format(kind="own-bug", reason="x", more='expires = "soon"\n'),
    "expired": WAIVER.format(kind="own-bug", reason="x", more="expires = 2001-02-03\n"),
    "no TOML": "waive =\n",
}


def test_wrong_files_of_waivers_are_explained(tmp_path):
    """Each message names the file, the waiver and what it lacks."""
    said = {}
    path = tmp_path / "refloader.toml"
    for name, text in WAIVERS.items():
        path.write_text(text, encoding="utf-8")
        with pytest.raises(refloader.UsageError) as caught:
            refloader.contract_tests(lambda *_: None, waive=path)
        # The words of the TOML reader are its own.
        said[name] = re.sub(r"(cannot read \S+: ).*", r"\1...", str(caught.value))
        said[name] = said[name].replace(str(tmp_path), "HERE")

    expect("wrong-waivers", "".join(f"# {name}\n{text}\n" for name, text in said.items()))


def _nothing(samples, batch_size, seed):
    return None


def _raising(samples, batch_size, seed):
    return {}["key"]


def _attribute(samples, batch_size, seed):
    return samples.pictures


class _Constant:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if index >= self.n:
            raise IndexError(index)
        return np.zeros((2, 4)), np.zeros(2)


def _zeros(samples, batch_size, seed):
    return _Constant(len(samples.arrays[0]) // batch_size)


def _generator(samples, batch_size, seed):
    yield samples.arrays


class _NotStacked(_Constant):
    def __getitem__(self, index):
        return tuple(map(list, super().__getitem__(index)))


def _rows_apart(samples, batch_size, seed):
    return _NotStacked(len(samples.arrays[0]) // batch_size)


class _SpeechlessError(Exception):
    def __str__(self):
        raise ValueError


def _says_nothing(samples, batch_size, seed):
    raise _SpeechlessError


def _interrupts(samples, batch_size, seed):
    raise KeyboardInterrupt


def _identify_nothing(_batch):
    return None


FACTORIES = {
    "no function": (None, {}),
    "nothing": (_nothing, {}),
    "an error": (_raising, {}),
    "no such attribute of the samples": (_attribute, {}),
    "rows that carry no identity": (_zeros, {}),
    "rows that are not stacked": (_rows_apart, {}),
    "an error without words": (_says_nothing, {}),
    "an interrupt": (_interrupts, {}),
    "a generator without kind": (_generator, {}),
    "a loader as a generator": (_zeros, {"kind": "generator"}),
    "shards that the factory does not take": (_zeros, {"shards": True}),
    "numbers in place of batches": (lambda *_: [1, 2, 3], {}),
    "an end of the process": (lambda *_: sys.exit(5), {}),
    "an identify that fails": (_zeros, {"identify": _identify_nothing}),
}


def test_factories_that_build_no_loader_are_explained():
    """What the factory returned, and what was expected of it, is told before anything is judged."""
    said = {}
    for name, (make, policy) in FACTORIES.items():
        with pytest.raises((AdapterError, refloader.UsageError)) as caught:
            refloader.judge(make, only="coverage", **policy)
        text = re.sub(r"line \d+ of \S+", "line N of FILE", str(caught.value))
        said[name] = re.sub(r'"\S+", line \d+', "FILE, line N", text)

    expect("wrong-factories", "".join(f"# {name}\n{text}\n" for name, text in said.items()))


def _files(folder):
    paths = []
    for number in range(3):
        paths.append(folder / f"{number}.png")
        Image.new("RGB", (4, 4)).save(str(paths[-1]))
    return [str(path) for path in paths]


def test_wrong_loaders_are_explained(tmp_path):
    """The reference loader names the argument, what was given and what it takes."""
    paths = _files(tmp_path)
    frame = pd.DataFrame({"path": paths, "label": ["a", "b", "a"]})
    (tmp_path / "empty").mkdir()
    x, y = np.zeros((5, 2)), np.zeros(5)
    nowhere = str(tmp_path / "no.png")
    tried = {
        "no such column": lambda: refloader.ImageLoader(frame.rename(columns={"path": "file"})),
        "no frame": lambda: refloader.ImageLoader(paths),
        "a file that is not there": lambda: refloader.ImageLoader(frame.replace(paths[1], nowhere))[
            0
        ],
        "no folder": lambda: refloader.ImageLoader.from_directory(tmp_path / "none"),
        "a word for a switch": lambda: refloader.ImageLoader(frame, shuffle="no"),
        "no function": lambda: refloader.ImageLoader(frame, augment=3),
        "no folder for a cache": lambda: refloader.ImageLoader(frame, cache=5),
        "no time": lambda: refloader.ImageLoader(frame, timeout="x"),
        "a list for an array": lambda: refloader.ArrayLoader(x, [0, 1, 0, 1, 0]),
        "watched over no samples": lambda: refloader.watch([1], n=0),
        "a folder without classes": lambda: refloader.ImageLoader.from_directory(
            tmp_path / "empty"
        ),
        "class folders without images": lambda: refloader.ImageLoader.from_directory(tmp_path),
        "weights that are words": lambda: refloader.ArrayLoader(x, y, list("12345")),
        "no size": lambda: refloader.ImageLoader(frame, image_size=32),
        "no such resize": lambda: refloader.ImageLoader(frame, resize="fill"),
        "no such decoder": lambda: refloader.ImageLoader(frame, decoder="none"),
        "no such worker": lambda: refloader.ImageLoader(frame, workers=2, worker_type="fibres"),
        "fewer workers than none": lambda: refloader.ImageLoader(frame, workers=-1),
        "no such policy": lambda: refloader.ImageLoader(frame, on_bad_sample="ignore"),
        "lengths that differ": lambda: refloader.ArrayLoader(x, y[:4]),
        "no batch size": lambda: refloader.ArrayLoader(x, y, batch_size=0),
        "half a batch": lambda: refloader.ArrayLoader(x, y, batch_size=2.5),
        "no such tail": lambda: refloader.ArrayLoader(x, y, tail="keep"),
        "a rank beyond the world": lambda: refloader.ArrayLoader(x, y, shard=(2, 2)),
        "no seed": lambda: refloader.ArrayLoader(x, y, shuffle=True, seed="seven"),
        "a state of another loader": lambda: refloader.ArrayLoader(x, y).load_state_dict({}),
        "a plan of less than nothing": lambda: refloader.Plan(-1, 2),
        "a batch past the end": lambda: refloader.Plan(5, 2).batch(0, 3),
    }
    said = {}
    for name, call in tried.items():
        with pytest.raises((ValueError, TypeError, OSError, IndexError, KeyError)) as caught:
            call()
        said[name] = f"{type(caught.value).__name__}: {caught.value}".replace(str(tmp_path), "HERE")

    expect("wrong-loaders", "".join(f"# {name}\n{text}\n" for name, text in said.items()))


def test_every_command_has_a_wrong_call():
    """A command that is added needs its wrong calls."""
    tried = {arguments[0] for arguments in CALLS.values()}

    assert set(main.commands) - {"demo"} == tried
    assert 0 == CliRunner().invoke(main, ["demo", "--help"]).exit_code


def _errors(output, folder):
    lines = output.replace(str(folder), "HERE").splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("Error"))
