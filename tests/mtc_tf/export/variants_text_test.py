from mtc_tf.export.variants_text import variants_text

SPEED = {"median_ms": 0.256, "p99_ms": 1.5, "rows_per_second": 4321.5}
FIGURES = {
    "bytes": 123456,
    "largest_difference": 0.25,
    "speed": {"1": SPEED, "2": SPEED},
}


def test_figures_on_the_validation_part():
    lost = {"macro_f1_lost": {"a": -0.001, "b": 1.234}, "rows": 40}
    head, row, legend = variants_text({"x": FIGURES | lost}).splitlines()
    assert head.split()[3:7] == ["a", "F1", "lost", "b"]
    assert row.split() == [
        *("x", "123,456", "2.5e-01", "0.00", "1.23"),
        *("0.26", "1.50", "4,322", "0.26", "1.50", "4,322"),
    ]
    assert "points of macro F1 on 40 rows of the validation part" in legend


def test_without_the_dataset():
    head, row, legend = variants_text({"x": FIGURES}).splitlines()
    assert len(row.split()) == 9
    assert "F1" not in head + legend
