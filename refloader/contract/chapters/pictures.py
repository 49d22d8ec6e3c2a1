"""Chapter protocol, its third part: pictures are delivered alike."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Optional, Tuple

from refloader.contract.drives import BLANK_SAMPLE, EPOCHS, SHUFFLES, UNIFORM
from refloader.contract.judging.rows import known_rows
from refloader.contract.judging.scales import scaled_by_itself, spans_apart
from refloader.contract.ledger import Ledger
from refloader.contract.policy import Policy
from refloader.contract.requirement import requirement, unless

PLAIN = unless("augment", False, because="pictures may differ in this, by declaration")
#: The pictures of a data set have one contrast. Resized, standardised or as JPEG they differ in it by a
#: tenth; values of -1..1 span twice what those of 0..1 do.
SPANS_APART = 1.6


@requirement(
    "protocol.pictures",
    statement="Unless augmentation is declared, all pictures are delivered alike: their channels in one order, "
    "their values on one scale, be they dark or light, none of them turned or mirrored.",
    reason="A picture with red and blue exchanged is of another colour, values of 0 to 1 among those of -1 "
    "to 1 are of another brightness, as is a nearly black one that was taken for scaled already, its values "
    "being no more than 1, and a mirrored one shows another thing, a 2 or a left lung. Readers, "
    "caches and formats of files differ in that.",
    fix="Bring each sample's channels into one order and its values to one scale once, in one place, whatever "
    "reader or cache it came from; mind that OpenCV reads BGR, and arrays are (height, width). Ask the dtype, "
    "not the largest value, whether to divide by 255.",
    drives=(EPOCHS, SHUFFLES, UNIFORM, BLANK_SAMPLE),
    needs=("a batch",),
    exempt=(PLAIN,),
)
def pictures(ledger: Ledger, policy: Policy) -> Optional[str]:
    """All pictures have the channels' order, the span of values and the orientation of the first."""
    if ledger.driver == BLANK_SAMPLE:
        return scaled_by_itself(ledger)
    drawn = (row for row in known_rows(ledger) if row.batch.turns)
    return _coloured_apart(ledger) or spans_apart(drawn, SPANS_APART) or _turned_apart(ledger)


class _Look(NamedTuple):
    """How one picture was delivered, as `Batch` has it by rows."""

    sample: int
    where: str
    colours: Tuple[int, ...]
    turn: Optional[int]


def _looks(ledger: Ledger) -> Iterator[_Look]:
    for event, batch, place, sample in known_rows(ledger):
        if batch.turns:
            colours = batch.colours[place] if batch.colours else ()
            yield _Look(sample, event.where, colours, batch.turns[place])


def _coloured_apart(ledger: Ledger) -> Optional[str]:
    """Tell of two samples whose colour channels are not in one order, as RGB and BGR are not."""
    coloured = (look for look in _looks(ledger) if any(look.colours))
    first = next(coloured, None)
    for look in coloured:
        if first and any(one * other < 0 for one, other in zip(first.colours, look.colours)):
            return (
                f"the colour channels of sample {first.sample} are {_from_light(first.colours)} from light to "
                f"dark at first, and those of sample {look.sample} {_from_light(look.colours)} in {look.where}"
            )
    return None


def _from_light(colours: Tuple[int, ...]) -> str:
    """Name the channels from the lightest to the darkest."""
    first, second, third = colours
    lightness = (first + second, third - first, -second - third)
    return ", ".join(str(place) for place in sorted(range(3), key=lambda place: -lightness[place]))


def _turned_apart(ledger: Ledger) -> Optional[str]:
    """Tell of two samples of which one is turned or mirrored, and the other is not, or otherwise."""
    lying = (look for look in _looks(ledger) if look.turn is not None)
    first = next(lying, None)
    for look in lying:
        if first and look.turn != first.turn:
            return (
                f"sample {look.sample} in {look.where} is turned or mirrored, held against sample "
                f"{first.sample}, the first"
            )
    return None
