import numpy as np
import pytest

from index.default_model import default_model_folder, load_tensors, load_tokenizer
from index.network import Network, Ranges, _massive, measure_ranges

TEXTS = (
    "passage: 「清風計劃」由兩所大學合辦，歷時三年，參加學生逾二千名。",
    "passage: The old harbour was closed in 1987 and filled in eleven years later.",
    "query: 邊個負責？",
)


@pytest.fixture(scope="module")
def rows() -> list[list[int]]:
    return [one.ids for one in load_tokenizer(default_model_folder()).encode_batch(list(TEXTS))]


@pytest.fixture(scope="module")
def ranges(rows: list[list[int]]) -> Ranges:
    tensors, config = load_tensors(default_model_folder())
    return measure_ranges(tensors, config, rows)


def test_the_ranges_are_those_of_every_products_input(
    ranges: Ranges, rows: list[list[int]]
) -> None:
    tensors, config = load_tensors(default_model_folder())
    assert len(ranges) == 4 * config["num_hidden_layers"]
    # The first product's input can be had by hand: the normalised embeddings.
    reach = np.zeros(config["hidden_size"], np.float32)
    for row in rows:
        x = tensors["embeddings.word_embeddings.weight"][row]
        x = x + tensors["embeddings.position_embeddings.weight"][: len(row)]
        x = x + tensors["embeddings.token_type_embeddings.weight"][0]
        centred = x - x.mean(axis=1, keepdims=True)
        x = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + config["layer_norm_eps"])
        x = x * tensors["embeddings.LayerNorm.weight"] + tensors["embeddings.LayerNorm.bias"]
        reach = np.maximum(reach, np.abs(x).max(axis=0))
    assert np.allclose(ranges["encoder.layer.0.attention.self"], reach, atol=1e-3)


def test_int8_says_nearly_what_the_exact_network_says(
    ranges: Ranges, rows: list[list[int]]
) -> None:
    tensors, config = load_tensors(default_model_folder())
    exact, quick = Network(tensors, config)(rows), Network(tensors, config, ranges=ranges)(rows)
    for one, other in zip(exact, quick, strict=True):
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        assert ((one * other).sum(axis=1) / lengths).min() > 0.97


def test_a_massive_activation_is_one_channel_far_beyond_all_others() -> None:
    even = np.array([3.0, 5.0, 9.0, 8.0], np.float32)
    assert not _massive(even)
    assert _massive(np.append(even, np.float32(60)))
