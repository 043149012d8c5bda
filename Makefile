HOST ?= 127.0.0.1
PORT ?= 7860
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --quiet --disable-pip-version-check
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-package torch --no-emit-package pip

.PHONY: run test check gate lint audit lock clean

run: .venv/run
	$(BIN)/python -m index build
	HOST=$(HOST) PORT=$(PORT) $(BIN)/python app.py

test: .venv/test
	$(BIN)/python -m index build
	$(BIN)/python -m pytest

check: .venv/test lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Exits 1 when the system falls under a floor: make gate GATE="answer=0.9 answer:yue=0.8"
gate: .venv/test
	$(BIN)/python -m index build
	$(BIN)/python -m eval run --split score $(addprefix --fail-under ,$(GATE))

# What cannot be built everywhere is at least read by what knows it.
lint: .venv/test
	$(BIN)/hadolint Dockerfile
	deploy/verify

audit: .venv/test
	$(BIN)/python .ci/audit.py

# Write the lock files anew after pyproject.toml has changed; `make lock UPGRADE=--upgrade` takes
# the newest versions that it allows.
lock: .venv/bin/uv
	$(LOCK) $(UPGRADE) --extra test --output-file requirements-test.lock pyproject.toml
	$(LOCK) --constraint requirements-test.lock --output-file requirements.lock pyproject.toml

.venv/bin/uv: | .venv/bin/python
	$(PIP) 'uv>=0.13,<1'

.venv/bin/python:
	$(PYTHON) -m venv .venv

# All is installed by hash but torch, whose builds, with CUDA and without, go by one version; the
# libraries that its CUDA build brings along it names by exact version itself. The locked
# setuptools builds the project.
define install
	$(PIP) --no-deps --require-hashes --requirement $(1)
	$(PIP) "$$(grep -o 'torch==[0-9.]*' pyproject.toml | head -1)"
	$(PIP) --no-deps --no-build-isolation --editable .
endef

# Stamps: an install is repeated only when what is to be installed has changed.
.venv/run: requirements.lock pyproject.toml | .venv/bin/python
	$(call install,requirements.lock)
	touch $@

.venv/test: requirements-test.lock pyproject.toml | .venv/bin/python
	$(call install,requirements-test.lock)
	touch $@ .venv/run

clean:
	rm -rf .venv .build *.egg-info
