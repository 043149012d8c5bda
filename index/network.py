"""The default model's encoder as an OpenVINO graph, built straight from its weights.

Serving needs neither PyTorch nor Transformers: the graph of a BERT encoder (Devlin et al. 2019,
arXiv:1810.04805) is a page, and compiling it takes a fraction of a second, so no converted copy
is kept that could go stale. The word embeddings, nine tenths of the file, stay memory-mapped
outside of the graph: a text touches a few hundred of their 250,000 rows.
"""

import json
import threading
from collections.abc import Mapping, Sequence
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

Floats = npt.NDArray[np.float32]
Tensors = Mapping[str, Floats]


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
    (outputs, hidden) and a bias (outputs,). bfloat16 where the processor has it, float32 where it
    has not. Threads may share it: passes run one at a time, each on all cores.
    """

    def __init__(
        self, tensors: Tensors, config: Mapping[str, Any], head: tuple[Floats, Floats] | None = None
    ) -> None:
        self.max_tokens = int(config["max_position_embeddings"])
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._positions = (
            tensors["embeddings.position_embeddings.weight"]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        # OpenBLAS's threads wait for their next product in a loop, on the cores that a pass needs: a
        # question was read in 70 ms in place of 40. NumPy's products here are too small to share.
        threadpool_limits(1, "blas")
        core = ov.Core()
        fast = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        precision = {"INFERENCE_PRECISION_HINT": "bf16" if fast else "f32"}
        latency = {"PERFORMANCE_HINT": "LATENCY"}
        compiled = core.compile_model(_graph(tensors, config, head), "CPU", precision | latency)
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


def _graph(
    tensors: Tensors, config: Mapping[str, Any], head: tuple[Floats, Floats] | None
) -> ov.Model:
    """Embeddings (batch, tokens, hidden) and an additive mask (batch, 1, 1, tokens) -> outputs."""
    hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    by_head, joined, swap = [0, 0, heads, hidden // heads], [0, 0, hidden], [0, 2, 1, 3]

    def linear(x: ov.Output, weight: Floats, bias: Floats) -> ov.Output:
        # np.array copies: OpenVINO asks for memory that may be written to.
        return ops.add(ops.matmul(x, np.array(weight), False, True), np.array(bias))

    def dense(x: ov.Output, name: str) -> ov.Output:
        return linear(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    def normalised(x: ov.Output, name: str) -> ov.Output:
        centred = ops.mvn(x, [-1], True, config["layer_norm_eps"], "inside_sqrt")
        scaled = ops.multiply(centred, np.array(tensors[f"{name}.weight"]))
        return ops.add(scaled, np.array(tensors[f"{name}.bias"]))

    embedded = ops.parameter([-1, -1, hidden], np.float32)
    mask = ops.parameter([-1, 1, 1, -1], np.float32)
    x = normalised(embedded, "embeddings.LayerNorm")
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        # One product in place of three keeps the cores busy on a short text.
        projected = linear(
            x,
            np.concatenate([tensors[f"{part}.weight"] for part in parts]),
            np.concatenate([tensors[f"{part}.bias"] for part in parts]),
        )
        query, key, value = (
            ops.transpose(ops.reshape(part, by_head, True), swap)
            for part in ops.split(projected, ops.constant(np.array(2)), 3).outputs()
        )
        attended = ops.scaled_dot_product_attention(query, key, value, mask)
        attended = ops.reshape(ops.transpose(attended, swap), joined, True)
        attended = dense(attended, f"{layer}.attention.output.dense")
        x = normalised(ops.add(x, attended), f"{layer}.attention.output.LayerNorm")
        raised = ops.gelu(dense(x, f"{layer}.intermediate.dense"), "erf")
        lowered = dense(raised, f"{layer}.output.dense")
        x = normalised(ops.add(x, lowered), f"{layer}.output.LayerNorm")
    return ov.Model([ops.result(linear(x, *head) if head else x)], [embedded, mask], "encoder")
