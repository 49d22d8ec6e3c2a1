"""``refloader bench``: the reference loader against what else is installed."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import click

from refloader.reporting.files import writable, write

ROUNDS, QUICK_ROUNDS = 5, 1


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
def bench(  # noqa: PLR0917 - as click gives them
    corpus: str,
    into: str,
    only: List[str],
    rounds: Optional[int],
    quick: bool,  # noqa: FBT001 - as click gives it
    folder: Optional[str],
    seed_table: bool,  # noqa: FBT001 - as click gives it
    json_file: Optional[str],
    chart: Optional[str],
) -> None:
    """Time ways of loading images, each in its own process, in turn.

    The reference loader is timed beside what else is installed (Keras' own ways, tf.data by hand,
    torch's DataLoader, Grain), and beside the limit: bare decoding on all cores. Files are made first:
    small PNG of 32x32, middle JPEG of 500x375, large JPEG of 4000x3000.

    \b
      refloader bench --quick
      refloader bench --corpus large --chart large.svg --json large.json
      refloader bench --only refloader --only tf.data --rounds 3
      refloader bench --into fit
      refloader bench --seed-table --quick

    The whole of it takes a quarter of an hour or more; let nothing else run beside it.
    """
    if seed_table and (chart or only):
        raise click.UsageError(
            "--seed-table trains with each way of its own: no --chart, no --only"
        )
    if seed_table:
        _check_keras("--seed-table")
    for path in filter(None, (json_file, chart)):
        writable(path)
    rounds = rounds or (QUICK_ROUNDS if quick else ROUNDS)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(folder or temporary)
        if seed_table:
            _keep(_seed_table(root, quick=quick), json_file)
        else:
            for result in _compare(root, corpus, into, list(only), rounds, quick=quick):
                # After each round: one that is interrupted takes no earlier one with it.
                _keep(result, json_file)
    if chart:
        from refloader.bench import views  # noqa: PLC0415 - see below

        Path(chart).write_text(views.chart(result["rows"], _title(result)), encoding="utf-8")


def _check_keras(option: str) -> None:
    from refloader.frameworks.installed import installed  # noqa: PLC0415 - see below

    if installed() is None:
        raise click.UsageError(f"{option} needs a Keras, and none is installed here")


def _keep(result: Dict[str, Any], path: Optional[str]) -> None:
    if path:
        write(path, json.dumps(result, indent=1) + "\n")


def _compare(
    root: Path, corpus: str, into: str, only: List[str], rounds: int, *, quick: bool
) -> Iterator[Dict[str, Any]]:
    """Yield all figures after each round; show them after the last."""
    # Imported here: the help must not wait for NumPy.
    from rich.console import Console  # noqa: PLC0415

    from refloader.bench import competitors, corpora, views  # noqa: PLC0415
    from refloader.bench import rounds as timing  # noqa: PLC0415

    console = Console()
    names = _chosen(competitors.installed(), only)
    if into == "fit":
        _check_keras("--into fit")
    entry = corpora.CORPORA[corpus]
    count = entry.quick if quick else entry.files
    result: Dict[str, Any] = {
        "into": into,
        "corpus": {**entry._asdict(), "name": corpus, "files": count},
        "machine": timing.machine(),
        "results": [],
    }
    with console.status("writing images") as status:
        files = corpora.make(root, corpus, count)
        for figures in timing.run(names, corpus, files, rounds, status.update, into=into):
            result["results"].append(figures)
            result["rounds"] = len(result["results"])
            result["rows"] = timing.summary(result["results"], names)
            yield result
    console.print(views.table(result["rows"], _title(result)))


def _chosen(names: List[str], only: List[str]) -> List[str]:
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


def _seed_table(root: Path, *, quick: bool) -> Dict[str, Any]:
    from rich.console import Console  # noqa: PLC0415 - as above

    from refloader.bench import training  # noqa: PLC0415

    console = Console()
    with console.status("training") as status:
        result = training.run(root, quick=quick, tell=status.update)
    console.print(training.table(result))
    return result
