"""The trained part of the span reader: adapters to the default encoder, and a linear span head.

What is carried in the repository is one safetensors file: for each linear layer of the encoder two
thin matrices (LoRA; Hu et al. 2022, arXiv:2106.09685), the head, and how far the activations reach,
which products in int8 need to know. The matrices are merged into the encoder's weights where the
reader is loaded, which takes a fraction of a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from index.errors import ModelError

ADAPTERS = Path(__file__).with_name("reader.safetensors")

_RANGE = ".range"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ReaderWeights:
    """The encoder's ``tensors`` with the adapters in them, ``W + scale * B @ A``.

    ``head`` is a weight (2, hidden), of starts and of ends, and a bias (2,). ``ranges`` are those of
    index.network; none were measured where it is empty.
    """

    tensors: Mapping[str, Floats]
    head: tuple[Floats, Floats]
    ranges: Mapping[str, Floats]


def merged(encoder: Mapping[str, Floats], adapters: Path = ADAPTERS) -> ReaderWeights:
    """The encoder with the adapters in it.

    Raises ModelError where they are missing, damaged or not of this encoder.
    """
    tensors = dict(encoder)
    ranges = {}
    try:
        with safe_open(str(adapters), "np") as file:
            scale = float(file.metadata()["scale"])
            for name in file.keys():  # noqa: SIM118  (it is no mapping)
                if name.endswith(".A"):
                    down, up = file.get_tensor(name), file.get_tensor(name[:-1] + "B")
                    weight = name.removesuffix("A") + "weight"
                    change = scale * up.astype(np.float32) @ down.astype(np.float32)
                    if change.shape != tensors[weight].shape:
                        raise ValueError(f"{weight} has another shape in this encoder")
                    tensors[weight] = tensors[weight] + change
                elif name.endswith(_RANGE):
                    ranges[name.removesuffix(_RANGE)] = file.get_tensor(name).astype(np.float32)
            head = file.get_tensor("span.weight"), file.get_tensor("span.bias")
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"The reader's weights in {adapters} cannot be read ({error}): restore the file from "
            "the repository, or train it anew with python -m rag.train."
        ) from error
    return ReaderWeights(tensors, head, ranges)


def add_ranges(adapters: Path, ranges: Mapping[str, Floats]) -> None:
    """Write ``ranges`` into a file of adapters, in fp16."""
    with safe_open(str(adapters), "np") as file:
        tensors, notes = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    tensors |= {name + _RANGE: seen.astype(np.float16) for name, seen in ranges.items()}
    save_file(tensors, adapters, notes)
