"""A failure can be taken elsewhere in a file and seen again, with refloader or without it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from canned_results import HEADER, witness
from loaders_folder import Folder

from refloader import capsule
from refloader.capsule import same
from refloader.contract.ledger import Scenario
from refloader.contract.policy import Policy
from refloader.contract.verdict import Result
from refloader.driving.drivers import Drive
from refloader.errors import UsageError
from refloader.frameworks.feeding import Feeding
from refloader.reporting import jsonl
from refloader.standalone import CLAIMS, script

ZOO = Path(__file__).resolve().parents[2] / "fixtures" / "zoo" / "bad"


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    return Folder(tmp_path, monkeypatch)


def failure(driver="epochs", variant=None, slug="coverage.no-loss", n=3):
    """Return a failed result with its drive."""
    drive = dataclasses.asdict(Drive(driver, Scenario(n, 2), variant))
    return Result(slug, "MUST", "fail", blame="loader", witness=witness("lost"), drive=drive)


def kept(folder, result, **head):
    """Write a result as a capsule and return its path."""
    policy = dataclasses.asdict(Policy.of(samples="arrays"))
    return capsule.write(folder.path, {**HEADER, "policy": policy, **head}, result)


def changed(path, **more):
    """Change what a capsule says."""
    data = json.loads(Path(path).read_text(encoding="utf-8"))
    Path(path).write_text(json.dumps({**data, **more}), encoding="utf-8")
    return path


def test_a_failed_requirement_leaves_a_capsule(folder):
    """The record names the file, the file is all that a replay needs, and nothing else has one."""
    result = folder.run(
        "check", "loaders:make_dropping", "--no-fit", "--only", "coverage.no-loss", "--only",
        "coverage.no-repeat", "--jsonl", "run.jsonl", "--capsules", "new/caps",
    )  # fmt: skip
    lost, repeated = jsonl.read(folder.path / "run.jsonl").results
    read = capsule.read(lost.capsule)

    assert 1 == result.exit_code
    assert ("coverage.no-loss.json", None) == (
        (folder.path / lost.capsule).name,
        repeated.capsule,
    )
    assert ("loaders:make_dropping", "coverage.no-loss", "epochs", None) == (
        read.subject, read.requirement, read.driver, read.variant,
    )  # fmt: skip
    assert (lost.witness.text, lost.witness.scenario) == (read.witness, read.scenario)
    assert "arrays" == read.policy.samples


def test_a_replay_says_whether_it_is_still_so(folder):
    """It is the same with the same loader, and gone with a mended one."""
    path = kept(folder, failure())
    outcomes = []
    for factory in ("make_dropping", "make"):
        changed(
            path, subject=f"loaders:{factory}", witness="sample 2 is never delivered in epoch 0"
        )
        result = folder.run("replay", path)
        outcomes.append((result.output.split(":")[0], result.exit_code))

    assert [("same", 1), ("gone", 0)] == outcomes


def test_a_replay_shows_both_witnesses_and_surroundings(folder):
    """What was seen then stands beside what is seen now."""
    path = kept(folder, failure(), subject="loaders:make_dropping")
    result = folder.run("replay", path)

    assert (
        "different: coverage.no-loss, n=3, batch_size=2 [epochs]\n  then  lost\n" in result.output
    )
    assert "(python 3.11.7, numpy 1.26.4, no Keras)" in result.output
    assert "  now   sample 2 is never delivered in epoch 0\n" in result.output
    assert 1 == result.exit_code


def test_witnesses_are_the_same_apart_from_what_differs_in_every_run():
    """Temporary folders and addresses do not count; samples do."""
    first = (
        "reading raised OSError: /tmp/refloader-a1/samples-0123456789ab/0/c351.png <X at 0x7f01>"
    )
    second = (
        "reading raised OSError: /tmp/refloader-b2/samples-ba9876543210/0/c351.png <X at 0x7f02>"
    )

    assert same(first, second)
    assert not same(first, second.replace("c351", "251a"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"subject": "loaders:maek"}, "did you mean 'make'"),
        ({"requirement": "coverage.no-los"}, "did you mean 'coverage.no-loss'"),
        ({"driver": "epoch"}, "this refloader has no drive 'epoch'"),
        ({"variant": "never"}, "no drive 'epochs' in the variant 'never'"),
        ({"scenario": {"m": 1}}, "is not of this refloader"),
        ({"policy": {"tial": "drop"}}, "the policy has no field 'tial': did you mean 'tail'"),
        ({"capsule": 99}, 'it does not say "capsule": 2'),
    ],
)
def test_what_cannot_be_replayed_exits_with_2(folder, more, said):
    """One message says what this environment, or this refloader, does not have."""
    path = changed(kept(folder, failure(), subject="loaders:make"), **more)
    result = folder.run("replay", path)

    assert said in result.output
    assert 2 == result.exit_code


def test_what_is_no_capsule_exits_with_2(folder):
    """A missing file, one that is no JSON, and one that lacks something are told apart."""
    folder.write("text.json", "{")
    folder.write("short.json", '{"capsule": 2}')
    said = {name: folder.run("replay", name) for name in ("none.json", "text.json", "short.json")}

    assert {2} == {result.exit_code for result in said.values()}
    assert "cannot read the capsule 'none.json'" in said["none.json"].output
    assert "cannot read the capsule 'text.json'" in said["text.json"].output
    assert "short.json lacks refloader, contract, subject" in said["short.json"].output


def test_the_way_of_feeding_a_framework_survives_the_file(folder, monkeypatch):
    """A path of the framework is found again among those that the environment has, or missed."""
    feeding = Feeding("fit", 2, processes=True)
    read = capsule.read(kept(folder, failure("training", feeding)))
    monkeypatch.setattr(
        capsule, "variants", lambda *_: [Feeding("fit", 0, processes=False), feeding]
    )
    found = capsule._variant(read)
    monkeypatch.setattr(capsule, "variants", lambda *_: None)

    assert feeding == found
    with pytest.raises(UsageError, match="no Keras is installed here"):
        capsule._variant(read)


def test_what_a_factory_made_is_elsewhere_in_each_run():
    """Witnesses that name a file in the folder of a factory's own tell the same."""
    first, second = (
        f"reading raised OSError: {folder}/made-{run}/{run}/7.npy"
        for folder, run in (("here/refloader-a1", "0123456789ab"), ("there", "ba9876543210"))
    )

    assert same(first, second)


def test_a_race_in_a_module_that_is_called_is_seen_again(folder, monkeypatch):
    """The modules in which readers were interleaved are in the capsule."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    folder.run(
        "check", "helped_loader:make", "--no-fit", "--only", "workers.thread-safe",
        "--trace", "helping_cursor", "--capsules", "caps",
    )  # fmt: skip
    result = folder.run("replay", "caps/workers.thread-safe.json")

    assert result.output.startswith("same: workers.thread-safe")


def test_a_ready_loader_has_no_capsules(folder):
    """Nothing could build it anew: that is said before anything is judged."""
    (folder.path / "train.py").write_text(
        "import numpy as np\nloader = [(np.zeros((2, 3)), np.zeros(2))]\n", encoding="utf-8"
    )
    result = folder.run("check", "train:loader", "--capsules", "caps")

    assert (2, True) == (result.exit_code, "--capsules needs a factory" in result.output)


def test_capsules_that_cannot_be_written_are_refused_before_anything_is_judged(folder):
    """A file where the folder should be is named."""
    result = folder.run("check", "loaders:make", "--capsules", "loaders.py")

    assert "cannot make the folder of capsules 'loaders.py'" in result.output
    assert 2 == result.exit_code


SHOWN = {
    "coverage.no-loss": ("epochs", "make_dropping", "lost [2]"),
    "protocol.restart": ("iteration", "make_one_shot", "iterating again does not start anew"),
    "purity.repeatable": (
        "rereads",
        "make_counting",
        "batch 0 is another one when read twice in a row",
    ),
    "purity.order-free": ("rereads", "make_counting", "is another one when read backward"),
}


def ran(folder, text):
    """Run a script in the folder, where no refloader can be imported."""
    folder.write("show.py", "import sys\nsys.modules['refloader'] = None\n" + text)
    return subprocess.run(
        [sys.executable, "show.py"],
        cwd=str(folder.path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("slug", list(SHOWN))
def test_a_script_shows_the_failure_without_refloader(folder, slug):
    """It fails with what is wrong for the broken loader, and ends well for a right one."""
    driver, factory, said = SHOWN[slug]
    path = kept(folder, failure(driver, slug=slug), subject=f"loaders.py:{factory}")
    printed = folder.run("replay", path, "--standalone")
    broken = ran(folder, printed.output)
    mended = ran(folder, printed.output.replace(factory, "make"))

    assert (0, 1, 0) == (printed.exit_code, broken.returncode, mended.returncode)
    assert said in broken.stdout
    assert mended.stdout.endswith("nothing is wrong any more\n")


def test_a_script_makes_image_files_where_the_factory_reads_them(folder):
    """Samples are known by their pictures, whatever these were scaled to."""
    policy = dataclasses.asdict(Policy.of(samples="frame"))
    path = kept(folder, failure(n=7), subject="loaders:make_pictures", policy=policy)
    result = ran(folder, script(capsule.read(path)))

    assert "epoch 0: delivered [0, 1, 2, 3, 4, 5]; lost [6]; repeated []" in result.stdout
    assert 1 == result.returncode


@pytest.mark.parametrize(
    ("loader", "declared", "lost"),
    [
        ("remembers_by_file_name", {}, "lost [1, 3]"),
        ("one_suffix", {}, "lost [2, 3]"),
        ("one_suffix", {"formats": "jpeg"}, "lost []"),
    ],
)
def test_a_script_names_its_files_as_the_scenario_and_the_policy_say(
    folder, loader, declared, lost
):
    """Files of the same name in each class's folder, and of the declared formats alone."""
    policy = dataclasses.asdict(Policy.of(samples="image-files", **declared))
    result = failure()
    result.drive["scenario"].update(n=4, same_names=True)
    subject = f"{ZOO / loader}.py:make"
    ended = ran(folder, script(capsule.read(kept(folder, result, subject=subject, policy=policy))))

    assert lost in ended.stdout


def test_a_script_names_its_files_oddly_where_the_scenario_does(folder):
    """The loader that cuts paths at blanks finds none of those that have one."""
    policy = dataclasses.asdict(Policy.of(samples="image-files"))
    result = failure()
    result.drive["scenario"].update(n=4, odd_names=True)
    subject = f"{ZOO / 'lines_split_at_blanks'}.py:make"
    ended = ran(folder, script(capsule.read(kept(folder, result, subject=subject, policy=policy))))

    assert "cannot read" in ended.stdout
    assert 1 == ended.returncode


def test_every_claim_of_a_script_can_be_written(folder):
    """Each script is a whole module of Python."""
    for driver, slug in CLAIMS:
        text = script(capsule.read(kept(folder, failure(driver, slug=slug), subject="a.b:make")))

        assert compile(text, "show.py", "exec")


def test_a_loader_in_a_package_is_imported_by_its_package(folder):
    """The script adds the folder above the outermost package to the path."""
    package = folder.path / "project" / "data"
    package.mkdir(parents=True)
    for place in (package, package.parent):
        (place / "__init__.py").write_text("", encoding="utf-8")
    path = kept(folder, failure(), subject="project/data/build.py:Makers.make")
    text = script(capsule.read(path))

    assert "os.path.abspath('.')" in text
    assert 'importlib.import_module("project.data.build").Makers.make' in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"requirement": "coverage.tail"}, "for coverage.tail under the drive 'epochs'"),
        ({"driver": "threads"}, "for coverage.no-loss under the drive 'threads'"),
        ({"policy": {"kind": "generator"}}, "for a loader of kind 'generator'"),
        ({"policy": {"augment": True}}, "for a loader that augments"),
        ({"policy": {"tail": "pad"}}, "for a loader with tail='pad'"),
        ({"identify": "loaders:ids"}, "for samples that --identify recovers"),
    ],
)
def test_what_has_no_script_yet_exits_with_2(folder, more, said):
    """The message says what it is for which there is none, and for what there is."""
    path = changed(kept(folder, failure(), subject="loaders:make"), **more)
    result = folder.run("replay", path, "--standalone")

    assert f"--standalone is not available yet {said}; it can show coverage.no-" in result.output
    assert 2 == result.exit_code
