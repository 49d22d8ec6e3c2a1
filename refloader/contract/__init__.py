"""The contract: its requirements as data, each with the function that judges it.

`policy` is what the author of a loader declares, `drives` names the ways in which it is pulled, `ledger` is
what was written down of that. A `requirement` judges ledgers, once the `situations` that it needs came up;
what it says is a `verdict`. The requirements stand in `chapters`, what it takes to judge them in `judging`;
`kills` tells which known-bad loader each of them finds.
"""

from refloader.contract import chapters

__all__ = ["chapters"]
