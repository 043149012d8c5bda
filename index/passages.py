"""Sections → passages: the runs of whole sentences that are embedded and read."""

from collections.abc import Callable, Sequence

from index.sections import Passage, Section
from index.sentences import sentences

# Of the encoder's 512 tokens this leaves room for the prefix, the heading and, when the reader
# reads the passage, the question. Long sections are cut into parts of about equal length, since a
# short rest would be a passage without context.
MAX_TOKENS = 320


def cut_passages(
    sections: Sequence[Section], count_tokens: Callable[[Sequence[str]], list[int]]
) -> list[Passage]:
    """The passages of ``sections`` in order, each of at most about MAX_TOKENS tokens.

    A section without text has one empty passage, so that its heading can still be found. A
    passage holds at least one sentence, however long.
    """
    passages = []
    for position, section in enumerate(sections):
        bounds = sentences(section.text)
        if not bounds:
            passages.append(Passage(position, 0, 0))
            continue
        lengths = count_tokens([section.text[a:b] for a, b in bounds])
        # Control characters alone are a sentence of no tokens.
        parts = max(1, -(-sum(lengths) // MAX_TOKENS))
        first, used, spent = 0, 0, 0
        for i, length in enumerate(lengths):
            # Cut before the sentence that would take this part past its even share.
            share = sum(lengths) * (spent + 1) / parts
            if i > first and used + length / 2 > share:
                passages.append(Passage(position, bounds[first][0], bounds[i - 1][1]))
                first, spent = i, spent + 1
            used += length
        passages.append(Passage(position, bounds[first][0], bounds[-1][1]))
    return passages
