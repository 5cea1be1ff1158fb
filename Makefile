PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: test demo bench bench-adopt picture clean

test: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 -q

demo: $(VENV)/installed
	docs/demo.sh

bench: $(VENV)/installed
	$(BIN)/python bench/bench.py

bench-adopt: $(VENV)/installed
	$(BIN)/python bench/adopt.py

picture: $(VENV)/installed
	$(BIN)/python docs/picture.py

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e '.[dev,template]'
	touch $@

clean:
	rm -rf $(VENV) build dist
