"""The command: ``python -m eval run | compare | squad | check | bench | feedback``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from eval.errors import EvalError, UsageError
from eval.questions import DEFAULT_FILE, SPLITS
from index.errors import ProjectError
from index.terminal import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eval.engine import Engine
    from index.sections import Document

OUT = Path(".build") / "eval"


class _Parser(argparse.ArgumentParser):
    """One line on standard error for wrong use, as DESIGN.md has it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m eval",
        description="Measure the answers: see eval/README.md.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run", help="score the question set", description="Ask the question set, and score it."
    )
    run.add_argument(
        "--questions",
        type=Path,
        default=DEFAULT_FILE,
        metavar="FILE",
        help="the question file (default: the seed article's)",
    )
    run.add_argument(
        "--split",
        choices=(*SPLITS, "all"),
        default="score",
        help="which questions (default: score)",
    )
    run.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="METRIC=VALUE",
        help="exit 1 when the metric (from 0 to 1) is lower; METRIC:CELL=VALUE for "
        "one language or kind; may be given several times",
    )
    run.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help=f"where results.json and report.html go (default: {OUT}/run-SPLIT)",
    )

    compare = commands.add_parser(
        "compare",
        help="what changed from one run to another, and whether it means anything",
        description="Compare two runs over the questions that both asked.",
    )
    for name in ("a", "b"):
        compare.add_argument(
            name,
            type=Path,
            metavar=name.upper(),
            help="a results.json, or the folder that holds it",
        )

    squad = commands.add_parser(
        "squad",
        help="score SQuAD-format files, open-domain",
        description="Index every paragraph of each file, ask its questions against all of them.",
    )
    squad.add_argument("files", nargs="+", type=Path, metavar="FILE")
    squad.add_argument(
        "--predictions",
        type=Path,
        metavar="OUT.json",
        help="write {question id: answer} as the official scripts read it",
    )
    squad.add_argument(
        "--questions-from",
        type=Path,
        metavar="OTHER_FILE",
        help="take the wording of each question from this file, by its id",
    )
    squad.add_argument(
        "--titles",
        type=Path,
        metavar="FILE",
        help="ask only about the articles of these titles, one a line; all "
        "paragraphs are indexed all the same",
    )
    squad.add_argument(
        "--by-article",
        action="store_true",
        help="ask each article's questions of that article alone, as a document whose sections "
        "are its paragraphs",
    )
    squad.add_argument(
        "--limit", type=_count, metavar="N", help="ask N questions of each file, spread evenly"
    )
    squad.add_argument(
        "--ablation",
        action="store_true",
        help="ask the baseline and each stage alone as well (slower)",
    )
    squad.add_argument(
        "--out",
        type=Path,
        default=OUT / "squad",
        metavar="DIR",
        help=f"where the results go, a folder a file (default: {OUT}/squad)",
    )

    check = commands.add_parser(
        "check",
        help="find the faults of a question file",
        description="Check a question file against its form and against the documents.",
    )
    check.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=DEFAULT_FILE,
        metavar="FILE",
        help="the question file (default: the seed article's)",
    )

    bench = commands.add_parser(
        "bench",
        help="speed and memory, beside peers",
        description="Measure speed, memory and size, in one run beside the peers installed.",
    )
    bench.add_argument(
        "--limit",
        type=_count,
        default=40,
        metavar="N",
        help="ask N questions of the score split, spread evenly (default: 40)",
    )
    bench.add_argument(
        "--sizes",
        type=_count,
        nargs="+",
        metavar="N",
        help="search among so many passages (default: 1000 100000 1000000)",
    )
    bench.add_argument(
        "--out",
        type=Path,
        default=OUT / "bench",
        metavar="DIR",
        help=f"where results.json and the plots go (default: {OUT}/bench)",
    )

    feedback = commands.add_parser(
        "feedback",
        help="what visitors thought of answers, as candidates for the question set",
        description="Export the chat's feedback in the question file's form; what only a person "
        "can tell is left empty, and `check` names it.",
    )
    feedback.add_argument(
        "--feedback",
        type=Path,
        metavar="FILE",
        help="the chat's file of feedback (default: QA_FEEDBACK_FILE)",
    )
    feedback.add_argument(
        "--questions",
        type=Path,
        default=DEFAULT_FILE,
        metavar="FILE",
        help="what this question file asks already is left out (default: the seed article's)",
    )
    feedback.add_argument(
        "--out",
        type=Path,
        default=OUT / "feedback.jsonl",
        metavar="FILE",
        help=f"where the candidates go (default: {OUT}/feedback.jsonl)",
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"takes a number from 1 up, and not {text!r}")
    return int(text)


def _run(arguments: argparse.Namespace) -> int:
    from eval import report, tables
    from eval.engine import open_engine
    from eval.questions import load_questions
    from eval.run import Gate, run, write_json, write_text
    from eval.scores import DESCRIPTIONS, LOW_IS_GOOD

    gates = [Gate(text) for text in arguments.fail_under]
    for gate in gates:
        gate.known_to([name for name in DESCRIPTIONS if name not in LOW_IS_GOOD])
    questions, digest = load_questions(arguments.questions, arguments.split)
    out = arguments.out or OUT / f"run-{arguments.split}"
    source = {"file": arguments.questions.name, "sha256": digest, "split": arguments.split}
    results = run(open_engine(), questions, source, out)
    files = [out / "results.json", out / "report.html"]
    write_json(files[0], results)
    write_text(files[1], report.render(results))
    tables.print_run(results, files)
    short = [text for gate in gates if (text := gate.shortfall(results))]
    if short:
        raise EvalError(f"Fell short: {'; '.join(short)}.")
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from eval import tables
    from eval.compare import compare, load_results

    comparison = compare(load_results(arguments.a), load_results(arguments.b))
    tables.print_comparison(comparison, (str(arguments.a), str(arguments.b)))
    return 0


def _squad(arguments: argparse.Namespace) -> int:
    from eval import squad, tables
    from eval.engine import engine_over
    from eval.run import write_json

    files = [squad.read_squad(path, arguments.by_article) for path in arguments.files]
    if len({path.stem for path in arguments.files}) < len(files):
        raise UsageError("Two of the files have the same name: their results would collide.")
    other = arguments.questions_from and squad.read_squad(arguments.questions_from)
    titles = arguments.titles and squad.read_titles(arguments.titles, files)
    asked = [squad.chosen(file, other, titles, arguments.limit) for file in files]
    ids = [one.id for questions in asked for one in questions]
    if arguments.predictions and len(set(ids)) < len(ids):
        raise UsageError("--predictions: two of the files share question ids; ask them apart.")
    done = []
    engine: Engine | None = None

    def open_engine(documents: Sequence[Document]) -> Engine:
        nonlocal engine
        engine = engine_over(documents, engine)  # the models are loaded once
        return engine

    for file, questions in zip(files, asked, strict=True):
        out = arguments.out / file.path.stem
        source = squad.selection(file, questions, other, arguments.by_article)
        results = squad.run_squad(open_engine, file, questions, source, out, arguments.ablation)
        write_json(out / "results.json", results)
        tables.print_squad(results, out / "results.json")
        done.append(results)
    if arguments.predictions:
        write_json(arguments.predictions, squad.predictions(done))
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from eval import tables
    from eval.check import balance, faults_against, remarks
    from eval.questions import read_questions
    from eval.statistics import SMALL
    from index.documents import read_documents
    from index.settings import IndexSettings

    file = read_questions(arguments.file)
    questions = [question for _, question in file.questions]
    documents = read_documents(IndexSettings().seeds)
    faults = faults_against(file, [section for one in documents for section in one.sections])
    tables.print_balance(balance(questions))
    for remark in remarks(questions, SMALL):
        print(shown(f"remark: {remark}"))
    for fault in faults:
        print(shown(f"{arguments.file}:{fault.line}: {fault.reason}"))
    if faults:
        raise EvalError(f"{arguments.file} has {len(faults)} fault(s).")
    print(f"{arguments.file}: {len(questions)} questions, no fault.")
    return 0


def _bench(arguments: argparse.Namespace) -> int:
    from eval.bench import report
    from eval.bench.run import SIZES, bench, spread
    from eval.questions import load_questions
    from eval.run import write_json

    questions, _ = load_questions(DEFAULT_FILE, "score")
    file = arguments.out / "results.json"
    chosen = spread(questions, arguments.limit)
    results = bench(chosen, arguments.sizes or SIZES, lambda found: write_json(file, found))
    report.print_tables(results)
    for written in (file, *report.draw(results, arguments.out)):
        print(written)
    return 0


def _feedback(arguments: argparse.Namespace) -> int:
    from eval.feedback import candidates, describe
    from eval.questions import load_questions
    from eval.run import write_text
    from web.feedback import FeedbackStore
    from web.settings import load_settings

    path = arguments.feedback or load_settings().feedback_file
    if not path.is_file():
        raise EvalError(
            f"There is no feedback at {path}: name the chat's file with --feedback FILE."
        )
    known, _ = load_questions(arguments.questions, "all")
    found = candidates(FeedbackStore(path), [question.question for question in known])
    lines = [json.dumps(one.line, ensure_ascii=False) for one in found]
    write_text(arguments.out, "".join(f"{line}\n" for line in lines))
    for one in found:
        print(describe(one))
    print(f"{arguments.out}: {len(found)} candidates; fill in what is empty, then check the file.")
    return 0


_COMMANDS = {
    "run": _run,
    "compare": _compare,
    "squad": _squad,
    "check": _check,
    "bench": _bench,
    "feedback": _feedback,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status: 0 done, 1 failed, 2 wrong use."""
    chosen = _parser().parse_args(arguments)
    try:
        return _COMMANDS[chosen.command](chosen)
    except UsageError as error:
        print(shown(str(error)), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: the same command goes on from here.", file=sys.stderr)
        return 1
    except ProjectError as error:
        print(shown(str(error)), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
