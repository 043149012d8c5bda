"""The commands from end to end, over the stand-in engine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from tests.eval.conftest import QUESTIONS, FakeEngine, question, write_lines


def run(question_file: Path, out: Path, *other: str) -> int:
    return main(
        ["run", "--questions", str(question_file), "--split", "all", "--out", str(out), *other]
    )


def results(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "results.json").read_text())
    return found


def without_times(found: dict[str, Any]) -> dict[str, Any]:
    del found["latency"]
    for record in found["records"]:
        del record["seconds"]
    return found


def test_run_scores_each_question(
    engine: FakeEngine, question_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(question_file, tmp_path / "out") == 0
    found = results(tmp_path / "out")
    right = {record["id"]: record["right"] for record in found["records"]}
    # q3's acceptable strings are wrong, q5 shares words with a section, q6 shares none.
    expected = {"q1": True, "q2": True, "q3": False, "q4": True, "q5": False, "q6": False}
    assert right == expected
    figures = found["figures"]["all"]["all"]
    assert figures["answer"]["value"] == pytest.approx(2 / 4)
    assert figures["abstention_recall"]["value"] == pytest.approx(1 / 2)
    assert figures["near_miss_recall"]["value"] == 0.0
    assert figures["refused_answerable"]["value"] == pytest.approx(1 / 4)
    assert figures["answer"]["small"]
    assert list(found["ablation"]) == ["bm25", "dense", "+ lexical", "+ late", "+ read"]
    assert "citation_first" in capsys.readouterr().out


def test_run_twice_is_the_same(engine: FakeEngine, question_file: Path, tmp_path: Path) -> None:
    assert run(question_file, tmp_path / "one") == run(question_file, tmp_path / "two") == 0
    one, two = (results(tmp_path / name) for name in ("one", "two"))
    assert without_times(one) == without_times(two)
    assert not (tmp_path / "one" / "journal.jsonl").exists()


def test_an_interrupted_run_goes_on(
    engine: FakeEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = [question(one) for one in QUESTIONS]
    values[3]["question"] = "boom"
    file = write_lines(tmp_path / "q.jsonl", values)
    assert run(file, tmp_path / "out") == 1
    assert "goes on from here" in capsys.readouterr().err
    journal = tmp_path / "out" / "journal.jsonl"
    # A line cut short in the middle, as a kill leaves it.
    journal.write_text(journal.read_text() + '{"id": "q4", "sa')
    text = journal.read_text()
    before = len(engine.asked)
    assert run(file, tmp_path / "out") == 1
    # The first three are not asked again, and the cut line is gone.
    assert engine.asked[before:] == ["boom"]
    assert journal.read_text() == text[: text.rindex('{"id": "q4"')]


def test_a_changed_file_begins_anew(engine: FakeEngine, tmp_path: Path) -> None:
    values = [question(one) for one in QUESTIONS]
    values[3]["question"] = "boom"
    assert run(write_lines(tmp_path / "q.jsonl", values), tmp_path / "out") == 1
    values[3]["question"] = "鯨魚？"
    before = len(engine.asked)
    assert run(write_lines(tmp_path / "q.jsonl", values), tmp_path / "out") == 0
    assert any("fund" in asked for asked in engine.asked[before:])


def test_a_question_that_the_engine_refuses_is_wrong_and_named(
    engine: FakeEngine, tmp_path: Path
) -> None:
    values = [question(QUESTIONS[0]) | {"question": "refuse me"}]
    assert run(write_lines(tmp_path / "q.jsonl", values), tmp_path / "out") == 0
    record = results(tmp_path / "out")["records"][0]
    assert (record["right"], record["error"]) == (False, "The question is refused.")


def test_the_report_escapes_and_puts_the_wrong_first(
    engine: FakeEngine, question_file: Path, tmp_path: Path
) -> None:
    assert run(question_file, tmp_path) == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>has</b>" not in page
    assert page.index('data-outcome="wrong"') < page.index('data-outcome="right"')
    assert 'data-outcome="wrong"' not in page[page.index('data-outcome="right"') :]
    # Self-contained: nothing is fetched.
    assert "src=" not in page.replace("default-src", "").replace("-src ", "")
    assert "<link" not in page
    assert page.count("<svg") == 6
    assert "var(--ink)" in page and "#1f2933" in page  # the plots follow the page's colours
    # Where a stage found the right section, and the answer within its quote.
    assert '<span class="hit good">§0✓' in page
    assert "<mark>310萬</mark> users" in page
    assert results(tmp_path)["causes"]["answered without grounds"] == 1


def test_the_gate(
    engine: FakeEngine, question_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(question_file, tmp_path, "--fail-under", "answer=0.5") == 0
    capsys.readouterr()
    wanted = ("answer=0.6", "answer:en=0.9", "answer:yue=0.5", "answer:who=0")
    flags = [part for text in wanted for part in ("--fail-under", text)]
    assert run(question_file, tmp_path, *flags) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Fell short: answer is 0.5000, under 0.6; answer:yue is 0.0000, under 0.5; "
        "answer:who is not defined here, under 0."
    )


@pytest.mark.parametrize(
    "gate", ["answer", "answer=x", "answer=nan", "answer=2", "nothing=0.5", "ece=0.1"]
)
def test_a_gate_that_makes_no_sense_is_wrong_use(
    engine: FakeEngine, question_file: Path, tmp_path: Path, gate: str
) -> None:
    assert run(question_file, tmp_path, "--fail-under", gate) == 2
    assert engine.asked == []


def test_compare(
    engine: FakeEngine, question_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(question_file, tmp_path / "a") == 0
    changed = results(tmp_path / "a")
    record = changed["records"][2]
    record["scores"]["answer"] = 1.0
    record["right"] = True
    record["answer"]["answer"] = "[bold]2025年"
    lost = changed["records"][3]
    assert lost["scores"] == {"abstention_recall": 1.0}
    lost["scores"]["abstention_recall"] = 0.0
    lost["right"] = False
    (tmp_path / "b.json").write_text(json.dumps(changed))
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b.json")]) == 0
    out = capsys.readouterr().out
    assert "answer 0.00 → 1.00" in out
    assert "[bold]2025年" in out
    assert "no difference shown" in out
    # What was lost stands before what was won.
    assert out.index("abstention_recall 1.00 → 0.00") < out.index("answer 0.00 → 1.00")
    rows = {
        line.split("│")[1].strip(): line.split("│")[2:4] for line in out.splitlines() if "│" in line
    }
    # As `run` has them: of the answerable questions, and of the unanswerable ones.
    assert [cell.strip() for cell in rows["answer"]] == ["50.0", "75.0"]
    assert [cell.strip() for cell in rows["abstention_recall"]] == ["50.0", "0.0"]
    assert [cell.strip() for cell in rows["right"]] == ["50.0", "50.0"]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "a")]) == 0
    assert "No question has another answer" in capsys.readouterr().out


def test_compare_refuses_what_does_not_fit(
    engine: FakeEngine, question_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(question_file, tmp_path) == 0
    other = results(tmp_path)
    other["records"][0]["text"] = "Something else?"
    (tmp_path / "other.json").write_text(json.dumps(other))
    (tmp_path / "none.json").write_text("{}")
    for name, reason in (
        ("other.json", "'q1' is not the same"),
        ("none.json", "not a results file"),
        ("missing.json", "cannot be read"),
    ):
        assert main(["compare", str(tmp_path), str(tmp_path / name)]) == 1
        assert reason in capsys.readouterr().err


# ---- squad -------------------------------------------------------------------------------------


def squad_file(path: Path, title: str, *paragraphs: tuple[str, str, str, str]) -> Path:
    """Each paragraph with one question: context, id, question, answer."""
    data = [
        {
            "title": f"{title} {number}",
            "paragraphs": [
                {
                    "context": context,
                    "qas": [
                        {"id": name, "question": text,
                         "answers": [{"text": answer, "answer_start": 0}]}
                    ],
                }
            ],
        }
        for number, (context, name, text, answer) in enumerate(paragraphs, 1)
    ]  # fmt: skip
    path.write_text(json.dumps({"version": "1.1", "data": data}))
    return path


PARAGRAPHS = (
    ("The tower is 30 metres high.", "a", "How high is the tower?", "30 metres"),
    ("The river is 12 miles long.", "b", "How long is the river?", "12"),
    ("The city has 5 gates.", "c", "Was ist das?", "5"),
)


def test_squad(engine: FakeEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = squad_file(tmp_path / "set.json", "T", *PARAGRAPHS)
    predictions = tmp_path / "p.json"
    out = ["--out", str(tmp_path / "out"), "--predictions", str(predictions), "--ablation"]
    assert main(["squad", str(file), *out]) == 0
    assert json.loads(predictions.read_text()) == {"a": "30", "b": "12", "c": ""}
    found = results(tmp_path / "out" / "set")
    reading = {name: cell["squad_f1"]["value"] for name, cell in found["reading"].items()}
    # "30" against "30 metres": P = 1, R = 1/2, F1 = 2/3; c is refused, and its best section is
    # the first, so that never abstaining gives "30" for it.
    assert reading["end to end"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert reading["never abstaining"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert reading["right paragraph given"] == pytest.approx((2 / 3 + 1 + 1) / 3)
    figures = found["figures"]["all"]["all"]
    assert figures["refused_answerable"]["value"] == pytest.approx(1 / 3)
    # "30" does not contain "30 metres".
    assert figures["answer"]["value"] == pytest.approx(1 / 3)
    assert figures["abstention_recall"]["value"] is None
    assert found["ablation"]["+ read"]["recall@1"]["value"] == pytest.approx(2 / 3)
    assert found["ablation"]["bm25"]["recall@1"]["value"] == pytest.approx(2 / 3)
    assert "end to end, refusals too" not in found["reading"]
    assert not found["chinese"]
    out = capsys.readouterr().out
    assert "right paragraph given" in out
    assert "By language" not in out
    assert main(["compare", *[str(tmp_path / "out" / "set")] * 2]) == 0


def test_squad_of_version_2(
    engine: FakeEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked(name: str, text: str, language: str, kind: str, *answers: str) -> dict[str, Any]:
        return {
            "id": name, "question": text, "language": language, "kind": kind,
            "answers": [{"text": answer, "answer_start": 0} for answer in answers],
            "is_impossible": not answers,
        }  # fmt: skip

    data = [
        {"title": "Towers", "paragraphs": [
            {"section": 0, "heading": "North", "context": "The tower is 30 metres high.", "qas": [
                asked("a", "How high is the tower?", "en", "number", "30"),
                asked("b", "Was ist das?", "de", "what", "30"),
            ]},
            {"section": 7, "heading": "South", "context": "The other tower opened in 1990.", "qas": [
                asked("c", "Who built the other tower?", "en", "unanswerable"),
                asked("d", "Wer?", "[/de]", "unanswerable"),
            ]},
        ]},
        {"title": "Rivers", "paragraphs": [
            {"context": "The river by the tower is 12 miles long.", "qas": [
                asked("e", "How long is the river?", "en", "number", "12"),
            ]},
        ]},
    ]  # fmt: skip
    file = tmp_path / "two.json"
    file.write_text(json.dumps({"version": "v2.0", "data": data}))
    predictions = tmp_path / "p.json"
    flags = ["--by-article", "--out", str(tmp_path), "--predictions", str(predictions)]
    assert main(["squad", str(file), *flags]) == 0
    assert json.loads(predictions.read_text()) == {
        "a": "30",
        "b": "",
        "c": "1990",
        "d": "",
        "e": "12",
    }
    found = results(tmp_path / "two")
    reading = {name: cell["squad_f1"]["value"] for name, cell in found["reading"].items()}
    # Of the three answerable ones b is refused; with the other two c is answered and d refused.
    assert reading["end to end"] == pytest.approx(2 / 3)
    assert reading["right paragraph given"] == 1.0
    assert reading["end to end, refusals too"] == pytest.approx(3 / 5)
    figures = found["figures"]["all"]["all"]
    assert figures["answer"]["value"] == pytest.approx(2 / 3)
    assert figures["refused_answerable"]["value"] == pytest.approx(1 / 3)
    assert figures["abstention_recall"]["value"] == pytest.approx(1 / 2)
    assert figures["abstention_precision"]["value"] == pytest.approx(1 / 2)
    by_language = found["reading_cells"]["language"]
    assert by_language["en"]["squad_f1"] == {**by_language["en"]["squad_f1"], "value": 1.0, "n": 2}
    assert by_language["de"]["squad_f1"]["value"] == 0.0
    assert list(found["figures"]["kind"]) == ["number", "what", "unanswerable"]
    citations = {r["id"]: r["answer"]["citations"] for r in found["records"]}
    # Each article alone, its sections by their own numbers and headings.
    assert {(c["document"], c["section"]) for c in citations["e"]} == {("00001", 1)}
    assert citations["c"][0]["section"] == 7
    assert citations["c"][0]["heading"] == "South"
    out = capsys.readouterr().out
    assert "By language" in out
    assert "[/de]" in out  # no markup
    # Against the whole file each paragraph is a document.
    assert main(["squad", str(file), "--out", str(tmp_path / "file")]) == 0
    assert results(tmp_path / "file" / "two")["records"][4]["facts"][0]["document"] == "00002"

    data[0]["paragraphs"][1]["section"] = 0  # type: ignore[index]
    file.write_text(json.dumps({"data": data}))
    assert main(["squad", str(file), "--by-article", "--out", str(tmp_path)]) == 1
    assert "two sections of the article 'Towers' have one number" in capsys.readouterr().err


def test_an_interrupted_set_goes_on(engine: FakeEngine, tmp_path: Path) -> None:
    file = squad_file(tmp_path / "set.json", "T", *PARAGRAPHS)
    broken = squad_file(tmp_path / "stop.json", "T", *PARAGRAPHS[:2], ("x", "c", "boom", "5"))
    for flags in ([], ["--by-article"]):
        arguments = ["squad", str(broken), "--out", str(tmp_path / "out"), *flags]
        assert main(arguments) == 1
        before = len(engine.asked)
        assert main(arguments) == 1
        assert engine.asked[before:] == ["boom"]
    assert main(["squad", str(file), "--out", str(tmp_path / "out")]) == 0


def test_squad_asks_what_is_chosen(engine: FakeEngine, tmp_path: Path) -> None:
    file = squad_file(tmp_path / "set.json", "T", *PARAGRAPHS)
    other = squad_file(
        tmp_path / "other.json", "O",
        *((context, name, f"{text} please", "?") for context, name, text, _ in PARAGRAPHS),
    )  # fmt: skip
    titles = tmp_path / "titles"
    titles.write_text("T 2\nT 3\n")
    flags = ["--titles", str(titles), "--limit", "1", "--questions-from", str(other)]
    assert main(["squad", str(file), "--out", str(tmp_path), *flags]) == 0
    found = results(tmp_path / "set")
    assert [(r["id"], r["text"]) for r in found["records"]] == [
        ("b", "How long is the river? please")
    ]
    assert found["paragraphs"] == 3


def test_squad_refuses_what_does_not_fit(
    engine: FakeEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = squad_file(tmp_path / "set.json", "T", *PARAGRAPHS)
    again = squad_file(tmp_path / "again.json", "T", *PARAGRAPHS)
    short = squad_file(tmp_path / "short.json", "T", *PARAGRAPHS[:1])
    broken = tmp_path / "broken.json"
    broken.write_text("[]")
    (tmp_path / "titles").write_text("Nobody\n")
    for arguments, status, reason in (
        ([broken], 1, "not in SQuAD's format"),
        ([tmp_path / "missing.json"], 1, "cannot be read"),
        ([file, "--questions-from", short], 1, "lacks 2 of the question ids"),
        ([file, "--titles", tmp_path / "titles"], 1, "No article has the title 'Nobody'"),
        ([file, again, "--predictions", tmp_path / "p.json"], 2, "share question ids"),
        ([file, file], 2, "the same name"),
    ):
        out = ["--out", str(tmp_path / "out")]
        assert main(["squad", *map(str, arguments), *out]) == status
        error = capsys.readouterr().err
        assert reason in error
        assert len(error.splitlines()) == 1


# ---- check and the face ------------------------------------------------------------------------


def test_check_names_line_and_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_lines(tmp_path / "q.jsonl", [question(QUESTIONS[0]), {"id": 1}])
    assert main(["check", str(file)]) == 1
    streams = capsys.readouterr()
    assert f"{file}:2: lacks the key 'facts'" in streams.out
    assert streams.err.count("\n") == 1
    assert main(["check"]) == 0


@pytest.mark.parametrize(
    "arguments", [[], ["walk"], ["run", "--split", "x"], ["squad", "f", "--limit", "0"]]
)
def test_wrong_use_is_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'torch', 'matplotlib', 'scipy', 'jinja2', 'rich', 'nltk', 'bm25s', 'opencc'}"
    code = (
        "import sys; from eval.__main__ import _parser; _parser().format_help(); "
        f"sys.exit(' '.join({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""
