"""Judges recorded ledgers again, by the judges as they are on the disk at that moment.

The ledgers are loaded once; whoever connects to the socket is told whether all is judged as before:
each time in a child of this process that imports the judges anew.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

PACKAGE = "refloader"
#: Each loader's name, its policy, and the ledgers of its drives by driver.
Zoo = List[Tuple[str, Any, Dict[str, List[Any]]]]


def loaded(folder: Path) -> Zoo:
    """Return what record.py wrote into a folder."""
    # Millions of small objects that stay: looking for garbage among them takes minutes.
    gc.disable()
    files = sorted(folder.glob("*.pickle"))
    return [(file.stem, *pickle.loads(file.read_bytes())) for file in files]  # noqa: S301 - ours


def serve(zoo: Zoo, address: str) -> None:
    """Answer each connection with "0" if all is judged as it is now, and else with "1"."""
    expected = said_by_child(zoo, "")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            connection, _ = listener.accept()
            with connection:
                same = said_by_child(zoo, changed(), expected) == ["as before"]
                connection.sendall(b"0" if same else b"1")


def said_by_child(zoo: Zoo, module: str, expected: Any = None) -> Any:
    """Judge in a child; return digests by name, or "as before" where those expected are all there."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            answer = compared(zoo, module, expected)
        except BaseException as error:  # noqa: BLE001 - a change may raise anything, also on import
            answer = [type(error).__name__]
        with os.fdopen(writing, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = json.load(pipe)
    os.waitpid(child, 0)
    return answer


def compared(zoo: Zoo, module: str, expected: Any) -> Any:
    """Return all digests where none are expected; else whether each is, up to the first that is not."""
    found = {}
    for name, value in judgements(zoo, module):
        text = json.dumps(value, sort_keys=True)
        found[name] = hashlib.sha256(text.encode()).hexdigest()
        if expected is not None and expected.get(name) != found[name]:
            return [name]
    return found if expected is None else ["as before"]


def judgements(zoo: Zoo, module: str) -> Iterator[Tuple[str, Any]]:
    """Give each judgement that a changed module may have a part in, with its name."""
    renew(zoo)
    contract = importlib.import_module("refloader.contract.requirement")
    yield "catalogue", catalogue(contract)
    chapters = {one.judge.__module__.rsplit(".", 1)[-1] for one in contract.CATALOGUE.values()}
    for one in contract.CATALOGUE.values():
        if module not in chapters or one.judge.__module__.endswith(f".{module}"):
            for name, policy, ledgers in zoo:
                yield f"{name}, {one.slug}", said(one, policy, ledgers)


def renew(zoo: Zoo) -> None:
    """Import the judges anew, and make the ledgers and policies instances of the new classes."""
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
    importlib.import_module("refloader.contract")
    ledger = importlib.import_module("refloader.contract.ledger")
    policies = importlib.import_module("refloader.contract.policy")
    for _, policy, ledgers in zoo:
        object.__setattr__(policy, "__class__", policies.Policy)
        for sweep in ledgers.values():
            for one in sweep:
                object.__setattr__(one, "__class__", ledger.Ledger)
                object.__setattr__(one.scenario, "__class__", ledger.Scenario)


def said(one: Any, policy: Any, ledgers: Dict[str, List[Any]]) -> Any:
    """Return the witness from each ledger that a requirement judges, and the situations met there."""
    met = importlib.import_module("refloader.contract.situations").met
    reason = one.not_applicable(policy)
    situations = (*one.needs, *filter(None, [one.only_where]))
    return reason or [
        [witness(one, ledger, policy), [met(name, ledger) for name in situations]]
        for driver in one.drives
        for ledger in ledgers.get(driver, ())
        if ledger.hang is None and ledger.died is None
    ]


def witness(one: Any, ledger: Any, policy: Any) -> Any:
    """Return the sentence of a judge; one that raises says something else than any other."""
    try:
        return one.judge(ledger, policy)
    except Exception as error:  # noqa: BLE001 - whatever a changed judge raises
        return f"raised {type(error).__name__}"


def catalogue(contract: Any) -> Any:
    """Return what the contract's code says without a ledger: its tables and its errors."""
    kills = importlib.import_module("refloader.contract.kills").kills()
    policies = importlib.import_module("refloader.contract.policy")
    return [
        sorted(contract.CATALOGUE),
        {slug: sorted(flagged) for slug, flagged in kills.items()},
        [refused(contract.find, slug) for slug in ("coverage.no-los", "quite another")],
        [
            len(contract.choose(only, skip))
            for only in ((), ("coverage",))
            for skip in ((), ("resume",))
        ],
        [refused(policies.Policy.of, **{field: "?"}) for field in ("tail", "tial", "samples")],
        [str(policies.Policy.of(tail="drop", shuffle=True))],
    ]


def refused(function: Any, *arguments: Any, **fields: Any) -> str:
    """Return the error that a call raises."""
    try:
        return repr(function(*arguments, **fields))
    except Exception as error:  # noqa: BLE001 - which one is the question
        return f"{type(error).__name__}: {error}"


def changed() -> str:
    """Return the name of the module that differs from what is committed, if one does."""
    command = ["git", "diff", "--name-only", "--", PACKAGE]
    named = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return Path(named[0]).stem if named else ""


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    serve(loaded(Path(sys.argv[1])), sys.argv[2])
