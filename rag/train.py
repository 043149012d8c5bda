"""Train the span reader: ``python -m rag.train FILE[:QUESTIONS]… --out FOLDER``.

The recipe, its figures and the data's licences are in rag/TRAINING.md.
"""

import json
import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from peft import LoraConfig, get_peft_model
from peft.helpers import disable_input_dtype_casting
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from index.default_model import default_model_folder, load_tensors
from index.errors import ModelError
from index.network import PAD, measure_ranges
from rag.adapters import add_ranges, merged
from rag.lexical import LexicalIndex
from rag.reader_inputs import ReaderInput, reader_input, reader_tokenizer
from rag.reader_network import SpanNetwork, load_encoder
from rag.training_data import Example, QuestionSet, epoch, held_out, merge, read_squad

RANK, SCALE = 48, 2
LINEAR_LAYERS = ["query", "key", "value", "dense"]
MEASURED = 500  # examples that the activations' ranges are measured on
HARD_NEGATIVES = 12  # passages a question
POOL = 512  # examples that are sorted by length before they are cut into batches

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def trainable_network(model_folder: Path) -> SpanNetwork:
    """The untrained reader: everything of the encoder frozen, adapters in its linear layers.

    The frozen weights are held in bfloat16 and the adapters in float32, and attention is the plain
    product: with short windows a step takes half of the time that it takes with float32 weights,
    which are converted at every product, and with the fused attention.
    """
    encoder = load_encoder(model_folder).bfloat16()
    encoder.set_attn_implementation("eager")
    config = LoraConfig(r=RANK, lora_alpha=RANK * SCALE, target_modules=LINEAR_LAYERS)
    return SpanNetwork(get_peft_model(encoder, config), encoder.config.hidden_size)


def load_adapters(network: SpanNetwork, file: Path) -> None:
    """Put what ``save_adapters`` wrote into a network that is to be trained further."""
    stored = load_file(file)
    network.span.load_state_dict({n: stored[f"span.{n}"] for n in ("weight", "bias")})
    for name, module in _adapted_layers(network):
        module.lora_A["default"].weight.data.copy_(stored[f"{name}.A"])
        module.lora_B["default"].weight.data.copy_(stored[f"{name}.B"])


def _adapted_layers(network: SpanNetwork) -> Iterator[tuple[str, Any]]:
    """The layers that have adapters, by the encoder's own names."""
    for path, module in network.encoder.named_modules():
        if hasattr(module, "lora_A"):
            yield path.removeprefix("base_model.model."), module


def save_adapters(network: SpanNetwork, file: Path, notes: dict[str, str]) -> None:
    """Write what was trained in the form that rag.adapters merges: fp16, safetensors."""
    tensors: dict[str, Tensor] = {
        "span.weight": network.span.weight.detach().clone(),
        "span.bias": network.span.bias.detach().clone(),
    }
    for name, module in _adapted_layers(network):
        tensors[f"{name}.A"] = module.lora_A["default"].weight.detach().half()
        tensors[f"{name}.B"] = module.lora_B["default"].weight.detach().half()
    save_file(tensors, str(file), {"scale": str(SCALE), **notes})


def mine(data: QuestionSet, rng: random.Random) -> list[list[int]]:
    """For each question the paragraphs that are most easily taken for its own.

    Half are of its own article, for there a reader is to tell the sections of one document apart;
    half are those of its file that BM25 ranks highest. Only its own file counts: XQuAD's languages
    say the same, so another language's paragraph may hold the answer.
    """
    lexical = LexicalIndex([p.text for p in data.paragraphs])
    files = np.array([p.article.rsplit("-", 1)[0] for p in data.paragraphs])
    articles: dict[str, list[int]] = {}
    for position, paragraph in enumerate(data.paragraphs):
        articles.setdefault(paragraph.article, []).append(position)
    mined = []
    for question in tqdm(data.questions, "mining"):
        scores = lexical.scores(question.text)
        scores[files != files[question.paragraph]] = 0
        half = HARD_NEGATIVES // 2 + 1  # one more, since its own may be among them
        alike = [p for p in np.argsort(-scores)[:half].tolist() if scores[p] > 0]
        own = articles[data.paragraphs[question.paragraph].article]
        near = rng.sample(own, len(own))[:half]
        chosen = dict.fromkeys([*near, *alike])
        mined.append([p for p in chosen if p != question.paragraph])
    return mined


def target(features: ReaderInput, answer: tuple[int, int] | None) -> tuple[int, int] | None:
    """Positions of the first and last token of the answer; (0, 0) where there is none.

    None where the answer was cut off or its edges fall inside tokens.
    """
    if answer is None:
        return 0, 0
    starts = {a: i for i, (a, b) in enumerate(features.offsets) if a < b}
    ends = {b: i for i, (a, b) in enumerate(features.offsets) if a < b}
    if answer[0] not in starts or answer[1] not in ends:
        return None
    return features.first + starts[answer[0]], features.first + ends[answer[1]]


def batches(
    examples: Iterator[Example], model_folder: Path, size: int, rng: random.Random
) -> Iterator[Batch]:
    """Ids, mask, start and end positions; examples of about one length together."""
    tokenizer = reader_tokenizer(model_folder)
    pool: list[tuple[ReaderInput, tuple[int, int]]] = []

    def drain() -> Iterator[Batch]:
        pool.sort(key=lambda item: len(item[0].ids))
        cuts = list(range(0, len(pool) - size + 1, size))
        for cut in rng.sample(cuts, len(cuts)):
            part = pool[cut : cut + size]
            # Few different widths: for each one the matrix products are compiled anew.
            width = -(-len(part[-1][0].ids) // 32) * 32
            ids = torch.full((len(part), width), PAD)
            for row, (features, _) in zip(ids, part, strict=True):
                row[: len(features.ids)] = torch.tensor(features.ids)
            starts, ends = torch.tensor([positions for _, positions in part]).unbind(1)
            yield ids, (ids != PAD).long(), starts, ends
        pool.clear()

    for example in examples:
        features = reader_input(tokenizer, example.question, example.heading, example.text)
        positions = target(features, example.answer)
        if positions is not None:
            pool.append((features, positions))
        if len(pool) == POOL:
            yield from drain()
    yield from drain()


def loss(network: SpanNetwork, batch: Batch) -> Tensor:
    """Mean cross-entropy of the start and the end position."""
    ids, mask, starts, ends = batch
    start, end = network(ids, mask)
    blank = mask == 0
    start, end = start.masked_fill(blank, -1e4), end.masked_fill(blank, -1e4)
    return (cross_entropy(start, starts) + cross_entropy(end, ends)) / 2


def main(
    files: Annotated[list[str], typer.Argument(help="SQuAD-format files, FILE or FILE:QUESTIONS.")],
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint, the log and the result.")],
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = 2500,
    batch_size: Annotated[int, typer.Option(help="Examples a step.")] = 16,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 6e-4,
    seed: int = 13,
    save_every: Annotated[int, typer.Option(help="Steps between checkpoints.")] = 100,
    keep_out: Annotated[bool, typer.Option(help="Keep a tenth of the articles out.")] = True,
    start_from: Annotated[Path | None, typer.Option(help="Adapters to train further.")] = None,
) -> None:
    """Train the span reader; started again with the same folder, go on from its checkpoint."""
    try:
        train(files, out, steps, batch_size, rate, seed, save_every, keep_out, start_from)
    except (OSError, ModelError, ValueError, KeyError) as error:
        typer.echo(f"Training stopped: {error}", err=True)
        raise typer.Exit(1) from error


def train(
    files: Sequence[str],
    out: Path,
    steps: int,
    batch_size: int,
    rate: float,
    seed: int,
    save_every: int,
    keep_out: bool,
    start_from: Path | None = None,
) -> None:
    model_folder = default_model_folder()
    out.mkdir(parents=True, exist_ok=True)
    everything = merge([read_squad(*map(Path, name.split(":"))) for name in files])
    kept = tuple(
        q
        for q in everything.questions
        if not (keep_out and held_out(everything.paragraphs[q.paragraph].article))
    )
    data = QuestionSet(everything.paragraphs, kept)
    hard = mine(data, random.Random(seed))

    torch.manual_seed(seed)
    network = trainable_network(model_folder).train()
    if start_from is not None:
        load_adapters(network, start_from)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01)
    # Warm up over 6% of the steps, then down to nothing in a straight line.
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(step / (0.06 * steps), (steps - step) / (0.94 * steps))
    )
    done, round_ = 0, 0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        for parameter, saved in zip(trained, state["parameters"], strict=True):
            parameter.data.copy_(saved)
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        done, round_ = state["done"], state["round"] + 1
    progress = tqdm(total=steps, initial=done, desc="training", unit="step")
    average = None
    with (out / "log.jsonl").open("a") as log:
        while done < steps:
            rng = random.Random(seed * 1000 + round_)
            for batch in batches(epoch(data, hard, rng), model_folder, batch_size, rng):
                with torch.autocast("cpu", torch.bfloat16), disable_input_dtype_casting(network):
                    value = loss(network, batch)
                value.backward()
                nn.utils.clip_grad_norm_(trained, 1.0)
                optimiser.step()
                schedule.step()
                optimiser.zero_grad()
                done += 1
                average = value.item() if average is None else 0.98 * average + 0.02 * value.item()
                progress.update()
                progress.set_postfix(loss=f"{average:.3f}")
                if done % save_every == 0 or done == steps:
                    print(json.dumps({"step": done, "epoch": round_, "loss": average}), file=log)
                    log.flush()
                    torch.save(
                        {
                            "parameters": [p.data for p in trained],
                            "optimiser": optimiser.state_dict(),
                            "schedule": schedule.state_dict(),
                            "done": done,
                            "round": round_,
                        },
                        checkpoint.with_suffix(".part"),
                    )
                    checkpoint.with_suffix(".part").replace(checkpoint)
                    save_adapters(network, out / "reader.safetensors", {"steps": str(done)})
                if done == steps:
                    break
            round_ += 1
    shown = epoch(data, hard, random.Random(seed))
    add_ranges(out / "reader.safetensors", _ranges(out / "reader.safetensors", model_folder, shown))


def _ranges(
    adapters: Path, model_folder: Path, examples: Iterator[Example]
) -> dict[str, np.ndarray]:
    """How far the activations of the trained reader reach, which serving it in int8 needs."""
    tokenizer = reader_tokenizer(model_folder)
    encoder, config = load_tensors(model_folder)
    rows = (
        reader_input(tokenizer, e.question, e.heading, e.text).ids
        for e in tqdm(islice(examples, MEASURED), "measuring", MEASURED)
    )
    return measure_ranges(merged(encoder, adapters).tensors, config, rows)


if __name__ == "__main__":
    typer.run(main)
