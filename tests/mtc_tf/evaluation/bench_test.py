import pytest

from mtc_tf.errors import InputError
from mtc_tf.evaluation.bench import read_bench
from mtc_tf.evaluation.bench_table import bench_table
from mtc_tf.files.shipped import shipped

HEAD = "name,dataset,split_seeds,seeds,flags\n"


def _figures(fw16):
    values = {
        "macro_f1": 0.5,
        "fw16": fw16,
        "vote_10": 0.25,
        "vote": 0.25,
        "log_loss": 1.5,
    }
    return {
        name: {"value": value, "interval": [value - 0.1, value + 0.1]}
        for name, value in values.items()
    }


def _result(fw16, difference, forest=0.5, task="application"):
    against = {
        name: {
            "difference": difference,
            "interval": [difference - 0.02, difference + 0.02],
        }
        for name in ("fw16", "log_loss")
    }
    return {
        "tasks": {
            task: {
                "figures": _figures(fw16),
                "baselines": {
                    "forest": {**_figures(forest), "validation_fw16": 0.9}
                },
                "best_baseline": "forest",
                "against_best_baseline": against,
                "averaged": _figures(0.75),
                "averaged_against_trees": against,
            }
        }
    }


def test_runs_are_averaged_and_a_baseline_counts_once_a_split():
    results = {
        "Lite": [
            _result(0.4, -0.1),
            _result(0.5, 0.01),
            _result(0.6, 0.06, forest=0.7),
        ]
    }
    head, forest, lite, averaged = bench_table(
        results, "application"
    ).splitlines()
    assert "fw16" in head
    assert forest.split()[:2] == ["forest", "2"]
    assert "0.600 ± 0.141" in forest
    assert lite.split()[:2] == ["Lite", "3"]
    assert "0.500 ± 0.100" in lite
    assert "best baseline" in lite
    assert "-0.010" in lite
    assert "1 1 1" in lite
    assert averaged.startswith("Lite and trees")
    assert "0.750 ± 0.000" in averaged


@pytest.mark.parametrize(
    "change", [{"masks": ["ip.id"]}, {"label_shuffle_seed": 0}]
)
def test_baselines_on_changed_rows_are_others(change):
    results = {
        "Lite": [_result(0.4, -0.1, forest=0.5)],
        "no id": [
            {**_result(0.3, -0.1, forest=forest), **change}
            for forest in (0.3, 0.4)
        ],
    }
    lines = bench_table(results, "application").splitlines()[1:]
    assert [line.split("  ")[0] for line in lines] == [
        "forest",
        "Lite",
        "Lite and trees",
        "no id: best baseline",
        "no id",
        "no id and trees",
    ]
    assert "0.500" in lines[0] and "±" not in lines[0]
    assert "0.350 ± 0.071" in lines[3]


def test_model_without_the_task_has_no_line():
    results = {
        "all tasks": [_result(0.5, 0.1)],
        "another": [_result(0.5, 0.1, task="traffic_type")],
    }
    lines = bench_table(results, "application").splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "forest",
        "all tasks",
        "all tasks and trees",
    ]


def test_rows_become_runs_by_dataset(tmp_path):
    path = tmp_path / "bench.csv"
    path.write_text(
        f"{HEAD}A,lab/flow,0 2,5 6,--epochs=1\n"
        'B,lab/flow,2,7,"--loss_weights=a=1,b=2 --seed=3"\n'
    )
    runs = read_bench(path)
    assert [(x.model, x.prepared, x.seed) for x in runs] == [
        ("A", "lab/flow", 5),
        ("A", "lab/flow", 6),
        ("A", "lab/flow_seed2", 5),
        ("A", "lab/flow_seed2", 6),
        ("B", "lab/flow_seed2", 7),
    ]
    assert runs[4].flags == ("--loss_weights=a=1,b=2", "--seed=3")
    workdir = runs[4].workdir(tmp_path)
    assert workdir == tmp_path / "lab-flow_seed2" / "B" / "7"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected the columns name,.*received $"),
        ("name,dataset\n", "expected the columns.*received name,dataset"),
        (HEAD, "lists nothing to run"),
        (f"{HEAD}A,lab/flow,1,0\n", "line 2: expected 5 columns"),
        (f"{HEAD}A,lab/flow,1,0,--x,y\n", "line 2: expected 5 columns"),
        (f"{HEAD}A/B,lab/flow,1,0,\n", "line 2: name.*'A/B'"),
        (f"{HEAD},lab/flow,1,0,\n", "line 2: name.*''"),
        (f"{HEAD}A,lab,1,0,\n", "line 2: dataset takes NAME/CONFIG.*'lab'"),
        (f"{HEAD}A,lab/flow,,0,\n", "line 2: split_seeds takes numbers"),
        (f"{HEAD}A,lab/flow,1,-1,\n", "line 2: seeds takes numbers.*'-1'"),
        (f"{HEAD}A,lab/flow,1,0,--x='\n", "line 2: flags: No closing"),
    ],
)
def test_what_is_no_bench(content, message, tmp_path):
    path = tmp_path / "bench.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_bench(path)


def test_file_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_bench(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff")
    with pytest.raises(InputError, match="it is no UTF-8"):
        read_bench(tmp_path / "bytes.csv")


def test_benches_of_the_package():
    paths = sorted((shipped("configs") / "bench").iterdir())
    assert paths
    for path in paths:
        assert read_bench(path)
