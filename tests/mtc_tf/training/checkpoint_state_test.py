"""`state.json`, when it is read again."""

import json

import pytest

from mtc_tf.errors import InputError
from mtc_tf.training.checkpoint import Progress

STATE = {"finished": True, "history": [{"loss": 2, "val_loss": 1.5}]}


class _Model:
    def save(self, path):
        path.touch()


def _write(workdir, text):
    (workdir / "checkpoint").mkdir()
    (workdir / "checkpoint/state.json").write_text(text)


def test_state_is_taken_up(tmp_path):
    _write(tmp_path, json.dumps(STATE))
    progress = Progress.load(tmp_path)
    assert progress.history == STATE["history"]
    assert progress.finished


def test_seconds_of_each_epoch_are_kept(tmp_path):
    _write(tmp_path, json.dumps({**STATE, "seconds": [2.5]}))
    progress = Progress.load(tmp_path)
    logs = {"loss": 1.0, "val_loss": 1.75}
    progress.add_epoch(_Model(), logs, finished=True, seconds=0.5)
    assert (tmp_path / "history.csv").read_text().splitlines() == [
        "epoch,loss,val_loss,seconds",
        "1,2,1.5,2.5",
        "2,1.0,1.75,0.5",
    ]
    assert Progress.load(tmp_path).seconds == [2.5, 0.5]


def test_no_seconds_where_another_version_began(tmp_path):
    _write(tmp_path, json.dumps(STATE))
    progress = Progress.load(tmp_path)
    logs = {"loss": 1.0, "val_loss": 1.75}
    progress.add_epoch(_Model(), logs, finished=True, seconds=0.5)
    header, *_ = (tmp_path / "history.csv").read_text().splitlines()
    assert header == "epoch,loss,val_loss"


def test_run_that_begins(tmp_path):
    progress = Progress.load(tmp_path)
    assert (progress.history, progress.finished) == ([], False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"finished": tr', "state.json is not valid JSON: "),
        (json.dumps(STATE).replace("1.5", "NaN"), "valid JSON: NaN is no num"),
        ("[]", "state.json does not hold what it should"),
        ('{"finished": true}', "state.json lacks 'history'"),
        ('{"finished": 1, "history": []}', "at 'finished'"),
        (json.dumps(STATE | {"seconds": ["a"]}), "at 'seconds.0'"),
        ('{"finished": false, "history": {}}', "at 'history'"),
        ('{"finished": false, "history": [3]}', "at 'history.0'"),
        (json.dumps(STATE).replace("1.5", '"1.5"'), "at 'history.0.val_loss'"),
        (json.dumps(STATE).replace("val_", ""), "stands in it twice"),
        (json.dumps(STATE).replace("val_", "v_"), "received others of epoch 1"),
        (
            '{"finished": false, "history": [{"val_loss": 1}, {"val_loss": 1, '
            '"loss": 2}]}',
            "the same figures of each epoch, .* received others of epoch 2",
        ),
    ],
)
def test_state_that_is_damaged(text, message, tmp_path):
    _write(tmp_path, text)
    with pytest.raises(InputError, match=message) as caught:
        Progress.load(tmp_path)
    assert str(caught.value).isprintable()
