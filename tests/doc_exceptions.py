"""What `docs_test.py` does not run as it stands on the pages."""

import re

# What it does not run at all, why, and what does.
NOT_RUN = {
    r"make demo": "minutes; its steps are commands of other pages",
    r"make test": "this is it",
    r"make (lab|lab SCENARIO=\w+)": "root; tests/lab by `make test-lab`",
    r"python -m lab .*": "root; tests/lab by `make test-lab`",
    r"python -m lab\.(cut|parts) .*": "a set of the lab; tests/lab",
    r"(mtc|tfds) build .*--beam_pipeline_options=.*": "minutes, or a cluster; "
    "`make test-beam`",
    r"make shipped-model.*": "minutes; tests/mtc_tf/export",
    r"python -m benchmarks\.growth .*": "runs of an hour; tests/benchmarks",
    r"make tables-small": "44 minutes; `mtc table` of docs/use/tables.md",
    r"make test-backends": "other backends; .ci/run",
    r"(\.venv/bin/)?pip install .*": "the network; tests/wheel_test.py",
    r"MTC_EXPORT=.* docker compose .*": "Docker; tests/deploy reads the files",
    r"(sudo )?mtc classify --interface=.*": "root; `make test-live`",
    r"tcpdump .*": "root; `make test-live`",
    r"zcat .*": "the same pipe; tests/mtc_tf/commands/classify_stream_test.py",
    r"make replay": "a C compiler; tests/deploy/replay_test.py",
    r"build/replay .*": "a C compiler; tests/deploy/replay_test.py",
    r"make serve( .*)?": "a server; tests/deploy by `make test-serving`",
    r"mtc (classify .*--model=(http|grpc):|load-test).*": "a server; "
    "tests/deploy by `make test-serving`",
    r"python deploy/client\.py .*": "a server; tests/deploy/client_test.py",
    r"python -m benchmarks\.(training|gpu_protocol) .*": "PyTorch or JAX; "
    "tests/benchmarks",
    r"mtc bench .*": "hours; tests/mtc_tf/commands/bench_test.py",
    r"python -m benchmarks\.unknown_traffic .*": "an hour; tests/benchmarks",
    r"python -m benchmarks\.fine_tuning .*": "an hour; tests/benchmarks",
    r"python -m benchmarks\.planted_label_faults .*": "half an hour; "
    "tests/benchmarks",
    r"python -m benchmarks\.cost( .*)?": "7 GB of memory; tests/benchmarks",
    r"mtc evaluate .*--captures=.*": "captures of others; tests/mtc_tf/"
    "evaluation/other_captures_test.py",
    r"mtc audit traffic_lab/paper .*": "minutes; those of docs/use/audit.md",
    r"mtc audit FOLDER( .*)?": "captures with a labels.csv; tests/mtc_tf/"
    "commands/audit_test.py",
    r"mtc train --backend=jax .*": "JAX; tests/mtc_tf/commands/"
    "train_jax_test.py",
    r"python -m benchmarks\.(serving|data_path|stream_memory) .*": "minutes, "
    "and other engines; tests/benchmarks",
    r"pip (wheel|download) .*": "the network",
    r"python -m benchmarks\.layers .*": "minutes; tests/benchmarks",
    r"TF_CONFIG=.*": "two machines; tests of `make test-workers`",
    r"KERAS_BACKEND=numpy python tests/mutate\.py .*": "mutmut, hours",
    r"mutmut run": "mutmut, hours",
    r"python tests/mutate_training\.py .*": "mutmut, hours",
    r"\.venv/bin/python -m pytest .*": "the suite itself",
}

# Flags behind those of the page that cut trainings and measurements of hours
# short.
TRAINING = ("--epochs=1", "--max_steps=2", "--batch_size=4")
MTC_SERIES = ("--members=1",)
MTC_LITE = (*MTC_SERIES, "--branches=cnn")
MTC_OF_RECORDS = ("--num_encoders=1,0,0",)
MTC_OF_PACKETS = (*MTC_OF_RECORDS, "--stem_strides=50")
DATASET = "iscx_vpn_nonvpn/paper"
FLOWS = "iscx_vpn_nonvpn/flow_series"
OTHERS = {
    "benchmarks.cicids2017": ("--fraction=0.0005",),
    "benchmarks.preprocess": ("--packets=2000",),
    "benchmarks.training_choices": (
        *("--epochs=1", "--steps=1", "--batch_size=4", "--seeds", "0"),
        *("--decay", "gradient", "--final_norm", "yes"),
        f"--dataset={DATASET}",
    ),
    "fuzz": ("--count=50",),
}
# The one table whose rows are trained; of the others what is there is printed.
TABLE = "mtc table 5 --runs=RUNS --execute"


def why_not_run(command):
    """Returns the pattern of `NOT_RUN` that a command fits, or None."""
    for pattern in NOT_RUN:
        if not command.is_python and re.fullmatch(pattern, command.text):
            return pattern
    return None


def is_training(words):
    """Whether a command trains one model."""
    return words[:2] in (["mtc", "train"], ["python", "train.py"])


def cut_short(words):
    """Returns the words of a command, and those that let it end in seconds."""
    text = " ".join(words)
    if is_training(words):
        # The flags of a run that was cut short say so themselves.
        if "flags.txt" in text:
            return words
        if "lite.flags" in text:
            model = MTC_LITE
        elif "series.flags" in text:
            model = MTC_SERIES
        else:
            is_of_records = "cicids2017" in text
            model = MTC_OF_RECORDS if is_of_records else MTC_OF_PACKETS
        return [*words, *TRAINING, *model]
    if "--execute" in words:
        if not text.startswith(TABLE):
            return [word for word in words if word != "--execute"]
        flags = f"--train_flags={' '.join(TRAINING)}"
        return [*words, f"--flows={FLOWS}", flags]
    if words[:2] == ["mtc", "explain"]:
        return [*words, "--rows=1"]
    for name, flags in OTHERS.items():
        if words[:2] == ["python", "-m"] and words[2].startswith(name):
            return [*words, *flags]
    return words
