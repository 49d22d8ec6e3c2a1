"""Which shard this process is to have, as the engine that started it says."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict, Mapping, Optional, Tuple

Shard = Tuple[int, int]
Environment = Mapping[str, str]


def shard_from_environment(environment: Optional[Environment] = None) -> Shard:
    """Return (rank, world size) of this process, or (0, 1) where no engine started it.

    It is asked of Ray Train, where this is one of its workers; of torch.distributed, once its group
    is there, and of RANK and WORLD_SIZE; of TF_CONFIG, chief first; and of SLURM. Under torchrun
    and Ray, SLURM counts the tasks that started them and not the ranks, so it is not asked. An
    engine that is not imported yet is not imported for this.

    :param environment: the variables, by default those of this process.
    :raises ValueError: if two of them say different things; if one of them is incomplete; for a
        TF_CONFIG of an evaluator or with parameter servers; or in an actor or a task of Ray that
        is no worker of Ray Train.
    """
    variables = os.environ if environment is None else environment
    asked = {
        "Ray Train": _ray_train(),
        "torch.distributed": _torch_group(),
        "RANK and WORLD_SIZE": _numbers(variables, "RANK", "WORLD_SIZE"),
        "TF_CONFIG": _tf_config(variables),
    }
    if asked["Ray Train"] is None and "TORCHELASTIC_RUN_ID" not in variables:
        _refuse_in_ray()
        slurm = _numbers(variables, *_SLURM) if _SLURM[0] in variables else None
        asked[" and ".join(_SLURM)] = slurm
    said: Dict[str, Shard] = {name: shard for name, shard in asked.items() if shard is not None}
    if len(set(said.values())) > 1:
        words = "; ".join(f"{name}: rank {one[0]} of {one[1]}" for name, one in said.items())
        raise ValueError(f"the environment contradicts itself, so name the shard ({words})")
    return next(iter(said.values()), (0, 1))


_SLURM = ("SLURM_PROCID", "SLURM_NTASKS")


def _numbers(environment: Environment, rank: str, world: str) -> Optional[Shard]:
    values = environment.get(rank), environment.get(world)
    if values == (None, None):
        return None
    text = f"{rank}={values[0]!r} and {world}={values[1]!r}"
    try:
        numbers = int(values[0] or ""), int(values[1] or "")
    except ValueError:
        raise ValueError(f"{rank} and {world} must both be whole numbers, not {text}") from None
    if not 0 <= numbers[0] < numbers[1]:
        raise ValueError(f"{rank} must be from 0 to {world} - 1, not {text}")
    return numbers


def _tf_config(environment: Environment) -> Optional[Shard]:
    text = environment.get("TF_CONFIG") or "{}"
    try:
        config = json.loads(text)
        cluster, task = config.get("cluster"), config.get("task", {})
        if not cluster:
            return None
        kind, index = task["type"], int(task["index"])
        sizes = {name: len(addresses) for name, addresses in cluster.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"TF_CONFIG must have a cluster and a task, not {text!r}") from error
    if kind == "evaluator":
        raise ValueError("TF_CONFIG says that this is the evaluator, which reads all: shard=(0, 1)")
    if "ps" in sizes:
        raise ValueError(
            "TF_CONFIG has parameter servers, whose coordinator hands out the data: name the shard"
        )
    if not 0 <= index < sizes.get(kind, 0) or kind not in _TRAINING:
        raise ValueError(f"TF_CONFIG has no training task {kind} {index} in its cluster {sizes}")
    before = sum(sizes.get(name, 0) for name in _TRAINING[: _TRAINING.index(kind)])
    return before + index, sum(sizes.get(name, 0) for name in _TRAINING)


#: The tasks that train, in the order of their ranks; a master is what was later called chief.
_TRAINING = ("chief", "master", "worker")


def _torch_group() -> Optional[Shard]:
    group: Any = sys.modules.get("torch.distributed")
    if group is None or not group.is_available() or not group.is_initialized():
        return None
    return group.get_rank(), group.get_world_size()


def _ray_train() -> Optional[Shard]:
    train: Any = sys.modules.get("ray.train")
    if train is None:
        return None
    try:
        context = train.get_context()
        return context.get_world_rank(), context.get_world_size()
    except RuntimeError:  # so Ray says that this is none of its workers
        return None


def _refuse_in_ray() -> None:
    ray: Any = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        return
    # In the program that started Ray there is no task.
    if ray.get_runtime_context().get_task_id() is not None:
        raise ValueError(
            "this is an actor or a task of Ray and no worker of Ray Train, so nothing tells its "
            "rank: name the shard"
        )
