"""The span reader's network as it is trained: the default encoder and a linear span head.

The encoder is the default embedding model's (Devlin et al. 2019 for the span head over BERT).
Reading runs the same network by OpenVINO: index/network.py, with the adapters of rag/adapters.py.
"""

from pathlib import Path

from torch import Tensor, nn
from transformers import BertModel
from transformers.utils import logging


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
