"""The index on disk: written whole or not at all, checked before it is served.

    index_dir/current          the name of the build that serves
    index_dir/<build>/         one build, never changed after it is written
        manifest.json          versions, model, documents, counts, and every file's size and hash
        corpus.json            documents, sections, passages
        passages.faiss         one vector a passage
        tokens.npy, scales.npy, offsets.npy, bounds.npy    token vectors, for late interaction

A build is named by its manifest's hash, and the manifest holds the other files' hashes, so any
change to any byte is noticed. «current» is replaced in one step, and old builds are removed only
after that: whenever a build is killed, a whole index serves.
"""

import hashlib
import io
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import faiss
import numpy as np
import numpy.typing as npt

from index.encoder import Encoding
from index.errors import IndexUnusable
from index.sections import Document, Passage, Section

FORMAT = 1
# The most passages that are searched exactly: a scan of all takes some milliseconds there.
EXACT = 100_000
LISTS_UNSCANNED = 8
POINTS_A_LIST = 48  # what the clustering sees; FAISS asks for 39 at least
_CURRENT = "current"
_DRAFT = "draft-"
_BUILD = re.compile(r"[0-9a-f]{16}")
_ARRAYS = ("tokens", "scales", "offsets", "bounds")
T = TypeVar("T")


@dataclass(frozen=True)
class TokenVectors:
    """The token vectors of all passages, one after the other, eight bits a number.

    Token ``i`` is ``tokens[i] * scales[i]``: (tokens, dimension) int8 and (tokens,) float16.
    Passage ``p`` has the tokens ``bounds[p]`` to ``bounds[p + 1]``. ``offsets`` (tokens, 2) are
    character offsets in the embedded text, which is the heading, a line break and the passage.
    """

    tokens: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float16]
    offsets: npt.NDArray[np.int32]
    bounds: npt.NDArray[np.int64]

    def of(self, passage: int) -> npt.NDArray[np.float32]:
        """The vectors of one passage's tokens, (tokens, dimension), of about length one."""
        span = slice(*self.bounds[passage : passage + 2])
        return self.tokens[span].astype(np.float32) * self.scales[span, None].astype(np.float32)


@dataclass(frozen=True)
class Index:
    """What a build makes and the pipeline searches. ``version`` identifies its contents."""

    documents: tuple[Document, ...]
    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    vectors: faiss.Index
    token_vectors: TokenVectors
    model: str
    fingerprint: str
    version: str

    def passage_text(self, passage: Passage) -> str:
        return self.sections[passage.section].text[passage.start : passage.end]


@dataclass(frozen=True)
class EmbeddedDocument:
    """A document with its passages (sections numbered within it) and their vectors."""

    document: Document
    passages: tuple[Passage, ...]
    vectors: npt.NDArray[np.float32]
    tokens: TokenVectors


def embedded_text(section: Section, passage: Passage) -> str:
    """What the encoder sees of a passage: its section's heading is its context."""
    text = section.text[passage.start : passage.end]
    return f"{section.heading}\n{text}" if section.heading else text


def quantise(encodings: list[Encoding], dimension: int) -> TokenVectors:
    """Token vectors in eight bits: each is scaled so that its largest number becomes 127."""
    tokens = np.concatenate([e.tokens for e in encodings] or [np.zeros((0, dimension), np.float32)])
    peaks = np.abs(tokens).max(axis=1, initial=1e-6) / 127
    scales = peaks.astype(np.float16)
    codes = np.clip(np.rint(tokens / scales[:, None].astype(np.float32)), -127, 127)
    offsets = [e.offsets for e in encodings] or [np.zeros((0, 2), np.int32)]
    bounds = np.cumsum([0, *(len(e.tokens) for e in encodings)], dtype=np.int64)
    return TokenVectors(codes.astype(np.int8), scales, np.concatenate(offsets), bounds)


def assemble(parts: list[EmbeddedDocument], model: str, fingerprint: str) -> Index:
    """One index over the documents, in their order."""
    sections: list[Section] = []
    passages: list[Passage] = []
    bounds = [np.zeros(1, np.int64)]
    for part in parts:
        shift = len(sections)
        sections += part.document.sections
        passages += [Passage(p.section + shift, p.start, p.end) for p in part.passages]
        bounds.append(part.tokens.bounds[1:] + bounds[-1][-1])
    token_vectors = TokenVectors(
        np.concatenate([p.tokens.tokens for p in parts]),
        np.concatenate([p.tokens.scales for p in parts]),
        np.concatenate([p.tokens.offsets for p in parts]),
        np.concatenate(bounds),
    )
    stacked = np.concatenate([p.vectors for p in parts])
    vectors = vector_index(stacked)
    documents = tuple(p.document for p in parts)
    identity = json.dumps([fingerprint, FORMAT, [(d.name, d.sha256) for d in documents]])
    version = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return Index(
        documents, tuple(sections), tuple(passages), vectors, token_vectors,
        model, fingerprint, version,
    )  # fmt: skip


def vector_index(vectors: npt.NDArray[np.float32]) -> faiss.Index:
    """A FAISS index over unit vectors (passages, dimension), whose inner product is the cosine.

    Exact up to EXACT passages. Beyond, an inverted file (IVF; Jegou et al. 2011,
    doi:10.1109/TPAMI.2010.57) over vectors in fp16, of which a search scans one list in
    ``LISTS_UNSCANNED``: eval/BENCHMARKS.md has the times and the recall.
    """
    count, dimension = vectors.shape
    if count <= EXACT:
        exact = faiss.IndexFlatIP(dimension)
        exact.add(vectors)
        return exact
    lists = 2 * math.isqrt(count)
    index: Any = faiss.index_factory(dimension, f"IVF{lists},SQfp16", faiss.METRIC_INNER_PRODUCT)
    index.nprobe = lists // LISTS_UNSCANNED
    index.cp.spherical, index.cp.niter = True, 8
    index.cp.max_points_per_centroid = POINTS_A_LIST
    # Evenly spread over the corpus: the same corpus gives the same index.
    index.train(vectors[:: max(1, count // (lists * POINTS_A_LIST))])
    index.add(vectors)
    # By position a vector is had back: to score a candidate, and to keep it in the next build.
    index.make_direct_map()
    return index


def split(index: Index) -> dict[str, EmbeddedDocument]:
    """The index taken apart again, by document name: what has not changed is used again."""
    vectors = index.vectors.reconstruct_n(0, index.vectors.ntotal)
    tv = index.token_vectors
    parts = {}
    section, passage = 0, 0
    for document in index.documents:
        after = section + len(document.sections)
        end = passage
        while end < len(index.passages) and index.passages[end].section < after:
            end += 1
        span = slice(*tv.bounds[[passage, end]])
        parts[document.name] = EmbeddedDocument(
            document,
            tuple(
                Passage(p.section - section, p.start, p.end) for p in index.passages[passage:end]
            ),
            vectors[passage:end],
            TokenVectors(
                tv.tokens[span], tv.scales[span], tv.offsets[span],
                tv.bounds[passage : end + 1] - tv.bounds[passage],
            ),
        )  # fmt: skip
        section, passage = after, end
    return parts


def write_index(index: Index, folder: Path) -> None:
    """Write a build and let it serve. Raises IndexUnusable where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder))
        pointer = draft.with_suffix(".current")
        try:
            build = _write_files(index, draft)
            manifest = (draft / "manifest.json").read_bytes()
            kept = folder / build / "manifest.json"
            whole = kept.is_file() and kept.read_bytes() == manifest
            if not whole or _damaged_file(folder / build, json.loads(manifest)):
                # Nothing serves from a damaged build of the same name.
                _remove(folder / build)
                draft.rename(folder / build)
            _write(pointer, build.encode())
            if (folder / _CURRENT).is_dir():
                _remove(folder / _CURRENT)
            pointer.replace(folder / _CURRENT)
            _flush(folder)
        finally:
            _remove(draft)
            _remove(pointer)
    except OSError as error:
        raise unwritable(folder, error) from error
    remove_leftovers(folder)


def remove_leftovers(folder: Path) -> None:
    """Remove the builds that serve no more, and what builds that were killed left behind."""
    build = _serving(folder)
    for old in folder.iterdir():
        # Nothing that is not of our making: the folder may be anyone's.
        if old.name.startswith(_DRAFT) or (_BUILD.fullmatch(old.name) and old.name != build):
            _remove(old)


def unwritable(folder: Path, error: OSError) -> IndexUnusable:
    """What is said where the index cannot be written."""
    return IndexUnusable(
        f"The index cannot be written to {folder} ({error.strerror or error}): make room or choose "
        "another folder; the index that stood there before still serves."
    )


def _write_files(index: Index, draft: Path) -> str:
    """Write everything to ``draft``; return the manifest's hash, the name of the build."""
    corpus = {
        "documents": [asdict(d) for d in index.documents],
        "passages": [[p.section, p.start, p.end] for p in index.passages],
    }
    contents = {
        "corpus.json": json.dumps(corpus).encode("ascii"),
        # Not written by FAISS itself, whose errors do not say why.
        "passages.faiss": faiss.serialize_index(index.vectors).tobytes(),
    }
    for name in _ARRAYS:
        buffer = io.BytesIO()
        np.save(buffer, getattr(index.token_vectors, name), allow_pickle=False)
        contents[f"{name}.npy"] = buffer.getvalue()
    manifest = {
        "format": FORMAT,
        "version": index.version,
        "libraries": {"faiss": faiss.__version__, "numpy": np.__version__},
        "model": {"name": index.model, "fingerprint": index.fingerprint},
        "documents": [{"name": d.name, "sha256": d.sha256} for d in index.documents],
        "counts": _counts(index),
        "files": {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in contents.items()
        },
    }
    text = json.dumps(manifest, indent=1).encode("ascii")
    for name, data in (contents | {"manifest.json": text}).items():
        _write(draft / name, data)
    _flush(draft)
    return hashlib.sha256(text).hexdigest()[:16]


def _counts(index: Index) -> dict[str, int]:
    return {
        "documents": len(index.documents),
        "sections": len(index.sections),
        "passages": len(index.passages),
        "tokens": len(index.token_vectors.tokens),
        "dimension": index.vectors.d,
    }


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    _flush(file)


def _flush(path: Path) -> None:
    """Have a file's data, or a folder's names, on the disk before anything that relies on them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    """Remove a file or a folder, if it is there; what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the build that serves, with the build's folder under ``"folder"``.

    Raises IndexUnusable where there is none or it is damaged.
    """
    return _of_serving(folder, _read_manifest)


def read_index(folder: Path) -> Index:
    """Load the build that serves, after checking every file's size and hash.

    Raises IndexUnusable, which names what is missing or damaged.
    """
    return _of_serving(folder, _read_build)


def _of_serving(folder: Path, read: Callable[[Path, str], T]) -> T:
    """What ``read`` makes of the build that serves, by index folder and build."""
    build = _serving(folder)
    while True:
        try:
            return read(folder, build)
        except IndexUnusable:
            # A build that was finished meanwhile has taken this one away.
            newer = _serving(folder)
            if newer == build:
                raise
            build = newer


def _serving(folder: Path) -> str:
    try:
        return (folder / _CURRENT).read_text("ascii").strip()
    except FileNotFoundError as error:
        raise IndexUnusable(
            f"There is no index in {folder}: build it with python -m index build."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(folder, _CURRENT) from error


def _read_manifest(folder: Path, build: str) -> dict[str, Any]:
    try:
        text = (folder / build / "manifest.json").read_bytes()
        if hashlib.sha256(text).hexdigest()[:16] != build:
            raise _damaged(folder, "manifest.json")
        manifest: dict[str, Any] = json.loads(text)
    except (OSError, ValueError) as error:
        raise _damaged(folder, "manifest.json") from error
    if manifest["format"] != FORMAT:
        raise IndexUnusable(
            f"The index in {folder} was written by another version of this program: "
            "build it again with python -m index build."
        )
    return manifest | {"folder": str(folder / build)}


def _read_build(folder: Path, build: str) -> Index:
    manifest = _read_manifest(folder, build)
    # What is loaded is the very bytes that were checked, whatever happens to the files later: a
    # file that is mapped and then cut short would end the process.
    contents = {}
    for name, expected in manifest["files"].items():
        data = _checked(folder / build / name, expected)
        if data is None:
            raise _damaged(folder, name)
        contents[name] = data
    corpus = json.loads(contents["corpus.json"])
    documents = tuple(_document(d) for d in corpus["documents"])
    arrays = {
        name: np.load(io.BytesIO(contents[f"{name}.npy"]), allow_pickle=False) for name in _ARRAYS
    }
    index = Index(
        documents=documents,
        sections=tuple(s for d in documents for s in d.sections),
        passages=tuple(Passage(*p) for p in corpus["passages"]),
        vectors=faiss.deserialize_index(np.frombuffer(contents["passages.faiss"], np.uint8)),
        token_vectors=TokenVectors(**arrays),
        model=manifest["model"]["name"],
        fingerprint=manifest["model"]["fingerprint"],
        version=manifest["version"],
    )
    if _counts(index) != manifest["counts"] or index.vectors.ntotal != len(index.passages):
        raise _damaged(folder, "manifest.json")
    return index


def _checked(file: Path, expected: dict[str, Any]) -> bytes | None:
    """A file's bytes, if they are what the manifest says."""
    try:
        # First the size: what is there may be something huge.
        data = file.read_bytes() if file.stat().st_size == expected["size"] else b""
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == expected["sha256"] else None


def _damaged_file(build: Path, manifest: dict[str, Any]) -> str | None:
    """The first file of a build that is missing or not what the manifest says."""
    files = manifest["files"].items()
    return next((name for name, e in files if _checked(build / name, e) is None), None)


def _document(fields: dict[str, Any]) -> Document:
    sections = tuple(
        Section(**(s | {"captions": tuple(map(tuple, s["captions"]))})) for s in fields["sections"]
    )
    return Document(**(fields | {"sections": sections}))


def _damaged(folder: Path, name: str) -> IndexUnusable:
    return IndexUnusable(
        f"The index in {folder} is damaged ({name}): build it again with python -m index build."
    )
