HOST ?= 127.0.0.1
PORT ?= 7860
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check gate clean

run: .venv/run
	$(BIN)/python -m index build
	HOST=$(HOST) PORT=$(PORT) $(BIN)/python app.py

test: .venv/test
	$(BIN)/python -m index build
	$(BIN)/python -m pytest

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Exits 1 when the system falls under a floor: make gate GATE="answer=0.9 answer:yue=0.8"
gate: .venv/test
	$(BIN)/python -m index build
	$(BIN)/python -m eval run --split score $(addprefix --fail-under ,$(GATE))

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Stamps: an install is repeated only when what is to be installed has changed.
.venv/run: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/test: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@ .venv/run

clean:
	rm -rf .venv .build *.egg-info
