import os
from pathlib import Path

import pytest

from index.documents import MAX_BYTES, decode, read_document, read_documents
from index.errors import CorpusError

CHINESE = "香港的創科發展重視數碼轉型，政府在這一年成立了新的辦公室，我們會為大家說明。" * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "big5", "big5hkscs", "gb18030"])
def test_encodings_that_are_read(encoding: str) -> None:
    assert decode(CHINESE.encode(encoding)) == CHINESE


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
        "déjà vu, garçon".encode("latin-1") * 50,
        b"a\0b",
    ],
)
def test_what_is_no_text_is_refused_by_name(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_bytes(data)
    with pytest.raises(CorpusError, match=r"odd\.txt is not text"):
        read_documents(tmp_path)


def test_random_bytes_are_never_taken_for_chinese() -> None:
    assert all(decode(os.urandom(400)) is None for _ in range(200))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日本語の文章は、漢字とかなを混ぜて書かれます。", "shift_jis"),
        ("日本語の文章は、漢字とかなを混ぜて書かれます。", "euc_jp"),
        ("한국어 문장은 한글로 쓰여 있습니다.", "euc_kr"),
        ("Русский текст записывается кириллицей.", "cp1251"),
        (CHINESE, "utf-16"),
    ],
)
def test_other_encodings_are_not_taken_for_chinese(text: str, encoding: str) -> None:
    assert decode((text * 10).encode(encoding)) is None


@pytest.mark.parametrize("encoding", ["big5", "gb18030"])
def test_newspaper_text_full_of_figures_and_names_is_read(encoding: str) -> None:
    text = "數碼港超算中心投入服務，涵蓋50個政府部門，InnoHK平台獲撥100億元，按年上升12.1%。"
    assert decode(text.encode(encoding)) == text


def test_empty_too_large_missing_and_twin_files(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no document"):
        read_documents(tmp_path)
    with pytest.raises(CorpusError, match="no folder"):
        read_documents(tmp_path / "nowhere")
    (tmp_path / "white.txt").write_text(" \n\u3000\n")
    with pytest.raises(CorpusError, match=r"white\.txt is empty"):
        read_documents(tmp_path)
    with (tmp_path / "white.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(CorpusError, match="at most 20 MB"):
        read_documents(tmp_path)
    (tmp_path / "white.txt").write_text("a")
    (tmp_path / "white.md").write_text("b")
    with pytest.raises(CorpusError, match="the same name"):
        read_documents(tmp_path)


def test_title_is_the_first_heading_or_the_name(tmp_path: Path) -> None:
    file = tmp_path / "note.md"
    file.write_text("# 標題\n內容。")
    assert read_document(file).title == "標題"
    file.write_text("內容一。")
    assert read_document(file).title == "note"
