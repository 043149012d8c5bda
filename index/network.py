"""The default model's encoder as an OpenVINO graph, built straight from its weights.

Serving needs neither PyTorch nor Transformers: the graph of a BERT encoder (Devlin et al. 2019,
arXiv:1810.04805) is a page, and compiling it takes a fraction of a second, so no converted copy
is kept that could go stale. The word embeddings, nine tenths of the file, stay memory-mapped
outside of the graph: a text touches a few hundred of their 250,000 rows.

For a network whose ``Ranges`` were measured most products are made in int8 where the processor can, in
the manner of SmoothQuant (Xiao et al. 2023, arXiv:2211.10438): see ``_linear_int8``.
"""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13 as ops
from threadpoolctl import threadpool_limits

PAD = 1
# Tokens of a forward pass, padding included. More do not fit the caches: see eval/BENCHMARKS.md.
BATCH_TOKENS = 512
# Lengths are rounded up to a multiple of this, so that the kernels made for one length serve many.
LENGTH_STEP = 8
LEAST_GELU = -0.17  # the lowest value that GELU takes
# A product stays in bfloat16 if one channel of its input goes so many times beyond all others (a
# massive activation; Sun et al. 2024, arXiv:2402.17762): in int8 the others would be lost beside it.
MASSIVE = 2.0

Floats = npt.NDArray[np.float32]
Tensors = Mapping[str, Floats]
# For the products of activations with weights, by name, the greatest magnitude that was seen in
# each channel of the input, (inputs,).
Ranges = Mapping[str, Floats]


def map_tensors(file: Path) -> dict[str, Floats]:
    """The tensors of a safetensors file of float32, as views of the memory-mapped file.

    The layout: eight bytes with the length of the header, the header in JSON, the tensors. Raises
    OSError or ValueError where it is not so.
    """
    data = np.memmap(file, np.uint8, "r")
    begin = 8 + int(data[:8].view("<u8")[0])
    tensors = {}
    for name, entry in json.loads(data[8:begin].tobytes()).items():
        if name != "__metadata__":
            if entry["dtype"] != "F32":
                raise ValueError(f"the tensor {name} is not of float32")
            a, b = entry["data_offsets"]
            tensors[name] = data[begin + a : begin + b].view("<f4").reshape(entry["shape"])
    return tensors


class Network:
    """A BERT encoder: token ids -> hidden states, or what a linear ``head`` makes of them.

    ``tensors`` and ``config`` are BERT's, by the names of Transformers; ``head`` is a weight
    (outputs, hidden) and a bias (outputs,). bfloat16 where the processor has it, and int8 for the
    products whose ``ranges`` are given; float32 where it has not: a processor with AVX-512's
    bfloat16 has its products of int8 too, and older ones overflow in them. Threads may share it:
    passes run one at a time, each on all cores.
    """

    def __init__(
        self,
        tensors: Tensors,
        config: Mapping[str, Any],
        head: tuple[Floats, Floats] | None = None,
        ranges: Ranges | None = None,
    ) -> None:
        self.max_tokens = int(config["max_position_embeddings"])
        self._words, self._positions = _embeddings(tensors)
        # OpenBLAS's threads wait for their next product in a loop, on the cores that a pass needs: a
        # question was read in 70 ms in place of 40. NumPy's products here are too small to share.
        threadpool_limits(1, "blas")
        core = ov.Core()
        fast = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        precision = {"INFERENCE_PRECISION_HINT": "bf16" if fast else "f32"}
        latency = {"PERFORMANCE_HINT": "LATENCY"}
        graph = _Graph(tensors, config, head, (ranges or {}) if fast else {})
        model = ov.Model([ops.result(graph.output)], graph.parameters, "encoder")
        compiled = core.compile_model(model, "CPU", precision | latency)
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, rows: Sequence[Sequence[int]]) -> list[Floats]:
        """For each row of token ids the outputs of its tokens, (tokens, outputs).

        Rows of about one length share a pass.
        """
        done: dict[int, Floats] = {}
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        while order:
            size = max(1, BATCH_TOKENS // max(1, len(rows[order[-1]])))
            batch, order = order[-size:], order[:-size]
            outputs = self._pass([rows[i] for i in batch])
            done.update((i, outputs[at, : len(rows[i])]) for at, i in enumerate(batch))
        return [done[i] for i in range(len(rows))]

    def _pass(self, rows: Sequence[Sequence[int]]) -> Floats:
        longest = max(map(len, rows))
        width = min(-(-longest // LENGTH_STEP) * LENGTH_STEP, max(longest, self.max_tokens))
        ids = np.full((len(rows), width), PAD)
        for row, tokens in zip(ids, rows, strict=True):
            row[: len(tokens)] = tokens
        embedded = self._words[ids] + self._positions[:width]
        lengths = np.array([len(row) for row in rows])
        mask = np.where(np.arange(width) < lengths[:, None], 0, -1e4).astype(np.float32)
        with self._lock:
            # The output's memory is the request's own and is written over by the next pass.
            outputs: Floats = self._request.infer(
                [embedded, mask[:, None, None]], share_inputs=True
            )[0].copy()
        return outputs


def measure_ranges(
    tensors: Tensors, config: Mapping[str, Any], rows: Iterable[Sequence[int]]
) -> dict[str, Floats]:
    """What ``Network`` needs to make products in int8: ranges over ``rows`` of token ids."""
    graph = _Graph(tensors, config, None, {})
    model = ov.Model([ops.result(x) for x in graph.inputs.values()], graph.parameters, "ranges")
    request = (
        ov.Core()
        .compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        .create_infer_request()
    )
    words, positions = _embeddings(tensors)
    ranges = {name: np.zeros(1, np.float32) for name in graph.inputs}
    for row in rows:
        embedded = words[[row]] + positions[: len(row)]
        seen = request.infer([embedded, np.zeros((1, 1, 1, len(row)), np.float32)])
        for position, name in enumerate(graph.inputs):
            ranges[name] = np.maximum(ranges[name], np.abs(seen[position][0]).max(axis=0))
    return ranges


def _embeddings(tensors: Tensors) -> tuple[Floats, Floats]:
    """Of words, (vocabulary, hidden), and of positions, (positions, hidden)."""
    kind = tensors["embeddings.token_type_embeddings.weight"][0]
    positions = tensors["embeddings.position_embeddings.weight"] + kind
    return tensors["embeddings.word_embeddings.weight"], positions


_PROJECTIONS = "query", "key", "value"


class _Graph:
    """Embeddings (batch, tokens, hidden) and an additive mask (batch, 1, 1, tokens) -> outputs.

    ``inputs`` are those of the products with weights, by the names that ``Ranges`` go by.
    """

    def __init__(
        self,
        tensors: Tensors,
        config: Mapping[str, Any],
        head: tuple[Floats, Floats] | None,
        ranges: Ranges,
    ) -> None:
        self.inputs: dict[str, ov.Output] = {}
        self._tensors, self._ranges, self._epsilon = tensors, ranges, config["layer_norm_eps"]
        hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
        by_head, joined, swap = [0, 0, heads, hidden // heads], [0, 0, hidden], [0, 2, 1, 3]

        embedded = ops.parameter([-1, -1, hidden], np.float32)
        mask = ops.parameter([-1, 1, 1, -1], np.float32)
        self.parameters = [embedded, mask]
        x = self._normalised(embedded, "embeddings.LayerNorm")
        for number in range(config["num_hidden_layers"]):
            layer = f"encoder.layer.{number}"
            attention = f"{layer}.attention.self"
            # One product in place of three keeps the cores busy on a short text.
            projected = self._dense(x, attention, [f"{attention}.{p}" for p in _PROJECTIONS])
            query, key, value = (
                ops.transpose(ops.reshape(part, by_head, True), swap)
                for part in ops.split(projected, ops.constant(np.array(2)), 3).outputs()
            )
            attended = ops.scaled_dot_product_attention(query, key, value, mask)
            attended = ops.reshape(ops.transpose(attended, swap), joined, True)
            attended = self._dense(attended, f"{layer}.attention.output.dense")
            x = self._normalised(ops.add(x, attended), f"{layer}.attention.output.LayerNorm")
            raised = ops.gelu(self._dense(x, f"{layer}.intermediate.dense"), "erf")
            lowered = self._dense(raised, f"{layer}.output.dense", after_gelu=True)
            x = self._normalised(ops.add(x, lowered), f"{layer}.output.LayerNorm")
        self.output = _linear(x, *head) if head else x

    def _dense(
        self, x: ov.Output, name: str, parts: Sequence[str] = (), after_gelu: bool = False
    ) -> ov.Output:
        """The layer ``name``, or the layers ``parts`` side by side."""
        self.inputs[name] = x
        weight, bias = (
            np.concatenate([self._tensors[f"{part}.{kind}"] for part in parts or [name]])
            for kind in ("weight", "bias")
        )
        seen = self._ranges.get(name)
        if seen is None or (after_gelu and _massive(seen)):
            return _linear(x, weight, bias)
        return _linear_int8(x, weight, bias, seen, after_gelu)

    def _normalised(self, x: ov.Output, name: str) -> ov.Output:
        centred = ops.mvn(x, [-1], True, self._epsilon, "inside_sqrt")
        scaled = ops.multiply(centred, np.array(self._tensors[f"{name}.weight"]))
        return ops.add(scaled, np.array(self._tensors[f"{name}.bias"]))


def _linear(x: ov.Output, weight: Floats, bias: Floats) -> ov.Output:
    # np.array copies: OpenVINO asks for memory that may be written to.
    return ops.add(ops.matmul(x, np.array(weight), False, True), np.array(bias))


def _massive(seen: Floats) -> bool:
    second, first = np.partition(seen, -2)[-2:]
    return bool(first > MASSIVE * second)


def _linear_int8(
    x: ov.Output, weight: Floats, bias: Floats, seen: Floats, after_gelu: bool
) -> ov.Output:
    """The product with activations in 256 levels and weights in 255 levels of each output's own.

    Channels that reach far are scaled down before it and their weights up, by the square root of
    the quotient of the two, so that the others keep enough levels; what GELU leaves is lopsided
    instead, and is levelled between its least value and the greatest seen.
    """
    if after_gelu:
        least, most = LEAST_GELU, float(seen.max())
    else:
        scale = np.sqrt(np.maximum(seen, 1e-4) / np.maximum(np.abs(weight).max(axis=0), 1e-4))
        x, weight = ops.multiply(x, 1 / scale), weight * scale
        most = float((seen / scale).max())
        least = -most
    bounds = np.float32(least), np.float32(most)
    level = ops.fake_quantize(x, *bounds, *bounds, 256)
    reach = np.abs(weight).max(axis=1, keepdims=True)
    levelled = ops.fake_quantize(ops.constant(weight), -reach, reach, -reach, reach, 255)
    return ops.add(ops.matmul(level, levelled, False, True), np.array(bias))
