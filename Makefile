PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: test demo bench bench-sizes bench-adopt bench-fleet fleet-faults bench-template picture clean template-test template-race template-pythons image-test
.PHONY: test-browser report-picture vendored template-lightning

test: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 -q

demo: $(VENV)/installed
	docs/demo.sh

bench: $(VENV)/installed
	$(BIN)/python bench/bench.py

bench-sizes: $(VENV)/installed  # a check of 10 to 6,000 files, and beside 100,000 others
	$(BIN)/python bench/bench.py --sizes

bench-fleet: $(VENV)/installed  # about ten minutes
	$(BIN)/python bench/fleet.py

fleet-faults: $(VENV)/installed  # fleets killed at every point, and fifty hostile repos of two hundred
	$(BIN)/pytest -n 2 -q tests/fleet/faults.py

bench-adopt: $(VENV)/installed
	$(BIN)/python bench/adopt.py

bench-template: $(VENV)/installed  # a created service's run that finds everything done, against `import gokart`
	$(BIN)/python -m bench.template

picture: $(VENV)/installed
	$(BIN)/python docs/picture.py

template-test: $(VENV)/installed  # every pair of the template's answers: each project's own check, and every linter
	$(BIN)/pytest -n 2 -q tests/template/pairwise.py

template-pythons: $(VENV)/installed  # a service and a library on each Python that they may choose, made by uv
	$(BIN)/pytest -q -rs tests/template/pythons.py

template-lightning: .venv-lightning/installed  # a project with PyTorch Lightning: its own check, and trainings that are killed
	.venv-lightning/bin/pytest -q tests/template/lightning.py

template-race: $(VENV)/installed  # 125 cold processes, with plain gokart and with the template's base class
	-$(BIN)/python -m tests.template.race plain 5 25
	$(BIN)/python -m tests.template.race ours 5 25

image-test: $(VENV)/installed  # a service's image built and run: as root, with buildah and debootstrap
	$(BIN)/pytest -q tests/template/image.py

test-browser: $(VENV)/browser  # the report in Chromium, which is got where that can be done
	tests/browser/chromium.sh
	$(BIN)/pytest -q -s tests/browser/report.py

report-picture: $(VENV)/browser
	tests/browser/chromium.sh
	$(BIN)/python -m docs.report_picture

vendored: $(VENV)/installed  # what the report is drawn with, taken anew from npm and compared
	$(BIN)/python docs/vendored.py

$(VENV)/browser: $(VENV)/installed
	$(BIN)/pip install -q -e '.[browser]'
	touch $@

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e '.[dev,template]'
	touch $@

.venv-lightning/installed: pyproject.toml  # torch first: what comes after takes the one that is there
	$(PYTHON) -m venv .venv-lightning
	.venv-lightning/bin/pip install -q torch==2.13.0
	.venv-lightning/bin/pip install -q -e '.[dev,template,lightning]'
	touch $@

clean:
	rm -rf $(VENV) .venv-lightning build dist
