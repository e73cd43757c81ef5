# Each target is a few lines that can also be run by hand. Targets install
# what they need into .venv; `make demo` and `make test` each work alone on a
# fresh clone.

PYTHON ?= python3
BIN := .venv/bin
DEMO := build/demo
TABLES := build/tables
LAB := build/lab$(if $(SCENARIO),-$(SCENARIO))

.PHONY: demo docs lab replay serve shipped-model tables-small test \
    test-backends test-beam test-docs test-lab test-live test-large test-serving \
    test-slow test-wheel test-workers fuzz lint bench clean

# MTC-Lite on the same captures divided by session, by packet and by flow, two
# at a time, for two thirds of the steps of its recipe. Trees stand beside the run
# by session, which is exported. Each gets half of the cores: threads of two that
# wait for one another take a fifth more time of all.
demo: export TF_NUM_INTRAOP_THREADS := $(shell expr '(' $$(nproc) + 1 ')' / 2)
demo: export TF_NUM_INTEROP_THREADS := $(TF_NUM_INTRAOP_THREADS)
demo: export OMP_NUM_THREADS := $(TF_NUM_INTRAOP_THREADS)
demo: .venv/installed
	rm -rf $(DEMO)
	mkdir -p $(DEMO)
	$(MAKE) --no-print-directory --jobs=2 --output-sync=line \
	    $(DEMO)/flows.txt $(DEMO)/paper $(DEMO)/flow
	head -20 $(DEMO)/flows.txt
	@echo
	@echo 'prepared datasets      $(DEMO)/data'
	@echo 'runs                   $(DEMO)/capture, $(DEMO)/paper, $(DEMO)/flow'
	@echo 'all figures of a run   $(DEMO)/capture.txt'
	@echo 'SavedModel, TFLite     $(DEMO)/export'
	@echo 'labelled flows         $(DEMO)/flows.txt'
	@echo
	@echo 'Sessions that training has not seen: macro F1 of packets, where a'
	@echo 'flow counts as 16 at most / of flows, by a vote of their first ten'
	@$(BIN)/mtc compare $(DEMO)/capture --baselines
	@echo
	@echo 'MTC-Lite on packets, flows and sessions that training has not seen'
	@$(BIN)/mtc compare $(DEMO)/paper $(DEMO)/flow $(DEMO)/capture \
	    --output=$(DEMO)/report.html

$(DEMO)/data_paper.txt: CONFIGS := paper
$(DEMO)/data_strict.txt: CONFIGS := capture,flow
$(DEMO)/data_%.txt:
	$(BIN)/mtc build traffic_lab --config=$(CONFIGS) --data_dir=$(DEMO)/data > $@

$(DEMO)/paper: $(DEMO)/data_paper.txt
$(DEMO)/flow $(DEMO)/capture: $(DEMO)/data_strict.txt
$(DEMO)/paper $(DEMO)/flow: ALONE := --no_baselines
$(DEMO)/paper $(DEMO)/flow $(DEMO)/capture: $(DEMO)/%:
	$(BIN)/python train.py --flagfile=configs/lab/lite.flags --max_steps=208 \
	    --dataset=traffic_lab/$* --data_dir=$(DEMO)/data --workdir=$@
	$(BIN)/mtc evaluate --workdir=$@ $(ALONE) > $@.txt

$(DEMO)/flows.txt: $(DEMO)/capture
	$(BIN)/python -m export --workdir=$< --output=$(DEMO)/export
	$(BIN)/mtc classify datasets/traffic_lab/captures/*_1.pcap.gz --by=flow \
	    --model=$(DEMO)/export > $@

# Tables 4 and 6 to 9 small: 60 steps of 16 packets each, one seed, on the
# captures of the traffic lab; with RECORDS=FOLDER (CSV files of CICIDS2017) its
# rows of Table 4 too.
tables-small: .venv/installed
	$(BIN)/tfds build datasets/traffic_lab --config=paper \
	    --data_dir=$(TABLES)/data
	$(if $(RECORDS),$(BIN)/tfds build datasets/cicids2017 --config=clean \
	    --manual_dir=$(RECORDS) --data_dir=$(TABLES)/data)
	for number in 4 6 7 8 9; do \
	    $(BIN)/mtc table $$number --runs=$(TABLES)/runs --execute \
	        --data_dir=$(TABLES)/data --packets=traffic_lab/paper \
	        --records=cicids2017/clean $(if $(RECORDS),,--only=packets) \
	        --max_steps=60 --fraction=0.2 \
	        --train_flags="--batch_size=16 --schedule=cosine" \
	        > $(TABLES)/table$$number.txt || exit 1; \
	    echo "Table $$number"; cat $(TABLES)/table$$number.txt; \
	done

# The model of the package, trained on a set of the lab: by default the one that
# comes with the project; with OTHERS=FOLDER its card tells captures of others.
# A few minutes.
SET ?= datasets/traffic_lab/captures
SHIPPED ?= build/shipped
shipped-model: .venv/installed
	rm -rf $(SHIPPED)
	mkdir -p $(SHIPPED)
	$(BIN)/mtc build iscx_vpn_nonvpn --config=capture_series \
	    --manual_dir=$(SET) --data_dir=$(SHIPPED)/data > $(SHIPPED)/data.txt
	$(BIN)/python train.py --flagfile=configs/lab/shipped.flags \
	    --dataset=iscx_vpn_nonvpn/capture_series --data_dir=$(SHIPPED)/data \
	    --workdir=$(SHIPPED)/run $(FLAGS)
	$(BIN)/mtc evaluate --workdir=$(SHIPPED)/run > $(SHIPPED)/run.txt
	$(if $(OTHERS),$(BIN)/mtc evaluate --workdir=$(SHIPPED)/run \
	    --captures=$(OTHERS) --labels=datasets/other_captures/labels.csv \
	    > $(SHIPPED)/others.txt)
	$(BIN)/python -m export.shipped_model --workdir=$(SHIPPED)/run \
	    --output=$(SHIPPED)/model
	@echo 'to ship it: cp $(SHIPPED)/model/* mtc_tf/shipped_model/'

# A C program that answers the warm-up requests of a SavedModel as TensorFlow
# Serving does; see deploy/README.md.
REPLAY ?= build/replay
replay: .venv/installed
	mkdir -p $(dir $(REPLAY))
	tensorflow=$$($(BIN)/python -c "import importlib.util as util; \
	    print(util.find_spec('tensorflow').submodule_search_locations[0])") && \
	$(CC) -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror \
	    deploy/c/replay.c -o $(REPLAY) -isystem $$tensorflow/include \
	    -L$$tensorflow -Wl,-rpath,$$tensorflow \
	    -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2

# An export behind KServe, on this machine alone, until Ctrl-C; by default that of
# the demo or, before that was run, the model of the package.
EXPORT ?= $(if $(wildcard $(DEMO)/export),$(DEMO)/export,mtc_tf/shipped_model)
serve: .venv-serve/installed
	.venv-serve/bin/python -m deploy.server $(EXPORT)

# Root only. The set goes to build/lab, or build/lab-NAME with SCENARIO=NAME.
lab: .venv/installed
	lab/install.sh
	rm -rf $(LAB)
	$(BIN)/python -m lab --output=$(LAB) $(if $(SCENARIO),--scenario=$(SCENARIO))
	$(BIN)/python -m lab.check $(LAB)

# A process for each core; tests of one file stay together, to share its
# fixtures. A test that hangs or ends its process is named, and ends the run.
PYTEST := $(BIN)/python -m pytest -n logical --dist loadfile \
    --max-worker-restart=0 -o faulthandler_timeout=600 \
    -o faulthandler_exit_on_timeout=true

test: .venv/installed
	$(PYTEST)

# Layers and models on Keras's other backends, and training under JAX, by itself
# and beside training under TensorFlow. The environment does not hold the
# backends, being large; docs/use/tables.md says how to add one. JAX compiles
# thousands of small operations here: quickly, not well.
QUICK_XLA := --xla_backend_optimization_level=0 \
    --xla_llvm_disable_expensive_passes=true
test-backends: .venv/installed
	for backend in jax torch; do \
	    if $(BIN)/python -c "import importlib.util as util, sys; \
	        sys.exit(util.find_spec('$$backend') is None)"; then \
	        echo "test-backends: $$backend"; \
	        XLA_FLAGS="$(QUICK_XLA)" KERAS_BACKEND=$$backend $(PYTEST) \
	            -m "" tests/mtc_tf/layers tests/mtc_tf/models || exit 1; \
	    else \
	        echo "test-backends: $$backend is not installed, skipped"; \
	    fi; \
	done
	XLA_FLAGS="$(QUICK_XLA)" KERAS_BACKEND=jax $(BIN)/python -m pytest \
	    tests/mtc_tf/training/jax_trainer_test.py
	XLA_FLAGS="$(QUICK_XLA)" $(BIN)/python -m pytest \
	    tests/mtc_tf/training/both_backends_test.py \
	    tests/mtc_tf/commands/train_jax_test.py \
	    tests/benchmarks/gpu_protocol_test.py

# Builds by Apache Beam: its runner, and its job service with its workers.
test-beam: .venv/installed
	$(BIN)/python -m pytest -m beam tests/mtc_tf/data

test-lab: .venv/installed
	lab/install.sh
	$(BIN)/python -m pytest -m lab

# Root only: interfaces between network namespaces.
test-live: .venv/installed
	tests/install.sh
	$(BIN)/python -m pytest -m live tests/mtc_tf

test-large: .venv/installed
	$(BIN)/python -m pytest -m large

# Starts KServe, and kills it.
test-serving: .venv/installed .venv-serve/installed
	$(BIN)/python -m pytest -m serving tests/deploy

test-slow: .venv/installed
	$(PYTEST) -m "slow and not large"

test-wheel: .venv/installed
	$(BIN)/python -m pytest -m wheel tests/wheel_test.py

test-workers: .venv/installed
	$(BIN)/python -m pytest -m workers tests/mtc_tf/training

# Longer than the suite does: frames, captures, tables and files of models,
# COUNT of each. An input that fails is printed in hex.
COUNT ?= 100000
SEED ?= 1
fuzz: .venv/installed
	for inputs in frames graph_frames guided_frames containers \
	    record_tables model_files; do \
	    PYTHONPATH=tests $(BIN)/python -m fuzz.$$inputs --count=$(COUNT) \
	        --seed=$(SEED) || exit 1; \
	done

# The site, into build/site; a warning is an error. The first variable keeps
# the theme's notice about another program out.
docs: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# Every command block of README.md and docs/, and the site.
test-docs: .venv/installed-docs
	$(BIN)/python -m pytest -n logical --dist worksteal \
	    --max-worker-restart=0 -m docs

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: .venv/installed
	$(BIN)/python -m benchmarks.preprocess
	$(BIN)/python -m benchmarks.cicids2017

# The list is exact (name==version), so pip has nothing left to resolve.
.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and \
	    'Python 3.11 or newer is needed; set PYTHON=…')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

.venv/installed-docs: .venv/installed requirements-docs.txt
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-docs.txt
	touch $@

# KServe needs pandas below 3.
.venv-serve/installed: requirements-serve.txt pyproject.toml
	$(PYTHON) -m venv .venv-serve
	.venv-serve/bin/python -m pip install --quiet --no-deps -r requirements-serve.txt
	.venv-serve/bin/python -m pip install --quiet --no-deps \
	    --no-build-isolation -e .
	touch $@

clean:
	rm -rf .venv .venv-serve build
