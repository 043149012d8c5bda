"""Documents → index: parse, cut, embed, write; only what has changed is embedded again."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock

from index.documents import read_documents
from index.encoder import Encoder, model_fingerprint
from index.errors import IndexUnusable
from index.passages import cut_passages
from index.sections import Document
from index.settings import IndexSettings
from index.store import (
    EmbeddedDocument,
    Index,
    assemble,
    embedded_text,
    quantise,
    read_index,
    read_manifest,
    remove_leftovers,
    split,
    unwritable,
    write_index,
)

# Called with the number of passages to embed; returns what is told how many more are done.
StartProgress = Callable[[int], Callable[[int], object]]


def no_progress(total: int) -> Callable[[int], object]:
    return lambda count: None


@dataclass(frozen=True)
class BuildReport:
    """What a build did: names of the documents embedded anew, kept as they were, and removed."""

    index_version: str
    embedded: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]


def embed_documents(
    documents: Sequence[Document], encoder: Encoder, start_progress: StartProgress = no_progress
) -> list[EmbeddedDocument]:
    """Cut and embed documents. Short passages of many documents share a forward pass."""
    cut = [cut_passages(d.sections, encoder.count_tokens) for d in documents]
    texts = [
        embedded_text(document.sections[p.section], p)
        for document, passages in zip(documents, cut, strict=True)
        for p in passages
    ]
    encodings = encoder.encode_passages(texts, start_progress(len(texts)))
    parts = []
    for document, passages in zip(documents, cut, strict=True):
        own, encodings = encodings[: len(passages)], encodings[len(passages) :]
        vectors = np.array([e.vector for e in own], np.float32).reshape(-1, encoder.dimension)
        tokens = quantise(own, encoder.dimension)
        parts.append(EmbeddedDocument(document, tuple(passages), vectors, tokens))
    return parts


def index_documents(
    documents: Sequence[Document], encoder: Encoder, start_progress: StartProgress = no_progress
) -> Index:
    """An index held in memory, as an evaluation over a corpus of its own wants it."""
    parts = embed_documents(documents, encoder, start_progress)
    return assemble(parts, encoder.name, encoder.fingerprint)


def build_index(
    settings: IndexSettings, start_progress: StartProgress = no_progress
) -> BuildReport:
    """Bring the index on disk up to the documents. The old one serves until the new is whole.

    Raises CorpusError, ModelError or IndexUnusable; the index that stood before is untouched.
    """
    documents = read_documents(settings.seeds)
    with _lock(settings.index_dir):
        fingerprint = model_fingerprint(settings.model)
        encoder = None
        if fingerprint is None:
            encoder = Encoder(settings.model)
            fingerprint = encoder.fingerprint
        old, version = _reusable(settings, fingerprint)
        kept = {d.name for d in documents if d.name in old and old[d.name].document == d}
        new = [d for d in documents if d.name not in kept]
        removed = tuple(sorted(set(old) - {d.name for d in documents}))
        report_names = (tuple(d.name for d in new), tuple(sorted(kept)), removed)
        if version is not None and not new and not removed:
            remove_leftovers(settings.index_dir)
            return BuildReport(version, *report_names)
        embedded = {}
        if new:
            encoder = encoder or Encoder(settings.model)
            parts = embed_documents(new, encoder, start_progress)
            embedded = {part.document.name: part for part in parts}
        index = assemble([(old | embedded)[d.name] for d in documents], settings.model, fingerprint)
        write_index(index, settings.index_dir)
        return BuildReport(index.version, *report_names)


def _lock(folder: Path) -> AbstractContextManager[object]:
    """Held while a build is made: another waits for it. Raises IndexUnusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / "lock").acquire()
    except OSError as error:
        raise unwritable(folder, error) from error


def _reusable(
    settings: IndexSettings, fingerprint: str
) -> tuple[dict[str, EmbeddedDocument], str | None]:
    """What the index on disk holds, if it is whole and of the same model; otherwise nothing."""
    try:
        index = read_index(settings.index_dir)
    except IndexUnusable:
        return {}, None
    if index.fingerprint != fingerprint:
        return {}, None
    return split(index), index.version


def staleness(settings: IndexSettings) -> str | None:
    """Why the index on disk does not stand for the documents and the model; None where it does.

    One sentence. Raises CorpusError for documents that cannot be read.
    """
    try:
        manifest = read_manifest(settings.index_dir)
    except IndexUnusable as error:
        return str(error)
    if manifest["model"]["name"] != settings.model:
        return (
            f"The index was made with the model {manifest['model']['name']!r}, "
            f"not {settings.model!r}: build it again with python -m index build."
        )
    known = model_fingerprint(settings.model)
    if known is not None and manifest["model"]["fingerprint"] != known:
        return "The model has changed since the index was made: run python -m index build."
    indexed = {(d["name"], d["sha256"]) for d in manifest["documents"]}
    found = {(d.name, d.sha256) for d in read_documents(settings.seeds)}
    changed = sorted({name for name, _ in indexed ^ found})
    if changed:
        return (
            f"The documents have changed since the index was made ({_names(changed)}): "
            "run python -m index build."
        )
    return None


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")


def load_index(settings: IndexSettings) -> Index:
    """The index on disk, for serving. Raises IndexUnusable when it is missing, stale or damaged."""
    reason = staleness(settings)
    if reason is not None:
        raise IndexUnusable(reason)
    return read_index(settings.index_dir)
