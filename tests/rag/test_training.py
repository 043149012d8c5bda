"""What the reader is trained on, and the training itself, for a few steps."""

import json
import random
from pathlib import Path

import pytest

from index.default_model import default_model_folder
from index.folding import fold
from rag.reader import Reader
from rag.train import mine, train
from rag.training_data import QuestionSet, epoch, held_out, read_squad, to_cantonese

PARAGRAPHS = {
    "甲校": "甲校在1950年成立，校長是王小明，現有學生五百名。學校包括小學部、中學部和夜校。",
    "乙校": "乙校在1962年成立，校長是陳大文，現有學生八百名。因為校舍太舊，學校明年搬遷。",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three articles (the first is kept out), each of two paragraphs, in SQuAD 2.0's form."""
    articles = []
    for number in range(3):
        paragraphs = []
        for name, text in PARAGRAPHS.items():
            answer = text[text.index("校長是") + 3 :][:3]
            right = {"text": answer, "answer_start": text.index(answer)}
            paragraphs.append(
                {
                    "heading": name,
                    "context": text,
                    "qas": [
                        {"id": f"{number}{name}a", "question": f"{name}的校長是谁？", "answers": [right]},
                        {"id": f"{number}{name}b", "question": f"{name}有多少名教師？", "answers": [], "is_impossible": True},
                    ],
                }
            )  # fmt: skip
        articles.append({"title": "學校", "paragraphs": paragraphs})
    path = tmp_path / "schools.json"
    path.write_text(json.dumps({"data": articles}), "utf-8")
    return path


def test_reading_squad_keeps_impossible_questions_and_headings(file: Path) -> None:
    data = read_squad(file)
    assert [p.heading for p in data.paragraphs[:2]] == list(PARAGRAPHS)
    assert [bool(q.answers) for q in data.questions[:2]] == [True, False]
    assert [held_out(p.article) for p in data.paragraphs] == [True] * 2 + [False] * 4


def test_hard_negatives_are_of_the_same_file_and_never_the_question_s_own(file: Path) -> None:
    data = read_squad(file)
    mined = mine(data, random.Random(1))
    for question, hard in zip(data.questions, mined, strict=True):
        assert hard and question.paragraph not in hard


def test_every_example_is_true(file: Path) -> None:
    """A stretch is where it is said to be; what has none holds no acceptable answer."""
    data = read_squad(file)
    hard = mine(data, random.Random(1))
    answers = {q.text: [data.paragraphs[q.paragraph].text[a:b] for a, b in q.answers]
               for q in data.questions}  # fmt: skip
    seen = set()
    for seed in range(60):
        for example in epoch(data, hard, random.Random(seed)):
            seen.add(example.answer is None)
            if example.answer is not None:
                start, end = example.answer
                assert example.text[start:end] == example.text[start:end].strip(" 。，") != ""
                wanted = answers.get(example.question)
                assert not wanted or example.text[start:end] in wanted
            elif example.question in answers:
                folded = fold(example.text)
                assert not any(fold(a) in folded for a in answers[example.question])
    assert seen == {True, False}


def test_cantonese_replaces_the_words_that_tell_it_apart() -> None:
    assert to_cantonese("這是什麼？", random.Random(0)) in {
        f"呢系{what}?" for what in ("咩", "乜嘢", "乜")
    }


def test_training_goes_on_from_its_checkpoint_and_the_reader_loads_it(
    file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = {"batch_size": 4, "rate": 1e-4, "seed": 1, "save_every": 1, "keep_out": True}
    train([str(file)], out, steps=1, **arguments)  # type: ignore[arg-type]
    train([str(file)], out, steps=2, **arguments)  # type: ignore[arg-type]
    steps = [json.loads(line)["step"] for line in (out / "log.jsonl").read_text().splitlines()]
    assert steps == [1, 2]
    reader = Reader(default_model_folder(), out / "reader.safetensors")
    text = PARAGRAPHS["甲校"]
    span = reader.read("誰是校長？", [("", text)])[0][0]
    assert text[span.start : span.end]


INVENTED = Path(__file__).resolve().parents[2] / "rag" / "training"


@pytest.mark.parametrize(
    ("name", "least"), [("news", 10_000), ("encyclopaedia", 3_000), ("english", 1_500)]
)
def test_answers_of_the_invented_documents_are_verbatim(name: str, least: int) -> None:
    file = INVENTED / f"{name}.json"
    stored = json.loads(file.read_text("utf-8"))
    count = 0
    for article in stored["data"]:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                count += 1
                assert asked["is_impossible"] == (not asked["answers"])
                for answer in asked["answers"]:
                    start = answer["answer_start"]
                    end = start + len(answer["text"])
                    assert paragraph["context"][start:end] == answer["text"] != ""
    assert len(read_squad(file).questions) == count > least


def test_no_invented_document_is_of_the_seeds() -> None:
    """None copies a line of the article that is asked about, or a question that is scored."""
    root = INVENTED.parents[1]
    text = "".join(file.read_text("utf-8") for file in INVENTED.glob("*.json"))
    lines = "".join(f.read_text("utf-8") for f in (root / "seeds").glob("*.txt")).splitlines()
    assert not [line for line in lines if len(line) >= 12 and line in text]
    asked = (root / "eval" / "questions.jsonl").read_text("utf-8").splitlines()
    assert not [q for q in (json.loads(line)["question"] for line in asked) if f'"{q}"' in text]


def test_an_empty_set_has_no_epoch() -> None:
    assert list(epoch(QuestionSet((), ()), [], random.Random(0))) == []
