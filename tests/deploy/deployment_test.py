import os
import pathlib
import re

import numpy as np
import yaml
from google.protobuf import text_format

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"


def _model_config():
    from tensorflow_serving.config import model_server_config_pb2

    server_config = text_format.Parse(
        (DEPLOY / "models.config").read_text(),
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


def test_compose_mounts_the_export_where_the_server_looks(exported_run):
    service = _service()
    assert re.fullmatch(r"tensorflow/serving:\d+\.\d+\.\d+", service["image"])
    targets = {mount["target"]: mount for mount in service["volumes"]}
    model = targets[_model_config().base_path]
    folder = re.sub(r"\$\{.*\}", str(exported_run), model["source"])
    # The server wants folders with numbers as names, and nothing else.
    assert os.listdir(folder) == ["1"]
    [option] = service["command"]
    name, path = option.split("=")
    assert name == "--model_config_file"
    assert (DEPLOY / targets[path]["source"]).samefile(DEPLOY / "models.config")
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
