"""The pages of the contract hold what the suite says, and the loaders they show do what they say."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from refloader.cli import main
from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE, choose
from refloader.session import Session
from refloader.spec import page
from refloader.spec.examples import comparable, examples
from refloader.spec.guide import steps

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
#: A requirement of each way of reading a loader that takes no more than a second or two.
SAMPLE = (
    "protocol.length",
    "coverage.no-loss",
    "pairing.label",
    "purity.repeatable",
    "workers.thread-safe",
    "pickling.mid-epoch",
    "generator.single-consumer",
    "faults.no-silent-blank",
    "sharding.partition",
)


def flagged(make, policy, slugs=()):
    """Return what a factory's loader is said to break, each with its witness."""
    with Session(make, Policy.of(**policy), training=False) as session:
        results = list(session.results(choose(tuple(slugs))))
    return {one.requirement: str(one.witness) for one in results if one.broken}


@pytest.mark.parametrize(("name", "made"), [("spec.html", page.html), ("spec.md", page.markdown)])
def test_page_on_record_is_what_would_be_written(name, made):
    """`refloader spec --html fixtures/spec/spec.html --markdown fixtures/spec/spec.md` renews it."""
    pytest.importorskip("jinja2")
    recorded = (FIXTURES / "spec" / name).read_text(encoding="utf-8")

    assert made() == recorded


def test_every_requirement_has_an_example():
    """Each requirement of the catalogue has a loader that breaks it, and what was said of it."""
    shown = {slug: one for slug, one in examples().items() if one.witness and one.source}

    assert list(CATALOGUE) == list(shown)


@pytest.mark.parametrize("slug", SAMPLE)
def test_example_breaks_its_requirement_as_told(slug, monkeypatch):
    """The witness beside a loader is what the suite says when it judges that loader again."""
    monkeypatch.syspath_prepend(str(FIXTURES))
    module = importlib.import_module(f"zoo.bad.{examples()[slug].loader}")

    found = flagged(module.make, module.POLICY, (slug,))

    assert [comparable(examples()[slug].witness)] == [comparable(one) for one in found.values()]


def test_second_step_mends_what_the_first_breaks():
    """The loader of the guide's first step is flagged for what the second step keeps."""
    first, second = steps()[:2]

    before = flagged(importlib.import_module(first.module).make, second.policy, second.mends)
    after = flagged(importlib.import_module(second.module).make, second.policy, second.mends)

    assert second.mends == list(before)
    assert {} == after


def test_pages_are_written_from_the_command_line(tmp_path):
    """Both files are written; a page of one requirement alone is refused."""
    pytest.importorskip("jinja2")
    paths = [str(tmp_path / "spec.html"), str(tmp_path / "spec.md")]
    done = CliRunner().invoke(main, ["spec", "--html", paths[0], "--markdown", paths[1]])
    refused = CliRunner().invoke(main, ["spec", "coverage", "--html", paths[0]])

    assert 0 == done.exit_code
    assert page.markdown() == Path(paths[1]).read_text(encoding="utf-8")
    assert (2, True) == (refused.exit_code, "holds the whole contract" in refused.output)
