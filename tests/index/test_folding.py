from hypothesis import given
from hypothesis import strategies as st

from index.folding import fold


def test_scripts_and_widths_become_one() -> None:
    assert fold("預備航天員") == fold("预备航天员") == "预备航天员"
    assert fold("ＡＢＣ１２３") == "ABC123"


@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_length_is_kept_and_folding_twice_changes_nothing(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
