"""The shard of a process, as the engine that started it says."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any, Dict

import numpy as np
import pytest

import refloader
from refloader.loading import ArrayLoader, Plan

TORCH = {"RANK": "2", "WORLD_SIZE": "5"}
TORCHRUN = {**TORCH, "TORCHELASTIC_RUN_ID": "none"}
SLURM = {"SLURM_PROCID": "1", "SLURM_NTASKS": "3"}


def tf_config(kind: str, index: int, **cluster: int) -> Dict[str, str]:
    """Return the variables of a task in a cluster of so many tasks of each kind."""
    hosts = {name: [f"{name}{i}:1" for i in range(count)] for name, count in cluster.items()}
    return {"TF_CONFIG": json.dumps({"cluster": hosts, "task": {"type": kind, "index": index}})}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (0, 1)),
        (TORCH, (2, 5)),
        (SLURM, (1, 3)),
        (tf_config("worker", 1, worker=3), (1, 3)),
        (tf_config("chief", 0, chief=1, worker=2), (0, 3)),
        (tf_config("worker", 1, chief=1, worker=2), (2, 3)),
        (tf_config("worker", 0, master=1, worker=2), (1, 3)),
        ({"TF_CONFIG": ""}, (0, 1)),
        ({"TF_CONFIG": '{"task": {"type": "worker", "index": 0}}'}, (0, 1)),
        ({**tf_config("worker", 2, worker=5), **TORCH}, (2, 5)),
        ({**TORCHRUN, **SLURM}, (2, 5)),
        ({"SLURM_NTASKS": "4"}, (0, 1)),
    ],
)
def test_engine_tells_the_shard(environment: Dict[str, str], expected: Any) -> None:
    """Each engine's variables are understood; torchrun's go before those of SLURM that started it."""
    assert expected == refloader.shard_from_environment(environment)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({**TORCH, **SLURM}, r"contradicts itself.*rank 2 of 5.*SLURM_NTASKS: rank 1 of 3"),
        ({**TORCH, **tf_config("worker", 1, worker=5)}, "contradicts itself.*TF_CONFIG: rank 1"),
        ({"RANK": "0"}, "RANK and WORLD_SIZE must both be whole numbers, not RANK='0' and WORLD_S"),
        ({"RANK": "0", "WORLD_SIZE": "two"}, "WORLD_SIZE='two'"),
        ({"RANK": "2", "WORLD_SIZE": "2"}, "RANK must be from 0 to WORLD_SIZE - 1"),
        ({"SLURM_PROCID": "0"}, "SLURM_PROCID and SLURM_NTASKS must both"),
        (tf_config("evaluator", 0, worker=2), "this is the evaluator"),
        (tf_config("worker", 0, worker=2, ps=1), "parameter servers"),
        (tf_config("worker", 2, worker=2), "no training task worker 2 in its cluster"),
        (tf_config("boss", 0, boss=2), "no training task boss 0"),
        ({"TF_CONFIG": "{"}, "TF_CONFIG must have a cluster and a task"),
        ({"TF_CONFIG": "[1]"}, "TF_CONFIG must have a cluster and a task"),
        ({"TF_CONFIG": '{"cluster": {"worker": ["a:1"]}}'}, "TF_CONFIG must have a cluster"),
    ],
)
def test_what_is_unclear_is_refused(environment: Dict[str, str], message: str) -> None:
    """Nothing is guessed where engines disagree, or one says half of it, or it is no training task."""
    with pytest.raises(ValueError, match=message):
        refloader.shard_from_environment(environment)


def test_loaders_ask_when_they_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """shard="environment" is a pair of numbers from then on."""
    for name, value in TORCH.items():
        monkeypatch.setenv(name, value)
    loader = ArrayLoader(np.arange(20), np.arange(20), batch_size=1, shard="environment")
    monkeypatch.delenv("RANK")

    assert (2, 5) == loader.plan.shard
    assert [2] == loader[0][1].tolist()


def test_other_words_are_no_shard() -> None:
    """A word that is misspelt is refused."""
    with pytest.raises(ValueError, match=r"a pair .* or 'environment', not 'environ'"):
        Plan(10, 2, shard="environ")


def test_asking_imports_no_engine() -> None:
    """Neither Ray nor torch is imported to ask it."""
    before = set(sys.modules)
    refloader.shard_from_environment({})

    assert set() == {"ray", "torch", "tensorflow"} & (set(sys.modules) - before)


def test_group_that_disagrees_with_its_variables_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process group is asked like its variables, which may be those of another launcher.

    That real groups and Ray's real workers are understood is tested in tests/engines.
    """
    group = SimpleNamespace(
        is_available=lambda: True,
        is_initialized=lambda: True,
        get_rank=lambda: 1,
        get_world_size=lambda: 2,
    )
    monkeypatch.setitem(sys.modules, "torch.distributed", group)

    with pytest.raises(ValueError, match=r"torch.distributed: rank 1 of 2; RANK and WORLD_SIZE: "):
        refloader.shard_from_environment(TORCH)
