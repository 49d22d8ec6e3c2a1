"""A folder with the file loaders.py, and the command line run in it."""

from __future__ import annotations

import sys

from click.testing import CliRunner

from refloader.cli import main

LOADERS = '''\
import threading

import numpy as np


class Slices:
    """A loader that keeps the contract: copies of slices of two arrays."""

    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return np.array(self.x[rows]), np.array(self.y[rows])


class DroppedTail(Slices):
    def __len__(self):
        return len(self.x) // self.batch_size


class Counting(Slices):
    read = 0

    def __getitem__(self, index):
        self.read += 1
        return super().__getitem__((self.read - 1) % len(self))


class OneShot(Slices):
    iterator = None

    def __iter__(self):
        self.iterator = self.iterator or (self[index] for index in range(len(self)))
        return self.iterator


class Pictures(DroppedTail):
    def __getitem__(self, index):
        from PIL import Image

        paths, labels = super().__getitem__(index)
        pictures = [np.asarray(Image.open(str(path)).resize((20, 24))) for path in paths]
        return np.stack(pictures) / 127.5 - 1, labels


class Stuck(Slices):
    def __getitem__(self, index):
        if len(self.x) > 100:
            threading.Event().wait()
        return super().__getitem__(index)


class StuckAtOnce(Slices):
    def __getitem__(self, index):
        threading.Event().wait()


def make(samples, batch_size, seed):
    return Slices(*samples.arrays, batch_size)


def make_stuck(samples, batch_size, seed):
    return Stuck(*samples.arrays, batch_size)


def make_stuck_at_once(samples, batch_size, seed):
    return StuckAtOnce(*samples.arrays, batch_size)


def make_of_two(samples, batch_size):
    return Slices(*samples.arrays, batch_size)


def ids_of(batch):
    return [None] * len(batch[0])


LIMIT = 3


def make_dropping(samples, batch_size, seed):
    return DroppedTail(*samples.arrays, batch_size)


def make_counting(samples, batch_size, seed):
    return Counting(*samples.arrays, batch_size)


def make_one_shot(samples, batch_size, seed):
    return OneShot(*samples.arrays, batch_size)


def make_pictures(samples, batch_size, seed):
    return Pictures(list(samples.frame.path), list(samples.frame.label), batch_size)
'''


class Folder:
    """A folder in which loaders are judged; `run` gives click's result of a command line."""

    def __init__(self, path, monkeypatch):
        self.path = path
        monkeypatch.chdir(path)
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        self.write("loaders.py", LOADERS)

    def write(self, name, text):
        """Write a file of the folder."""
        (self.path / name).write_text(text, encoding="utf-8")
        sys.modules.pop("loaders", None)

    def run(self, *arguments):
        """Run refloader with these arguments."""
        sys.modules.pop("loaders", None)
        return CliRunner().invoke(main, arguments, prog_name="refloader")
