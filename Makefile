# BTok search: everything a person does with the project, one sentence each (`make help`).
# Paths may hold spaces: programs are run as modules of the environment's Python, never by shebang.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check
CORPUS ?= demo/corpus
PORT   ?= 8501
DATA   ?= data/btok-tiny
RUN    ?= runs/btok-tiny

# The demo has an index of its own; a folder of yours goes into the index that `python -m indexer`
# uses as well: BTOK_HOME, or .btok in this folder.
ifeq ($(CORPUS),demo/corpus)
export BTOK_HOME := $(CURDIR)/demo/home
endif
# Where there is no network, every look at a model hub costs minutes of retries.
export HF_HUB_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM ?= false

.PHONY: help demo corpus ingest serve test test-slow lint types format bench demo-queries cutoff \
        prepare train evaluate screenshots clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: ingest serve ## Make the demo corpus (or take CORPUS=path), index it, serve the search page.

corpus: $(VENV)/.installed ## Draw the demo corpus, unless CORPUS names a folder of yours.
	@if [ "$(CORPUS)" = "demo/corpus" ]; then $(PY) -m indexer demo-corpus "$(CORPUS)"; fi

# Exit code 3 says that some files were unreadable; they are listed, the rest is indexed.
ingest: corpus ## Index CORPUS, going on where the last run stopped.
	@$(PY) -m indexer ingest "$(CORPUS)" || [ $$? -eq 3 ]

serve: $(VENV)/.installed ## Serve the search page on http://localhost:8501 (PORT=...).
	@echo "The search page: http://localhost:$(PORT)"
	@$(PY) -m streamlit run app/main.py --server.port $(PORT) --server.headless true

test: $(VENV)/.developed lint types ## Lint, check types and run every test but the slow ones.
	@$(MAKE) --no-print-directory .chromium
	OMP_NUM_THREADS=2 $(PY) -m pytest -q

test-slow: $(VENV)/.developed ## Run the slow tests as well.
	$(PY) -m pytest -q -m "slow or not slow"

lint: $(VENV)/.developed ## Check style and formatting.
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/.developed ## Check types, strictly in indexer and app.
	$(PY) -m mypy

format: $(VENV)/.developed ## Mend style and formatting.
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(VENV)/.developed ## Measure speed and memory; writes docs/benchmarks.md.
	$(PY) -m bench --write docs/benchmarks.md

demo-queries: $(VENV)/.installed ingest ## Run the 20 demo queries; writes docs/demo_queries.md.
	$(PY) -m indexer.demo_corpus.check --write docs/demo_queries.md

cutoff: $(VENV)/.installed ingest ## Measure "good matches end here"; writes docs/cutoff.md.
	$(PY) -m indexer.demo_corpus.cutoff --write docs/cutoff.md

prepare: $(VENV)/.developed .training-packages ## Build btok-tiny's training set in DATA.
	$(PY) -m train prepare --out "$(DATA)"

train: prepare ## Train btok-tiny (hours on a CPU; goes on where it stopped).
	OMP_WAIT_POLICY=PASSIVE $(PY) -m train fit train/recipes/btok-tiny.toml --data "$(DATA)" --out "$(RUN)"

evaluate: prepare ## Print btok-tiny's recall on pictures it never saw.
	$(PY) -m train evaluate btok-tiny --data "$(DATA)"

screenshots: $(VENV)/.developed ingest ## Take screenshots of every state of the page.
	$(PY) -m app.screenshots artifacts/screenshots

clean: ## Remove the environment, the demo and everything that was built.
	rm -rf $(VENV) demo artifacts .pytest_cache .mypy_cache .ruff_cache *.egg-info

# --- the environment ------------------------------------------------------------------------------
# torch comes first and pinned: left to the resolver it would be the newest build, gigabytes of it.

$(VENV)/bin/python:
	@for python in python3.13 python3.12 python3.11 python3; do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$python"; \
	    $$python -m venv $(VENV) && exit 0; rm -rf $(VENV); exit 1; \
	  fi; \
	done; echo "Python 3.11, 3.12 or 3.13 is needed and was not found." >&2; exit 1

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -q "$$(grep '^torch==' constraints.txt)"
	$(PIP) install -q -c constraints.txt -e ".[ocr]"
	@touch $@

$(VENV)/.developed: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e ".[ocr,server,train,dev]"
	@touch $@

.PHONY: .chromium .training-packages
.chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  (apt-get update -q && apt-get install -yq --no-install-recommends chromium) >/dev/null 2>&1 || \
	  echo "Chromium could not be installed: browser tests will be skipped."; \
	else echo "Browser tests need Chromium (Debian: apt-get install chromium): skipped."; fi

TRAINING_PACKAGES := openclipart-png openclipart-svg fonts-noto-color-emoji unicode-cldr-core wordnet-base
.training-packages:
	@if dpkg -s $(TRAINING_PACKAGES) >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && apt-get install -yq --no-install-recommends $(TRAINING_PACKAGES); \
	else echo "Training needs these Debian packages: $(TRAINING_PACKAGES)" >&2; exit 1; fi
