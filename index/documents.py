"""The folder of documents → documents: which files, in which encoding, of what size."""

import hashlib
import unicodedata
from collections import Counter
from pathlib import Path

from index.errors import CorpusError
from index.parsing import parse_sections
from index.sections import Document

SUFFIXES = (".txt", ".md", ".markdown")
MAX_BYTES = 20_000_000
_LEAST_CHINESE = 0.1  # the share of _COMMON_CHINESE below which a text was no Chinese
# Tried in this order on what is not UTF-8. GB18030 accepts nearly any bytes, so it comes last.
_LEGACY = ("big5hkscs", "gb18030")
# The commonest characters of Chinese prose, in both scripts.
_COMMON_CHINESE = frozenset(
    "的一是不了在有人我他這这中大来來上国國和地到以說说時时要就出会會可也你对對年为為"
    "個个生能子那得于於着著下自之过過家学學多没沒好小成本公行方主市及新前部因由其些从從同日月"
    "工高分全作发發用者定业業政府期現现展最後后法三二十四五今次間间事位第與与等将將已而或如"
)


def document_files(folder: Path) -> list[Path]:
    """The documents in ``folder``, by name; hidden files are left out.

    Raises CorpusError where there is none, or two share a name but for the ending.
    """
    try:
        if not folder.is_dir():
            raise CorpusError(f"There is no folder {folder}: make it and put a document into it.")
        files = sorted(
            f for f in folder.iterdir()
            if f.suffix.lower() in SUFFIXES and f.is_file() and not f.name.startswith(".")
        )  # fmt: skip
    except OSError as error:
        raise CorpusError(f"{folder} cannot be read ({error.strerror}): check it.") from error
    if not files:
        raise CorpusError(f"There is no document in {folder}: put a .txt or .md file into it.")
    stems: dict[str, Path] = {}
    for file in files:
        other = stems.setdefault(file.stem, file)
        if other != file:
            raise CorpusError(
                f"{other.name} and {file.name} have the same name but for the ending: rename one."
            )
    return files


def read_documents(folder: Path) -> list[Document]:
    """All documents of a folder. Raises CorpusError for the first that cannot be used."""
    return [read_document(file) for file in document_files(folder)]


def read_document(file: Path) -> Document:
    """Read and parse one file. Raises CorpusError, which names the file."""
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise CorpusError(
                f"{file.name} has {size / 1e6:.1f} MB and at most {MAX_BYTES // 1_000_000} MB are "
                "read: split it into several documents."
            )
        data = file.read_bytes()
    except OSError as error:
        raise CorpusError(f"{file.name} cannot be read ({error.strerror}): check it.") from error
    text = decode(data)
    if text is None:
        raise CorpusError(
            f"{file.name} is not text in UTF-8, Big5 or GB18030: save it as UTF-8 and try again."
        )
    sections = parse_sections(file.stem, text, markdown=file.suffix.lower() != ".txt")
    if not any(s.text or s.heading for s in sections):
        raise CorpusError(f"{file.name} is empty: write something into it or take it away.")
    title = next((s.heading for s in sections if s.heading), file.stem)
    return Document(file.stem, title, hashlib.sha256(data).hexdigest(), sections)


def decode(data: bytes) -> str | None:
    """The text of a file, or None where it is not text in an encoding that is read."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        readable = [t for t in (_decode(data, name) for name in _LEGACY) if t is not None]
        return max(readable, key=_chinese_share, default=None)
    return None if "\0" in text else text


def _decode(data: bytes, encoding: str) -> str | None:
    """The text, if all of it decodes and reads as Chinese: GB18030 would accept a picture."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    odd = any(
        unicodedata.category(c) in ("Cn", "Co") or (ord(c) < 32 and c not in "\t\n\r\f\v")
        for c in set(text)
    )
    return text if not odd and _chinese_share(text) > _LEAST_CHINESE else None


def _chinese_share(text: str) -> float:
    """How much of the text beyond ASCII is made of the commonest Chinese characters.

    In Chinese prose it is a quarter or more; in bytes read in the wrong encoding next to nothing.
    """
    times = Counter(text)
    foreign = sum(n for c, n in times.items() if c > "\x7f")
    return sum(times[c] for c in _COMMON_CHINESE) / foreign if foreign else 0.0
