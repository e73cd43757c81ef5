import subprocess
import sys

import pytest
from small_models import linear_model

from benchmarks import cost
from benchmarks.training import CLASSES


@pytest.mark.slow
def test_every_way_of_a_model_is_measured(monkeypatch):
    monkeypatch.setattr(cost, "_LEAST_SECONDS", 0.01)
    model = linear_model(CLASSES, "packet", 1500)
    [costs] = cost.measure({"linear": model}, batch_size=8, rounds=1).values()
    assert costs["parameters"] == 1501 * 35
    assert costs["FLOPs a row"] >= 2 * 1500 * 35
    assert list(costs)[2:] == [
        "SavedModel, batch 1, rows/s",
        "SavedModel, batch 8, rows/s",
        "LiteRT, batch 1, rows/s",
        "LiteRT, batch 8, rows/s",
        "training, batch 8, rows/s",
    ]
    assert all(value > 0 for value in costs.values())


@pytest.mark.slow
def test_models_are_those_of_the_paper_and_of_the_recipe():
    models = cost.make_models()
    assert models["MTC"].count_params() == 1_586_001
    lite = models["MTC-Lite"]
    assert lite.get_layer("field_bins").get_weights()[1].any()
    series = models["MTC-Series"]
    rows = cost._rows(series, 3)
    assert rows.shape == (3, 10, 68)
    assert series.predict({"series": rows}, verbose=0)["application"].shape == (
        3,
        CLASSES["application"],
    )


def test_baselines_of_a_dataset_are_measured(prepared_data_dir):
    table = cost.measure_baselines("iscx_vpn_nonvpn/flow", prepared_data_dir)
    lines = table.splitlines()
    assert "application of iscx_vpn_nonvpn/flow" in lines[0]
    assert [line.split("  ")[0] for line in lines[2:]] == [
        "majority",
        "lower port",
        "forest",
        "forest, one port",
        "forest, 100 bytes",
        "forest, network's inputs",
        "boosting",
    ]


@pytest.mark.parametrize(
    ("saved_model", "litert", "training", "met"),
    [
        (7000, 0, 1000, True),
        (0, 7000, 1000, True),
        (6999, 6999, 1000, False),
        (9000, 9000, 999, False),
    ],
)
def test_goals(saved_model, litert, training, met, capsys):
    costs = {
        "SavedModel, batch 8, rows/s": saved_model,
        "LiteRT, batch 8, rows/s": litert,
        "training, batch 8, rows/s": training,
    }
    assert cost._meets_goals(costs, 8) == met
    assert "(goal: 7,000)" in capsys.readouterr().out


@pytest.mark.slow
def test_one_core_is_left():
    program = (
        "import os; from benchmarks import cost; cost.use_one_core();"
        "import tensorflow as tf;"
        "assert len(os.sched_getaffinity(0)) == 1;"
        "assert tf.config.threading.get_intra_op_parallelism_threads() == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
