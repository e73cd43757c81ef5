import os
import pathlib
import re

import numpy as np
import yaml
from google.protobuf import text_format

from mtc_tf.inference.row_classifier import PACKETS_PER_BATCH
from mtc_tf.inference.row_classifier import WINDOWS_PER_BATCH

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
CONFIGURATION = DEPLOY / "tensorflow_serving"


def _model_config():
    from tensorflow_serving.config import model_server_config_pb2

    server_config = text_format.Parse(
        (CONFIGURATION / "models.config").read_text(),
        model_server_config_pb2.ModelServerConfig(),
    )
    [config] = server_config.model_config_list.config
    return config


def _service():
    content = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    [service] = content["services"].values()
    return service


def test_models_config_is_what_the_server_reads():
    config = _model_config()
    assert config.name == "mtc"
    assert config.model_platform == "tensorflow"
    # A label may only name a version that is served.
    versions = config.model_version_policy.specific.versions
    assert dict(config.version_labels) == {"stable": 1}
    assert list(versions) == [1]


def test_batches_hold_what_the_clients_send():
    # Its protocol buffer is not among those of `tensorflow-serving-api`.
    text = (CONFIGURATION / "batching.config").read_text()
    text = re.sub("^#.*\n", "", text, flags=re.M)
    settings = dict(re.findall(r"(\w+) \{ value: (\d+) \}\n", text))
    assert sorted(settings) == [
        "batch_timeout_micros",
        "max_batch_size",
        "max_enqueued_batches",
        "num_batch_threads",
    ]
    most = max(PACKETS_PER_BATCH, WINDOWS_PER_BATCH)
    assert int(settings["max_batch_size"]) >= most


def test_compose_mounts_the_export_where_the_server_looks(exported_run):
    service = _service()
    assert re.fullmatch(r"tensorflow/serving:\d+\.\d+\.\d+", service["image"])
    targets = {mount["target"]: mount for mount in service["volumes"]}
    model = targets[_model_config().base_path]
    folder = re.sub(r"\$\{.*\}", str(exported_run), model["source"])
    # The server wants folders with numbers as names, and nothing else.
    assert os.listdir(folder) == ["1"]
    flags = dict(option[2:].split("=") for option in service["command"])
    [(folder, mount)] = [x for x in targets.items() if x[0] == "/config"]
    assert (DEPLOY / mount["source"]).samefile(CONFIGURATION)
    files = [path for path in flags.values() if path.startswith("/")]
    assert sorted(files) == [
        f"{folder}/{path.name}" for path in sorted(CONFIGURATION.iterdir())
    ]
    assert flags["allow_version_labels_for_unavailable_models"] == "true"
    assert all(mount["read_only"] for mount in service["volumes"])


def test_compose_opens_both_interfaces_to_this_machine_only():
    assert _service()["ports"] == [
        "127.0.0.1:8500:8500",
        "127.0.0.1:8501:8501",
    ]


def test_session_as_of_the_server_runs_the_signature(exported_run):
    import tensorflow as tf

    # The server loads by way of the outermost graph, not of the objects.
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(
            session, ["serve"], str(exported_run / "saved_model/1")
        )
        signature = loaded.signature_def["serving_default"]
        probabilities = session.run(
            {task: info.name for task, info in signature.outputs.items()},
            {signature.inputs["packets"].name: np.zeros((2, 1500), np.uint8)},
        )
    assert sorted(probabilities) == ["application", "auxiliary", "traffic_type"]
    for values in probabilities.values():
        assert len(values) == 2
        np.testing.assert_allclose(values.sum(axis=1), 1, rtol=1e-5)
