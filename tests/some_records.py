"""Records of environments that nobody measured, for tests of what is made of records."""

from __future__ import annotations

from refloader.record.store import Record, environment_name


def recorded(answers, framework="tensorflow.keras", python="3.10.1", **versions):
    """Return a record; answers are lists by (fact, setting), versions those that decide."""
    backend = versions.pop("backend", "tensorflow")
    versions = dict(versions, python=python, backend=backend)
    name = environment_name(framework, versions)
    record = Record(name, framework, backend, versions, "a machine", "2020-02-02")
    for (fact, setting), seen in answers.items():
        for answer in seen:
            record.add(fact, setting, answer)
    return record


def hooks(calls, **versions):
    """Return a record of how often on_epoch_end runs."""
    return recorded({("hook.end.calls", "alone"): [calls]}, **versions)
