"""These tests look at pages in a real browser: without one they must not seem to have passed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
AXE = Path(os.environ.get("REFLOADER_AXE", "axe.min.js"))

if BROWSER is None:
    raise pytest.UsageError(
        f"tests/pages needs a browser, and none of {', '.join(BROWSERS)} is on the PATH"
    )
if not AXE.is_file():
    raise pytest.UsageError(
        f"tests/pages needs axe-core, and {str(AXE)!r} is no file: run it through tox -e pages, "
        "or name its axe.min.js in REFLOADER_AXE"
    )

# A run with every verdict in it, which the fast tests know too.
sys.path.insert(0, str(ROOT / "tests"))


@pytest.fixture(scope="session")
def browser():
    """Return the browser, shared by all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The sandbox needs rights that a container does not give.
        opened = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def shots(tmp_path_factory):
    """Return the folder of this run's screenshots: with --basetemp it is known beforehand."""
    return tmp_path_factory.mktemp("screenshots", numbered=False)


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Return the pages as files, by name: the committed ones, and a run with every verdict."""
    from canned_results import report

    from refloader.reporting import jsonl
    from refloader.reporting.html import html

    folder = tmp_path_factory.mktemp("pages")
    canned = report()
    jsonl.write(folder / "run.jsonl", canned.header, canned.results)
    (folder / "run.html").write_text(html(jsonl.read(folder / "run.jsonl")), encoding="utf-8")
    return {
        "run": folder / "run.html",
        "matrix": ROOT / "fixtures" / "matrix" / "matrix.html",
        "spec": ROOT / "fixtures" / "spec" / "spec.html",
    }
