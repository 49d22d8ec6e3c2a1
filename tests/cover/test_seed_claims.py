"""What the record says of the claims of the note that refloader grew from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from refloader.record.catalogue import FACTS
from refloader.record.comparing import answer_words
from refloader.record.store import in_order, read_all

FOLDER = Path(__file__).parents[2] / "fixtures" / "facts"
HEAD = "| claim | fact | answer | seen in |"


def claims():
    """Return the rows of the README's table as (claim, fact, setting, answer, where)."""
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    rows = lines[lines.index(HEAD) + 2 :]
    cells = [row.strip("| ").split(" | ") for row in rows[: rows.index("")]]
    return [
        (claim, *fact.replace("`", "").split(", "), answer.strip("`"), where)
        for claim, fact, answer, where in cells
    ]


def engine(record):
    """Return an environment's name up to its backend, such as keras2.0.4 or tf2.15.1."""
    return record.environment.partition("-")[0]


def where_seen(fact, setting, phrase):
    """Return in words where an answer with this phrase was seen, as the table has it."""
    records = in_order(read_all(FOLDER))
    seen = {
        record.environment
        for record in records
        for answer in record.answers[fact][setting].answers
        if phrase in answer_words(answer)
    }
    told = []
    for name in dict.fromkeys(map(engine, records)):
        kin = [record.environment for record in records if engine(record) == name]
        told += [name] if seen.issuperset(kin) else [one for one in kin if one in seen]
    return ", ".join(told)


@pytest.mark.parametrize(
    ("claim", "fact", "setting", "phrase", "where"), claims(), ids=lambda cell: cell[:40]
)
def test_a_claim_holds_where_the_table_says(claim, fact, setting, phrase, where):
    """Each row names exactly the environments in whose record the answer stands."""
    assert claim
    assert fact in FACTS
    assert where_seen(fact, setting, phrase) == where


def test_the_three_claims_are_in_the_table():
    """The error by its name, the copies, and the cure: none of them may get lost."""
    facts = {fact for _, fact, *_ in claims()}

    assert {"generator.pickling-error", "generator.processes-copy", "sequence.spawn"} <= facts


def test_the_error_of_the_note_is_on_record_by_its_name_and_words():
    """It is raised by the first Keras, and by no other, in exactly the words of the note."""
    words = "PicklingError: Can't pickle <function generator_queue.<locals>.data_generator_task at"

    assert "keras1.1.2" == where_seen("generator.pickling-error", "spawn", words)
    assert json.dumps(words)[1:-1] in (FOLDER / "keras1.1.2-tf1.15.0-py3.7.json").read_text(
        encoding="utf-8"
    )
