# Each target is a few lines that can also be run by hand. Targets install
# what they need into .venv; `make demo` and `make test` each work alone on a
# fresh clone.

PYTHON ?= python3
BIN := .venv/bin
DEMO := build/demo

.PHONY: demo test test-large lint bench clean

demo: .venv/installed
	rm -rf $(DEMO)
	$(BIN)/python -m demo.synthetic_captures --output=$(DEMO)/captures
	$(BIN)/tfds build datasets/iscx_vpn_nonvpn --config=flow \
	    --manual_dir=$(DEMO)/captures --data_dir=$(DEMO)/data
	$(BIN)/python train.py --flagfile=configs/demo.flags \
	    --data_dir=$(DEMO)/data --workdir=$(DEMO)/run
	$(BIN)/mtc evaluate --workdir=$(DEMO)/run
	$(BIN)/python -m export --workdir=$(DEMO)/run --output=$(DEMO)/export
	$(BIN)/mtc classify $(DEMO)/captures/*.pcap --by=flow \
	    --model=$(DEMO)/export > $(DEMO)/flows.txt
	head -20 $(DEMO)/flows.txt
	@echo
	@echo 'captures (synthetic)   $(DEMO)/captures'
	@echo 'prepared dataset       $(DEMO)/data'
	@echo 'run, with metrics.json $(DEMO)/run'
	@echo 'SavedModel, TFLite     $(DEMO)/export'
	@echo 'labelled flows         $(DEMO)/flows.txt'

test: .venv/installed
	$(BIN)/python -m pytest

test-large: .venv/installed
	$(BIN)/python -m pytest -m large

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: .venv/installed
	$(BIN)/python -m benchmarks.preprocess

# The list is exact (name==version), so pip has nothing left to resolve.
.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and \
	    'Python 3.11 or newer is needed; set PYTHON=…')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf .venv build
