import pytest

from eval.text import (
    best,
    char_exact,
    char_f1,
    cmrc_exact,
    cmrc_f1,
    contains,
    exact,
    normalise,
    squad_exact,
    squad_f1,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("「創科 產業」", "创科产业"),
        ("２，４３３億元", "2433亿元"),
        ("12.1%", "12.1%"),
        ("1.", "1"),
        ("產學研1+計劃", "产学研1+计划"),
        ("InnoHK", "innohk"),
        ("。，", ""),
        ("", ""),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("given", "acceptable", "expected"),
    [
        ("超過330億元", "330億元", True),
        ("超过330亿元", "超過 330 億元", True),
        ("330億元", "30億元", False),
        ("7.5", "7", False),
        ("7.5", "5", False),
        ("7。", "7", True),
        ("第70", "第7", False),
        ("", "7", False),
        ("anything", "。", False),
        ("100億元", "超過100億元", False),
    ],
)
def test_contains(given: str, acceptable: str, expected: bool) -> None:
    assert contains(given, acceptable) is expected


def test_exact_ignores_script_and_punctuation_only() -> None:
    assert exact("「數字辦」", "数字办") == 1.0
    assert exact("數字辦公室", "數字辦") == 0.0


def test_squad_by_hand() -> None:
    assert squad_exact("The Denver Broncos!", "denver broncos") == 1.0
    # given: cat sat down (the article goes), acceptable: cat sat: P = 2/3, R = 1, F1 = 4/5.
    assert squad_f1("the cat sat down", "a cat sat") == pytest.approx(0.8)
    # Words count as often as they stand: 1 of 2 and 1 of 1.
    assert squad_f1("no no", "no") == pytest.approx(2 / 3)
    assert squad_f1("yes", "no") == 0.0
    # As in the script: two texts of articles only are equal, and share no word.
    assert squad_exact("the", "a") == 1.0
    assert squad_f1("the", "a") == 0.0


def test_cmrc_by_hand() -> None:
    assert cmrc_exact("《战国无双3》", "战国无双3") == 1.0
    # Only the script's own marks go: an ellipsis and a full stop of ASCII stay.
    assert cmrc_exact("三…", "三") == 0.0
    # 光荣和 against 光荣與和: the longest common run is 光荣 (2): P = 2/3, R = 2/4, F1 = 4/7.
    assert cmrc_f1("光荣和", "光荣與和") == pytest.approx(4 / 7)
    # A bag of characters would count all three.
    assert char_f1("光荣和", "光荣與和") == pytest.approx(6 / 7)
    # Latin words are words: 光 荣 koei ltd against 光 荣 koei: P = 3/4, R = 1, F1 = 6/7.
    assert cmrc_f1("光荣Koei Ltd", "光荣koei") == pytest.approx(6 / 7)
    # The hyphen goes without parting the word: 34 is not 3 and 4.
    assert cmrc_f1("3-4", "34") == 1.0
    # NLTK's sentences: "opened." of the first sentence becomes two tokens, so 2 of 5 and 2 of 2.
    assert cmrc_f1("it opened. it closed", "it opened") == pytest.approx(4 / 7)
    assert cmrc_f1("", "三") == 0.0


def test_characters_by_hand() -> None:
    assert char_exact("100 億元。", "100億元") == 1.0
    # Scripts are not made one: the official figures know no conversion.
    assert char_exact("億", "亿") == 0.0
    # 約100億 against 100億元: 4 in common of 5 and 5.
    assert char_f1("約100億", "100億元") == pytest.approx(4 / 5)


def test_best_takes_the_best_and_knows_no_answer() -> None:
    assert best(squad_f1, "cat sat down", ["dog", "cat sat"]) == pytest.approx(0.8)
    assert best(squad_f1, "", []) == 1.0
    assert best(squad_f1, "cat", []) == 0.0
