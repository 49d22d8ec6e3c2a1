"""Pictures in y that are of the same samples as those in x: an image to be made of another one."""

from __future__ import annotations

from collections import defaultdict
from typing import Dict, List, NamedTuple, Optional, Tuple

from refloader.contract.judging.rows import Row, known_rows
from refloader.contract.ledger import Batch, Ledger, View

#: A coin may well fall on one side in fewer rows.
LEAST_ROWS = 24
#: Of fewer samples each may have weights of its own that are not of its picture, but of its class.
LEAST_SAMPLES = 8


class Pair(NamedTuple):
    """A row with a picture in x and one in y, and how each of them lies."""

    row: Row
    turn: int
    view: View


def turned_alone(ledger: Ledger) -> Optional[str]:
    """Tell of pictures that are turned or flipped in x, and not or by a draw of their own in y."""
    for name, pairs in _pairs(ledger).items():
        apart = [pair for pair in pairs if pair.turn != pair.view.turn]
        if len(pairs) < LEAST_ROWS or not apart:
            continue
        first = f"row {apart[0].row.place} of {apart[0].row.event.where} is one"
        many = f"{len(apart)} of {len(pairs)} are"
        moves = len({pair.turn for pair in pairs}) > 1, len({pair.view.turn for pair in pairs}) > 1
        if not all(moves):
            still, moved = (name, "x") if moves[0] else ("x", name)
            return (
                f"the pictures in {moved} are turned or flipped, and those in {still} of the same samples "
                f"never are: {first}, and {many}"
            )
        if not _are_views(name, pairs):
            return (
                f"the pictures in x and those in {name} of the same samples are turned or flipped by draws "
                f"of their own: {first} that lies otherwise in {name}, and {many}"
            )
    return None


def weights_left(ledger: Ledger) -> Optional[str]:
    """Tell of weights of pixels that stay as they are while the picture is turned or flipped.

    What is the same for several samples is no picture's own: the corners of a lens, say.
    """
    seen: Dict[Tuple[str, str], Dict[int, Dict[int, Row]]] = defaultdict(lambda: defaultdict(dict))
    for row in known_rows(ledger):
        for name, views in row.batch.weight_views.items():
            view = views[row.place]
            if view is not None:
                seen[name, view.digest][row.sample][view.turn] = row
    samples = {sample for found in seen.values() for sample in found}
    for (name, _), found in seen.items():
        turned = [rows for rows in found.values() if len(rows) > 1]
        if turned and len(found) == 1 and len(samples) >= LEAST_SAMPLES:
            first, second, *_ = turned[0].values()
            return (
                f"the picture of sample {first.sample} in {first.event.where} is flipped or turned in "
                f"{second.event.where}, and {name} is the same for its pixels"
            )
    return None


def _are_views(name: str, pairs: List[Pair]) -> bool:
    """Say whether they may be two views on purpose, as for learning without labels: of one size, cut anew.

    What is to be made of the picture in x is flipped, and nothing else of it is drawn.
    """
    if not _is_as_large(name, pairs[0].row.batch):
        return False
    looks: Dict[Tuple[int, int], Dict[int, str]] = defaultdict(dict)
    for pair in pairs:
        looks[pair.row.sample, pair.view.turn][pair.turn] = pair.view.digest
    # Where x lies otherwise, it is not the same read again: all draws are others.
    drawn_anew = [set(found.values()) for found in looks.values() if len(found) > 1]
    return not drawn_anew or any(len(found) > 1 for found in drawn_anew)


def _is_as_large(name: str, batch: Batch) -> bool:
    shapes = {leaf.name: leaf.shape[1:] for leaf in batch.leaves}
    return shapes[name] in {shape for leaf, shape in shapes.items() if leaf[0] == "x"}


def _pairs(ledger: Ledger) -> Dict[str, List[Pair]]:
    found: Dict[str, List[Pair]] = defaultdict(list)
    # A batch that is read again, with nothing drawn anew, says no more than once.
    rows = {(row.batch.digest, row.place): row for row in known_rows(ledger) if row.batch.turns}
    for row in rows.values():
        for name, views in row.batch.target_views.items():
            turn, view = row.batch.turns[row.place], views[row.place]
            if turn is not None and view is not None:
                found[name].append(Pair(row, turn, view))
    return found
