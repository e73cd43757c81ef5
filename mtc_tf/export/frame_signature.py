"""The signature `classify_frames`: captured frames in, names of classes out."""

import tensorflow as tf

from mtc_tf.frame_graph.flow_series import flow_series
from mtc_tf.frame_graph.preprocessing import preprocess
from mtc_tf.packets.capture_report import REASONS
from mtc_tf.packets.preprocessing import KEPT
from mtc_tf.runs.confidence import UNKNOWN

PROBABILITIES = "probabilities"
REASON = "reason"
# The reason of a frame that gave a row, and of one that is none.
KEPT_NAME, NO_FRAME = "kept", ""


def frame_function(function, facts):
    """Puts the preprocessing of a model before its serving function.

    A model of packets answers each frame. A model of flows answers each flow by
    the mean over its windows, as `mtc classify --by=flow` does; who asks puts
    the frames of a flow into a row, and fills shorter rows up with empty
    strings. What has no packet is answered with empty names, and with zeros in
    the place of probabilities and score.

    Args:
        function: `tf.function` of a model of packets or flows, what
            `mtc_tf.inference.keras_model.serving_function` gives.
        facts: `mtc_tf.runs.model_facts.ModelFacts` of that model.

    Returns:
        `tf.function`. Of `frames`, string `(batch,)`, as captured from the
        link header on, and `link_types`, int32 `(batch,)`, the DLT of each; of
        flows, `frames` is `(batch, packets)`, and `timestamps`, float64
        `(batch, packets)`, are their times in seconds. It returns a dict: for
        each task its class, string `(batch,)`, and `<task>_probabilities`,
        float32 `(batch, classes)`; where the model answers it `unknown`,
        float32 `(batch,)`; and `reason`, string of the shape of `frames`:
        `kept`, or why a frame is dropped, one of
        `mtc_tf.packets.capture_report.REASONS`.

    Paper: Section 3.2.1 says how frames become rows.
    """
    if facts.packets_per_flow:
        return _function_of_flows(function, facts)

    @tf.function(
        input_signature=[
            tf.TensorSpec((None,), tf.string, name="frames"),
            tf.TensorSpec((None,), tf.int32, name="link_types"),
        ],
        autograph=False,
    )
    def classify_frames(frames, link_types):
        packets = preprocess(frames, link_types, facts.recipe, facts.masks)
        kept = tf.cast(tf.where(packets.reasons == KEPT)[:, 0], tf.int32)
        answers = function(tf.gather(packets.rows, kept))
        return {
            REASON: _reason_names(frames, packets.reasons),
            **_named(answers, kept, tf.size(frames), facts.tasks),
        }

    return classify_frames


def _function_of_flows(function, facts):
    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None), tf.string, name="frames"),
            tf.TensorSpec((None,), tf.int32, name="link_types"),
            tf.TensorSpec((None, None), tf.float64, name="timestamps"),
        ],
        autograph=False,
    )
    def classify_frames(frames, link_types, timestamps):
        shape = tf.shape(frames)
        packets = preprocess(
            tf.reshape(frames, [-1]),
            tf.repeat(link_types, shape[1]),
            facts.recipe,
            facts.masks,
        )

        def of_flows(values):
            return tf.reshape(
                values, tf.concat([shape, tf.shape(values)[1:]], axis=0)
            )

        reasons = of_flows(packets.reasons)
        windows = flow_series(
            of_flows(packets.rows),
            of_flows(packets.senders),
            timestamps,
            reasons == KEPT,
            facts.packets_per_flow,
        )
        flows, places = tf.unique(windows.flows)
        answers = {
            name: tf.math.unsorted_segment_mean(values, places, tf.size(flows))
            for name, values in function(windows.series).items()
        }
        return {
            REASON: _reason_names(frames, reasons),
            **_named(answers, flows, shape[0], facts.tasks),
        }

    return classify_frames


def _reason_names(frames, reasons):
    names = tf.gather([KEPT_NAME, *REASONS], reasons)
    return tf.where(tf.strings.length(frames) == 0, NO_FRAME, names)


def _named(answers, places, count, tasks):
    """Names the classes, and puts answers where they belong among `count`."""
    outputs = {}
    places = places[:, tf.newaxis]
    for name, values in answers.items():
        shape = tf.concat([[count], tf.shape(values)[1:]], axis=0)
        everywhere = tf.scatter_nd(places, values, shape)
        if name == UNKNOWN:
            outputs[UNKNOWN] = everywhere
            continue
        best = tf.argmax(values, axis=1, output_type=tf.int32)
        # Number 0 stands for no answer.
        best = tf.scatter_nd(places, best + 1, [count])
        outputs[name] = tf.gather(["", *tasks[name]], best)
        outputs[f"{name}_{PROBABILITIES}"] = everywhere
    return outputs
