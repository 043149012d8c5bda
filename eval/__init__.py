"""Measure the system: a question set about the documents, public SQuAD-format sets, comparisons.

The way of the data: ``questions`` or ``squad`` give questions, ``asking`` puts them to the engine
and keeps what it says, ``scores`` and ``text`` score each answer, ``statistics`` makes figures with
intervals of them, ``tables`` and ``report`` show them. ``README.md`` is the evaluator's page.
"""
