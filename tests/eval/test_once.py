"""The reader that reads no passage twice for one question."""

from unittest.mock import patch

from eval.once import OnceReader
from index.default_model import default_model_folder
from rag.reader import Reader

PASSAGES = [("交通", "新線明年通車。"), ("基金", "基金共有30億元。"), ("", "")]


def test_it_finds_what_the_reader_finds_and_reads_once() -> None:
    once = OnceReader(default_model_folder())
    expected = Reader(default_model_folder()).read("基金有多少錢？", PASSAGES, 2)
    assert once.read("基金有多少錢？", PASSAGES, 2) == expected
    with patch.object(Reader, "read", return_value=[]) as read:
        assert once.read("基金有多少錢？", PASSAGES[1::-1], 2) == expected[1::-1]
    assert read.call_args[0][1] == []
    for question, best in (("何時通車？", 2), ("何時通車？", 1)):
        with patch.object(Reader, "read", return_value=[[]]) as read:
            once.read(question, PASSAGES[:1], best)
        assert read.call_args[0][1] == PASSAGES[:1]
