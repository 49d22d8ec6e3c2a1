"""What was found reaches people and programs, whole and in plain words."""

from __future__ import annotations

import io
import json
import queue
from dataclasses import replace
from pathlib import Path

import pytest
from canned_results import HEADER, report, results, stacks
from rich.console import Console
from snapshot_files import expect

from refloader.contract.policy import Policy
from refloader.contract.requirement import CATALOGUE
from refloader.contract.verdict import VERDICTS, Result
from refloader.driving.processes.standstill import ENDLESS
from refloader.errors import UsageError
from refloader.reporting import jsonl
from refloader.reporting.progress import LOOKING, bar
from refloader.reporting.report import Report
from refloader.reporting.stacks import shortened
from refloader.reporting.terminal import STYLES, Terminal, label
from refloader.reporting.wording import OF_A_HANG, OF_A_LOOP, advice, explanation, failure


def test_the_report_shows_each_verdict_with_what_explains_it() -> None:
    """A line a requirement under its chapter; witness, blame, statement and fix under a failure."""
    folder = str(Path(queue.__file__).parent)

    expect("report", str(report()).replace(folder, "STDLIB"))


def test_the_message_of_a_failed_test_explains_itself() -> None:
    """Pytest's message names slug, witness, blame, statement and fix."""
    failed = next(result for result in results() if result.verdict == "fail")

    expect("failure", failure(failed, 88) + "\n")


def test_the_message_of_a_hang_shows_where_it_waits() -> None:
    """The stacks in a message are the thread that runs the user's code, cut short."""
    hang = next(result for result in results() if result.verdict == "hang")
    text = failure(hang, 88)

    assert 'File "/home/ada/loaders.py", line 12 in __getitem__' in text
    assert "... and 2 more frames of libraries" in text
    assert "982 in run" not in text


def test_what_to_do_about_a_hang_is_about_hangs() -> None:
    """The advice of the requirement that it keeps from being judged is not given."""
    hang = next(result for result in results() if result.verdict == "hang")

    assert OF_A_HANG == dict(explanation(hang))["fix"] == advice(hang)


def test_what_to_do_about_a_loop_without_end_is_about_loops() -> None:
    """Nothing is waited for, so advice about locks and queues is of no use."""
    hang = next(result for result in results() if result.verdict == "hang")
    loop = replace(
        hang, witness=f"n=0, batch_size=4: {ENDLESS}: generate (loader.py) goes on and on"
    )

    assert OF_A_LOOP == advice(loop)


def test_workers_that_stand_at_one_place_are_shown_once() -> None:
    """Threads of several processes differ in their numbers alone."""
    other = stacks().replace("0x00007f0000000002", "0x00007f0000000003")

    assert shortened(stacks()) == shortened(stacks() + "\n" + other)


def test_stacks_without_the_users_code_are_shown_whole() -> None:
    """A hang inside a library still shows all that is known of it."""
    lines = [line for line in stacks().splitlines() if "/home/ada" not in line]

    assert lines == shortened("\n".join(lines))


def test_no_line_is_longer_than_the_terminal() -> None:
    """Text is wrapped to the width, whatever that is; only frames of stacks are longer."""
    text = io.StringIO()
    terminal = Terminal(Console(file=text, width=60))
    for result in results():
        terminal.result(result)
    longer = [line for line in text.getvalue().splitlines() if len(line) > 60]

    assert all("File " in line or "most recent call" in line for line in longer)
    assert text.getvalue().count("\n") > len(results())


def test_every_verdict_has_a_style_and_two_glyphs() -> None:
    """No verdict is told by its colour alone, nor by letters that a terminal may lack."""
    utf, plain = Console(file=io.StringIO()), Console(file=io.TextIOWrapper(io.BytesIO(), "ascii"))

    assert set(VERDICTS) == set(STYLES)
    assert all(label(verdict, utf).endswith(verdict) for verdict in VERDICTS)
    assert all(label(verdict, plain).isascii() for verdict in VERDICTS)


def test_colour_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets colours, unless NO_COLOR is set; a pipe gets none."""

    def written(**settings: object) -> str:
        text = io.StringIO()
        Terminal(Console(file=text, width=80, **settings)).result(results()[1])  # type: ignore[arg-type]
        return text.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = written(force_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")

    assert "31m" in coloured
    assert "31m" not in written(force_terminal=True)
    assert "\x1b" not in written(force_terminal=False)


def test_the_bar_is_for_terminals_only() -> None:
    """Where nobody watches, nothing is written while the loader is judged."""
    text = io.StringIO()
    with bar(Console(file=text, force_terminal=True), 2, LOOKING) as shown:
        shown.drive("epochs")
        shown.advance()

    assert "" == text.getvalue()


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (("pass", "not-applicable", "waived"), 0),
        (("pass", "fail"), 1),
        (("not-applicable", "unavailable", "vacuous"), 2),
        (("fail", "error"), 2),
        (("fail", "hang"), 3),
        ((), 2),
    ],
)
def test_the_exit_code_says_what_came_out(verdicts: tuple[str, ...], code: int) -> None:
    """0 kept, 1 broken, 2 nothing judged or an error of the suite, 3 a hang."""
    judged = [Result("coverage.tail", "MUST", verdict) for verdict in verdicts]

    assert code == Report(HEADER, judged).exit_code
    assert (code == 0) == Report(HEADER, judged).passed


def test_broken_lists_the_failures_and_hangs() -> None:
    """What a loader breaks can be asked for."""
    slugs = [result.requirement for result in report().broken]

    assert ["protocol.bounds", "coverage.no-loss", "coverage.no-repeat"] == slugs


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """Header, results and counts survive the file."""
    report().to_jsonl(tmp_path / "run.jsonl")
    run = jsonl.read(tmp_path / "run.jsonl")

    assert run.header == HEADER
    assert results() == run.results
    assert (6, 9) == (run.footer["ran"] + 1, run.footer["of"])
    assert str(report()) == str(Report(run.header, run.results))


def test_each_line_is_an_object(tmp_path: Path) -> None:
    """Programs read the file line by line, each line by itself."""
    report().to_jsonl(tmp_path / "run.jsonl")
    lines = (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()
    objects = [json.loads(line) for line in lines]

    assert 11 == len(objects)
    assert "loaders:make" == objects[0]["subject"]
    assert "n=5, batch_size=4" in objects[2]["witness"]["sentence"]
    assert objects[-1]["footer"] is True


def test_a_result_is_on_disk_before_the_next_is_judged(tmp_path: Path) -> None:
    """A run that is killed leaves what it had found."""
    path = tmp_path / "run.jsonl"
    with jsonl.Writer(path) as writer:
        writer.write(HEADER)
        written = path.read_text(encoding="utf-8")

    assert HEADER == json.loads(written)


def test_the_header_tells_the_surroundings() -> None:
    """The whole policy, the versions and the platform are in the header."""
    head = jsonl.header("loaders:make", Policy.of(tail="drop"))

    assert {"refloader", "contract", "subject", "policy", "versions", "platform"} == set(head)
    assert "drop" == head["policy"]["tail"]
    assert {"python", "numpy"} <= set(head["versions"])


def test_keys_of_a_later_release_are_passed_over(tmp_path: Path) -> None:
    """A result with a key that this release does not know is still read."""
    path = tmp_path / "run.jsonl"
    lines = [HEADER, dict(results()[1].to_json(), of_later="x"), {"footer": True, "of": 1}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    assert [results()[1]] == jsonl.read(path).results


HEAD_LINE = json.dumps(HEADER) + "\n"
RESULT_LINE = json.dumps(Result("coverage.tail", "MUST", "pass").to_json()) + "\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: the run ended before anything was judged"),
        (HEAD_LINE + RESULT_LINE, "has no footer: the run broke off after 1 results"),
        (HEAD_LINE, "has no footer: the run broke off after 0 results"),
        (HEAD_LINE + RESULT_LINE[:20], "line 2 of .* is not whole"),
        (HEAD_LINE + '{"footer": true, "of": 3}\n', "holds 0 results, and its footer counts 3"),
        (RESULT_LINE, "does not begin with the header of a run"),
        ("[]\n", "is no JSON object"),
    ],
)
def test_a_broken_record_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A run that did not end is not taken for one that passed."""
    path = tmp_path / "run.jsonl"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=message):
        jsonl.read(path)


def test_a_record_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """Neither reading nor writing where nothing is ends in a traceback."""
    with pytest.raises(UsageError, match="cannot read the results"):
        jsonl.read(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="cannot write the results"):
        report().to_jsonl(tmp_path / "none" / "run.jsonl")


def test_every_requirement_can_be_explained() -> None:
    """A failure of any requirement makes a message with its statement."""
    empty = [
        slug
        for slug, entry in CATALOGUE.items()
        if entry.statement.split()[0]
        not in failure(Result(slug, entry.level, "fail", blame="loader"), 88)
    ]

    assert [] == empty
