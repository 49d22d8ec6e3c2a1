"""A Ray cluster on which the drives of a check are made, in pieces, side by side."""

from __future__ import annotations

import dataclasses
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Callable, List

from refloader.driving.processes.nursery import Nursery, import_path
from refloader.driving.processes.sending import dumps, loads
from refloader.errors import UsageError

if TYPE_CHECKING:
    from refloader.driving.drivers import Drive
    from refloader.driving.processes.sweeping import Sweep
    from refloader.driving.subject import Bench

#: Drives of one task: a task starts interpreters of its own, which takes about a second.
PIECE = 20
LOCAL = "local"


class Cluster:
    """Makes drives on the machines of a Ray cluster; a loader that trains is fed here.

    :param address: of a running cluster, as `ray.init` takes it, such as "auto" or
        "ray://host:10001"; or "local", which starts one on this machine.
    :raises UsageError: without Ray, or if there is no such cluster.
    """

    def __init__(self, address: str) -> None:
        if find_spec("ray") is None:
            raise UsageError('--ray needs Ray: pip install "ray"')
        import ray  # noqa: PLC0415 - an extra

        try:
            ray.init(
                address=None if address == LOCAL else address,
                include_dashboard=False if address == LOCAL else None,
                logging_level="ERROR",
                log_to_driver=False,
            )
        except (ConnectionError, ValueError) as error:
            raise UsageError(f"--ray {address}: there is no such cluster: {error}") from None
        self._ray: Any = ray
        # Threads that wait for answers.
        self.waiting = ThreadPoolExecutor()

    def sweep(self, bench: Bench, plan: List[Drive], progress: Callable[[str], None]) -> Sweep:
        """Return these drives with their ledgers, up to the first that hangs or ends its process."""
        sent = dumps(bench)
        # Tasks import the factory's module by the name that it has here.
        variables = {"env_vars": {"PYTHONPATH": import_path(bench)}}
        task = self._ray.remote(made).options(runtime_env=variables)
        pieces = [plan[start : start + PIECE] for start in range(0, len(plan), PIECE)]
        answers = [task.remote(sent, piece) for piece in pieces]
        sweep: Sweep = []
        for answer in answers:
            for drive, ledger in self._ray.get(answer):
                progress(drive.driver)
                sweep.append((drive, ledger))
                if ledger.hang or ledger.died:
                    return sweep
        return sweep

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        # First: whoever still waits for an answer is told that there will be none.
        self._ray.shutdown()
        self.waiting.shutdown()


def made(sent: bytes, plan: List[Drive]) -> Sweep:
    """Make drives in a process of this machine (run as a task of Ray)."""
    from refloader.driving.processes.driving_process import DrivingProcess  # noqa: PLC0415
    from refloader.driving.processes.sweeping import sweep  # noqa: PLC0415
    from refloader.driving.surroundings.leaving import remove_segments  # noqa: PLC0415 - where the tasks run

    with tempfile.TemporaryDirectory(prefix="refloader-") as folder:
        nursery = Nursery(dataclasses.replace(loads(sent), folder=folder))
        process = DrivingProcess(nursery)
        try:
            return sweep(plan, process, lambda _driver: None)
        finally:
            nursery.close()
            process.close()
            remove_segments(folder)
