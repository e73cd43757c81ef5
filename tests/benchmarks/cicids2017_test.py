from small_record_tables import CLASS_OF_LABEL
from small_record_tables import FEATURES

from benchmarks import cicids2017
from mtc_tf.data.record_report import ALL_FILES
from mtc_tf.data.record_report import PUBLISHED_STEPS
from mtc_tf.features import tabular


def test_rows_are_as_many_as_in_the_genuine_files():
    counts = [n for labels in cicids2017.ROWS.values() for n in labels.values()]
    assert sum(counts) == PUBLISHED_STEPS["read"]


def test_generated_files_are_read(tmp_path):
    size, rows = cicids2017._generate(tmp_path / "csv", fraction=0.0005)
    paths = sorted((tmp_path / "csv").iterdir())
    assert {path.name.lower() for path in paths} == ALL_FILES
    classes = list(dict.fromkeys(CLASS_OF_LABEL.values()))
    records = tabular.read_records(paths, CLASS_OF_LABEL, classes, FEATURES)
    assert len(records) == rows
    # The genuine files hold 297 bytes a row.
    assert 250 < size / rows < 350
    assert len(tabular.remove_repeated(records, keep="first")) < rows
    assert len(tabular.remove_missing(records)) < rows
    assert len(tabular.remove_infinite(records)) < rows
    assert set(records.classes.tolist()) == set(range(len(classes)))
