# Everything a newcomer needs: `make run`, `make test`. Only Python >= 3.11, git and make are taken for granted.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
JOBS   ?= 2

.PHONY: run test check format bench shapes clean

run: $(STAMP)  ## start the cloud on port 4566 with the blueprint todo in it, and print what to open
	$(BIN)/cloudchamber up todo

test: $(STAMP)  ## the whole suite
	$(BIN)/pytest -n $(JOBS) --dist loadgroup

check: $(STAMP)  ## style, types and the laws
	$(BIN)/ruff check src tests tools bench
	$(BIN)/ruff format --check src tests tools bench
	$(BIN)/mypy
	$(BIN)/pytest tests/tidy

format: $(STAMP)
	$(BIN)/ruff check --fix src tests tools bench
	$(BIN)/ruff format src tests tools bench

bench: $(STAMP)  ## measured side by side with a server that answers nothing
	$(BIN)/python -m bench

shapes: $(STAMP)  ## regenerate what is derived from botocore's models
	$(BIN)/python tools/service_index.py
	$(BIN)/python tools/shapes.py

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $(STAMP)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis build dist
