from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

from index.default_model import default_model_folder
from index.errors import ModelError
from rag.adapters import ADAPTERS
from rag.reader import Reader, _best_spans
from rag.reader_inputs import ReaderInput, reader_input, reader_tokenizer
from rag.reader_network import SpanNetwork, load_encoder


@pytest.fixture(scope="module")
def exact_reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """The reader without ranges, so that none of its products is made in int8."""
    file = tmp_path_factory.mktemp("adapters") / "reader.safetensors"
    with safe_open(str(ADAPTERS), "np") as stored:
        names = [name for name in stored.keys() if not name.endswith(".range")]  # noqa: SIM118
        save_file({name: stored.get_tensor(name) for name in names}, file, stored.metadata())
    return Reader(default_model_folder(), file)


# Which reader, and by how much of log-odds of about 12 its score may be off: bfloat16, and int8.
READERS = pytest.mark.parametrize(("which", "off"), [("exact_reader", 0.5), ("reader", 1)])


def test_offsets_point_into_the_text_and_never_into_the_heading() -> None:
    tokenizer = reader_tokenizer(default_model_folder())
    text = "路易斯委員會在1947年初成立，8.90%。\nIn 2014, too."
    features = reader_input(tokenizer, "何時成立？", "標題 Heading", text)
    pieces = [text[a:b] for a, b in features.offsets]
    assert "".join(pieces) == "".join(text.split())
    assert {"1947", "年", "在"} <= set(pieces)  # units and particles are tokens of their own
    assert features.first + len(features.offsets) + 1 == len(features.ids)


def test_the_best_spans_do_not_overlap_and_are_scored_against_no_answer() -> None:
    features = ReaderInput((0, 9, 2, 2, 5, 6, 7, 2), 4, ((0, 1), (1, 2), (2, 3)))
    start = np.array([1.0, 0, 0, 0, 3.0, 0.0, 2.0, 9.0])
    end = np.array([1.0, 0, 0, 0, 0.0, 3.0, 1.0, 9.0])
    spans = _best_spans(features, start, end, 3)
    assert [(s.start, s.end, s.score) for s in spans] == [(0, 2, 4.0), (2, 3, 1.0)]


def test_an_empty_text_has_no_span(reader: Reader) -> None:
    assert reader.read("誰？", [("標題", ""), ("", "王小明是校長。")])[0] == []


@READERS
def test_reading_together_is_reading_alone(
    which: str, off: float, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(which)
    passages = [
        ("", "王小明是這所學校的校長。"),
        ("標題", "學校在1990年成立，現有五百名學生。" * 4),
    ]
    together = reader.read("誰是校長？", passages)
    alone = [reader.read("誰是校長？", [passage])[0] for passage in passages]
    for one, other in zip(together, alone, strict=True):
        assert [(s.start, s.end) for s in one] == [(s.start, s.end) for s in other]
        assert abs(one[0].score - other[0].score) < off  # padded differently


def trained_network() -> SpanNetwork:
    """The network as PyTorch trains it, the adapters beside the weights and not merged."""
    encoder = load_encoder(default_model_folder())
    with safe_open(str(ADAPTERS), "pt") as file:
        scale = float(file.metadata()["scale"])
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    for name in [n.removesuffix(".A") for n in tensors if n.endswith(".A")]:
        down, up = tensors[f"{name}.A"], tensors[f"{name}.B"]
        encoder.get_submodule(name).register_forward_hook(
            lambda layer, given, output, down=down, up=up: output + scale * given[0] @ down.T @ up.T
        )
    network = SpanNetwork(encoder, 384)
    network.span.load_state_dict({"weight": tensors["span.weight"], "bias": tensors["span.bias"]})
    return network.eval()


@READERS
def test_the_reader_says_what_the_trained_network_says(
    which: str, off: float, request: pytest.FixtureRequest
) -> None:
    reader = request.getfixturevalue(which)
    network, tokenizer = trained_network(), reader_tokenizer(default_model_folder())
    passages = [
        ("校長", "王小明是這所學校的校長，學校在1990年成立，現有五百名學生。"),
        ("History", "The Luis committee was founded in early 1947 and grew by 8.90%."),
    ]
    for question in ("誰是校長？", "When was the committee founded?"):
        for passage, spans in zip(passages, reader.read(question, passages, 3), strict=True):
            features = reader_input(tokenizer, question, *passage)
            ids = torch.tensor([features.ids])
            with torch.inference_mode():
                starts, ends = network(ids, torch.ones_like(ids))
            expected = _best_spans(features, starts[0].numpy(), ends[0].numpy(), 3)
            assert (spans[0].start, spans[0].end) == (expected[0].start, expected[0].end)
            assert abs(spans[0].score - expected[0].score) < off


def test_damaged_adapters_are_named(tmp_path: Path) -> None:
    damaged = tmp_path / "reader.safetensors"
    for content in (b"", ADAPTERS.read_bytes()[:5000]):
        damaged.write_bytes(content)
        with pytest.raises(ModelError, match="restore the file"):
            Reader(default_model_folder(), damaged)
    with pytest.raises(ModelError, match="restore the file"):
        Reader(default_model_folder(), tmp_path / "none")
