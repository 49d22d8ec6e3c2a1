"""``refloader bench``: the reference loader against what else is installed."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import click

from refloader.reporting.files import writable, write

ROUNDS, QUICK_ROUNDS = 5, 1


@dataclass(frozen=True)
class Request:
    """One call of ``refloader bench``."""

    corpus: str
    into: str
    only: Tuple[str, ...]
    rounds: Optional[int]
    quick: bool
    folder: Optional[str]
    seed_table: bool
    json_file: Optional[str]
    chart: Optional[str]


@click.command()
@click.option(
    "--corpus",
    type=click.Choice(["small", "middle", "large"]),
    default="middle",
    show_default=True,
    help="The pictures to load.",
)
@click.option(
    "--into",
    type=click.Choice(["bare", "fit"]),
    default="bare",
    show_default=True,
    help="Read the batches alone, or feed them to a small model by fit.",
)
@click.option("--only", multiple=True, help="Time these alone; a part of the name will do.")
@click.option("--rounds", type=click.IntRange(1), help="How often each is timed.")
@click.option("--quick", is_flag=True, help="Fewer files, one round.")
@click.option("--folder", type=click.Path(file_okay=False), help="Keep the files, and find them.")
@click.option("--seed-table", is_flag=True, help="Train with each way of loading instead.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write all figures.")
@click.option("--chart", type=click.Path(dir_okay=False), help="Write a chart, SVG.")
def bench(**asked: Any) -> None:
    """Time ways of loading images, each in its own process, in turn.

    The reference loader is timed beside what else is installed (Keras' own ways, tf.data by hand,
    torch's DataLoader, Grain), and beside the limits: bare decoding on all cores, and into fit, training
    on one batch from memory. Files are made first: small PNG of 32x32, middle JPEG of 500x375, large JPEG of
    4000x3000.

    \b
      refloader bench --quick
      refloader bench --corpus large --chart large.svg --json large.json
      refloader bench --only refloader --only tf.data --rounds 3
      refloader bench --into fit
      refloader bench --seed-table --quick

    The whole of it takes a quarter of an hour or more; let nothing else run beside it.
    """
    request = Request(**asked)
    _check(request)
    with tempfile.TemporaryDirectory() as temporary:
        made = _seed_table if request.seed_table else _compare
        made(Path(request.folder or temporary), request)


def _check(request: Request) -> None:
    """Raise UsageError, before anything is timed, where the options do not go together or cannot be kept."""
    if request.seed_table and (request.chart or request.only):
        raise click.UsageError(
            "--seed-table trains with each way of its own: no --chart, no --only"
        )
    if request.seed_table:
        _check_keras("--seed-table")
    for path in filter(None, (request.json_file, request.chart)):
        writable(path)


def _check_keras(option: str) -> None:
    from refloader.frameworks.installed import installed  # noqa: PLC0415 - see below

    if installed() is None:
        raise click.UsageError(f"{option} needs a Keras, and none is installed here")


def _keep(result: Dict[str, Any], request: Request) -> None:
    if request.json_file:
        write(request.json_file, json.dumps(result, indent=1) + "\n")


def _compare(root: Path, request: Request) -> None:
    # Imported here: the help must not wait for NumPy.
    from rich.console import Console  # noqa: PLC0415

    from refloader.bench import views  # noqa: PLC0415

    console = Console()
    with console.status("writing images") as status:
        for result in _rounds(root, request, status.update):
            # After each round: one that is interrupted takes no earlier one with it.
            _keep(result, request)
    console.print(views.table(result["rows"], _title(result)))
    if request.chart:
        chart = views.chart(result["rows"], _title(result))
        Path(request.chart).write_text(chart, encoding="utf-8")


def _rounds(root: Path, request: Request, tell: Callable[[str], None]) -> Iterator[Dict[str, Any]]:
    """Yield all figures after each round."""
    from refloader.bench import competitors, corpora, rounds  # noqa: PLC0415 - as above

    names = _chosen(competitors.installed(request.into), request.only)
    if request.into == "fit":
        _check_keras("--into fit")
    entry = corpora.CORPORA[request.corpus]
    count = entry.quick if request.quick else entry.files
    result: Dict[str, Any] = {
        "into": request.into,
        "corpus": {**entry._asdict(), "name": request.corpus, "files": count},
        "machine": rounds.machine(),
        "results": [],
    }
    files = corpora.make(root, request.corpus, count)
    often = request.rounds or (QUICK_ROUNDS if request.quick else ROUNDS)
    for figures in rounds.run(names, request.corpus, files, often, tell, into=request.into):
        result["results"].append(figures)
        result["rounds"] = len(result["results"])
        result["rows"] = rounds.summary(result["results"], names)
        yield result


def _chosen(names: List[str], only: Sequence[str]) -> List[str]:
    chosen = [name for name in names if not only or any(part in name for part in only)]
    if not chosen:
        raise click.UsageError(
            f"no way of loading holds the words of --only: there are {'; '.join(names)}"
        )
    return chosen


def _title(result: Dict[str, Any]) -> str:
    corpus = result["corpus"]
    width, height = corpus["size"]
    return (
        f"{corpus['files']:,} {corpus['suffix'].upper()} of {width}x{height} to "
        f"{corpus['image_size'][1]}x{corpus['image_size'][0]}, batches of 32, "
        f"{result['machine']['cores']} cores, second epoch{' of fit' if result['into'] == 'fit' else ''}"
    )


def _seed_table(root: Path, request: Request) -> None:
    from rich.console import Console  # noqa: PLC0415 - as above

    from refloader.bench import training  # noqa: PLC0415

    console = Console()
    with console.status("training") as status:
        result = training.run(root, quick=request.quick, tell=status.update)
    console.print(training.table(result))
    _keep(result, request)
