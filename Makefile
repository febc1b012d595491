# `make run` and `make test` need nothing but make, git and a Python; they set up the rest by themselves, once.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint types contracts format bench samples templates pictures package package-reader clean

VENV := .venv
PY := $(VENV)/bin/python
# The interpreter that the environment is made with; once it stands, its own.
PYTHON ?= $(shell $(PY) -c '' 2>/dev/null && echo $(PY) || echo python3)
export PYTHON

SCAN ?= resources/samples/malignant_synthetic.png
# Handed on to the program, to pytest or to the benchmarks: make test ARGS="-n auto --dist loadfile" where there are more than a few cores.
ARGS ?=
OUT := out/sample
# The program is built in an environment of its own, with PyInstaller and another OpenCV, and without what trains.
BUILT_WITH := build/venv
# ONNX Runtime, which the program is compared with, has one as well.
MEASURED_WITH := build/bench-venv

# A window needs a display; without one `make run` analyses the scan instead and says where the pictures lie.
ifeq ($(shell uname -s),Darwin)
SCREEN := window
else ifneq ($(DISPLAY)$(WAYLAND_DISPLAY),)
SCREEN := window
else
SCREEN := offscreen
endif

SYSTEM := sh packaging/system_libraries.sh
# No configuration: a run is quiet until it has something to say, and the versions are those of constraints.txt.
INSTALL = { $(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); } \
	&& $(PY) packaging/requirements.py $(1) >$(VENV)/requirements.txt \
	&& $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement $(VENV)/requirements.txt

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo "  make run SCAN=path/to/scan.dcm   opens your own scan"

run: ready-$(SCREEN) $(VENV)/.installed-run ## open the program with a synthetic scan; without a display, analyse it
	@$(PY) main.py convert
ifeq ($(SCREEN),window)
	@$(PY) main.py "$(SCAN)" $(ARGS)
else
	@echo "== No display: analysing $(SCAN)"
	@$(PY) main.py analyze "$(SCAN)" --out $(OUT) $(ARGS)
	@echo "The pictures and figures lie in $(OUT)/"
endif

test: ready-offscreen lint types contracts ## set up, check style, types and import contracts, then run the tests
	@echo "== Tests"
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -q $(ARGS)

lint: $(VENV)/.installed-dev ## style and formatting
	@echo "== Lint"
	@$(VENV)/bin/ruff check --quiet --output-format concise .
	@$(VENV)/bin/ruff format --check --quiet . || { echo "Not formatted; make format does it."; exit 1; }

types: $(VENV)/.installed-dev ## types
	@echo "== Types"
	@$(VENV)/bin/mypy

contracts: $(VENV)/.installed-dev ## who may import whom
	@echo "== Import contracts"
	@$(VENV)/bin/lint-imports >$(VENV)/contracts.txt 2>&1 || { cat $(VENV)/contracts.txt; exit 1; }

format: $(VENV)/.installed-dev ## mend what can be mended by machine: imports, layout
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format --quiet .

bench: $(VENV)/.installed-dev $(MEASURED_WITH)/.installed ## measure how fast the program is, and write it down: half an hour on a quiet machine
	@QT_QPA_PLATFORM=offscreen $(PY) benchmarks/performance.py --other-python $(MEASURED_WITH)/bin/python $(ARGS); measured=$$?; \
		$(PY) main.py report && exit $$measured

samples: $(VENV)/.installed-dev ## make the synthetic scans of resources/samples again
	@$(PY) resources/samples/generate.py

templates: $(VENV)/.installed-dev ## make what networks are prepared with again, after a change of their architecture
	@$(PY) resources/templates/generate.py

pictures: $(VENV)/.installed-run ## take the pictures of the user guide again, from the window
	@$(PY) main.py convert
	@$(PY) docs/guide/pictures.py

package: $(BUILT_WITH)/.opencv ## build the program that is installed without Python, with all that retraining needs
	@$(BUILT_WITH)/bin/python packaging/build.py full

package-reader: $(BUILT_WITH)/.opencv ## the same without what retrains: it reads
	@$(BUILT_WITH)/bin/python packaging/build.py reader

clean: ## remove caches and results; the environment and trained networks stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist out
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------------------------------------------- set-up

.PHONY: ready-window ready-offscreen ready-python
ready-python:
	@test -e $(VENV)/.installed-run || $(SYSTEM) python

ready-window ready-offscreen: ready-%: ready-python
	@$(SYSTEM) $*

# A stamp is younger than what it was made from, so the second time there is nothing to do. Both are files of the environment: they go with it.
$(VENV)/.installed-run: pyproject.toml constraints.txt packaging/requirements.py | ready-python
	@echo "== Setting up Python packages in $(VENV) (the first time: several hundred MB, some minutes)"
	@$(call INSTALL,train)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt packaging/requirements.py | ready-python
	@echo "== Setting up Python packages for development in $(VENV) (the first time: several hundred MB, some minutes)"
	@$(call INSTALL,train dev)
	@touch $(VENV)/.installed-run $@

$(BUILT_WITH)/.installed: EXTRAS := package
$(MEASURED_WITH)/.installed: EXTRAS := train bench
$(BUILT_WITH)/.installed $(MEASURED_WITH)/.installed: %/.installed: pyproject.toml constraints.txt packaging/requirements.py | ready-python
	@echo "== Setting up Python packages in $* (the first time: several hundred MB, some minutes)"
	@test -e $*/bin/python || $(PYTHON) -m venv $*
	@$*/bin/python packaging/requirements.py $(EXTRAS) >$*/requirements.txt
	@$*/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement $*/requirements.txt
	@touch $@

$(BUILT_WITH)/.opencv: $(BUILT_WITH)/.installed packaging/opencv.py
	@$(BUILT_WITH)/bin/python packaging/opencv.py
	@touch $@
