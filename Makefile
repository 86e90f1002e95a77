# Two commands do everything: `make bench` and `make test`. Both make the environment first.

PYTHON ?= python3
BIN := .venv/bin
RUN ?= runs/builtin

.PHONY: bench test quick lint

bench: .venv/ready  ## the main job on the built-in clips
	$(BIN)/bench run --codecs dac,encodec,opus,mp3,aac --bitrates 6,12,24,64 --out $(RUN)

test: .venv/ready  ## all tests
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --dist worksteal

quick: .venv/ready  ## the tests for daily work: none that is slow, no browser, no database server
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --dist worksteal \
		-m "not slow and not browser and not database"

lint: .venv/ready  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy codecbench tests

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev --editable ".[train,postgresql]"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps encodec
	touch $@
