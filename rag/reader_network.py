"""The span reader's network: the default encoder, low-rank adapters, and a linear span head.

The encoder is the default embedding model's (Devlin et al. 2019 for the span head over BERT). What
is trained, and carried in the repository, is one safetensors file: for each linear layer of the
encoder two thin matrices (LoRA; Hu et al. 2022, arXiv:2106.09685) and the head.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from transformers import BertModel
from transformers.utils import logging

from index.errors import ModelError

ADAPTERS = Path(__file__).with_name("reader.safetensors")


class SpanNetwork(nn.Module):
    """Token ids (batch, tokens) and their mask -> start and end logits, (batch, tokens) each.

    Position 0, the ``<s>``, stands for «no answer here» (Devlin et al. 2019, section 4.3).
    """

    def __init__(self, encoder: nn.Module, hidden: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.span = nn.Linear(hidden, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        start, end = self.span(states).float().unbind(-1)
        return start, end


def load_encoder(model_folder: Path) -> BertModel:
    """The default model's encoder, without its pooler and without dropout.

    Dropout takes most of a training step's time on a processor: drawing the random numbers, and
    the fused attention that it rules out.
    """
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # the unused pooler's absence is no news
    logging.disable_progress_bar()
    try:
        return BertModel.from_pretrained(
            model_folder,
            add_pooling_layer=False,
            attention_probs_dropout_prob=0.0,
            hidden_dropout_prob=0.0,
        )
    finally:
        logging.set_verbosity(verbosity)


def load_network(model_folder: Path, adapters: Path = ADAPTERS) -> SpanNetwork:
    """The trained reader, its adapters merged into the encoder's weights: ``W + scale * B @ A``.

    Raises ModelError where the adapters are missing or damaged.
    """
    encoder = load_encoder(model_folder)
    network = SpanNetwork(encoder, encoder.config.hidden_size)
    try:
        with safe_open(str(adapters), "pt") as file, torch.no_grad():
            scale = float(file.metadata()["scale"])
            names = set(file.keys())
            for name in sorted(names):
                if name.endswith(".A"):
                    layer = encoder.get_submodule(name.removesuffix(".A"))
                    down, up = file.get_tensor(name), file.get_tensor(name[:-1] + "B")
                    layer.weight += scale * up.float() @ down.float()
            network.span.weight.copy_(file.get_tensor("span.weight"))
            network.span.bias.copy_(file.get_tensor("span.bias"))
    except (OSError, SafetensorError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ModelError(
            f"The reader's weights in {adapters} cannot be read ({error}): restore the file from "
            "the repository, or train it anew with python -m rag.train."
        ) from error
    return network.eval()
