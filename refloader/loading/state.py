"""Where a loader is, as a small dict that JSON can hold, and back again."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from refloader.arguments import whole
from refloader.loading.plan import Plan

VERSION = 1
_FIELDS = ("n", "batch_size", "seed", "shuffle", "tail", "shard")
_KEYS = {"version", "epoch", "batch", "data", *_FIELDS}


def saved(plan: Plan, data: str, epoch: int, batch: int) -> Dict[str, Any]:
    """Return the state of a loader.

    :param plan: its plan.
    :param data: what tells its samples from others.
    :param epoch: the epoch of the next batch.
    :param batch: the index of the next batch.
    """
    fields = {name: getattr(plan, name) for name in _FIELDS}
    state = {"version": VERSION, "epoch": epoch, "batch": batch, "data": data, **fields}
    return {**state, "shard": list(plan.shard)}


def restored(state: Any, plan: Plan, data: str) -> Tuple[int, int]:
    """Return (epoch, index of the next batch) of a state, for the loader with this plan and data.

    :raises ValueError: if it is no state, or one of other samples or another order of them. The
        rank may be another one. So may the world size, where the state is of an epoch's beginning.
    """
    if not isinstance(state, dict) or not set(state) >= _KEYS:
        raise ValueError(f"a state is a dict with {', '.join(sorted(_KEYS))}, not {state!r}")
    if state["version"] != VERSION:
        raise ValueError(f"the state is of version {state['version']!r}, not {VERSION}")
    mine = saved(plan, data, 0, 0)
    for name in ("n", "data", *_FIELDS[1:-1]):
        if state[name] != mine[name]:
            what = "other samples" if name == "data" else f"{name} {state[name]!r}"
            raise ValueError(f"the state is of {what}, and this loader has {mine[name]!r}")
    epoch, batch = whole("epoch", state["epoch"], 0), whole("batch", state["batch"], 0)
    world = state["shard"][1]
    if batch and world != plan.shard[1]:
        raise ValueError(
            f"the state is of the middle of an epoch on {world} shards, and this loader is one of "
            f"{plan.shard[1]}: the number of shards can change between two epochs only"
        )
    if batch and batch >= len(plan):
        raise ValueError(f"the state is at batch {batch}, and an epoch has {len(plan)}")
    return epoch, batch
