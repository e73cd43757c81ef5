"""A training on shuffled labels finds chance, where there is much to learn."""

import numpy as np
import pytest
import tensorflow_datasets as tfds
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import udp
from small_models import linear_model

from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.evaluation.evaluate import evaluate
from mtc_tf.evaluation.page.page import write_page
from mtc_tf.evaluation.report import format_report
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json
from mtc_tf.training import trainer
from mtc_tf.training.protocol import Protocol

DATASET = "iscx_vpn_nonvpn/flow"
RAW_IP = 101
# Few would not do: one that is told from the others whatever its labels gets
# one answer for all of its flows, by chance the right one.
APPLICATIONS = 8


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Eight applications of 30 flows each, three packets a flow.

    The port of the server tells the application, and a byte of the payload.
    """
    from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder

    folder = tmp_path_factory.mktemp("captures")
    lines = ["capture,application,traffic_type,group"]
    rng = np.random.default_rng(0)
    for number in range(APPLICATIONS):
        lines.append(f"capture_{number},App {number},,")
        told = bytes(255 * (place == number) for place in range(APPLICATIONS))
        packets = [
            ipv4(udp(told + rng.bytes(8), (30_000 + flow, 5000 + number)), 17)
            for flow in range(30)
            for _ in range(3)
        ]
        path = folder / f"capture_{number}.pcap"
        path.write_bytes(pcap(packets, link_type=RAW_IP))
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    data_dir = tmp_path_factory.mktemp("prepared")
    Builder(data_dir=data_dir, config="flow").download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=folder)
    )
    return data_dir


def _evaluated(data_dir, workdir, label_shuffle_seed):
    workdir.mkdir()
    trainer.train(
        load_builder(DATASET, data_dir, label_shuffle_seed=label_shuffle_seed),
        workdir,
        Protocol(epochs=5, batch_size=16, learning_rate=0.01),
        make_model=linear_model,
        loss_weights={"application": 1.0},
    )
    return evaluate(load_run(workdir), "test")


@pytest.mark.slow
@pytest.mark.usefixtures("few_trees")
def test_score_falls_to_chance(data_dir, tmp_path):
    true = _evaluated(data_dir, tmp_path / "true", None)
    found = true["tasks"]["application"]
    assert "chance" not in found and "shuffled" not in format_report(true)
    assert found["figures"]["fw16"]["interval"][0] > 0.9

    result = _evaluated(data_dir, tmp_path / "shuffled", 1)
    assert result["label_shuffle_seed"] == 1
    found = result["tasks"]["application"]
    assert found["chance"] == 1 / APPLICATIONS
    # So do the shallow models, which learn from the same labels.
    answering = [found["figures"], *found["baselines"].values()]
    for figures in answering:
        assert figures["macro_f1"]["value"] < 0.4
    assert found["figures"]["fw16"]["interval"][0] < found["chance"]

    text = format_report(result)
    assert "\nlabels     shuffled in training, seed 1\n" in text
    sentence = "trained on shuffled labels, as are the shallow models beside it"
    assert f"\n{sentence}; chance, guessing by the frequencies of 8" in text
    workdir = tmp_path / "shuffled"
    write_json(workdir / "metrics.json", result)
    write_page([workdir], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert f"the model: {sentence}" in page
    assert "macro F1 and fw16 0.125" in page
    assert "shuffled in training, seed 1" in page
