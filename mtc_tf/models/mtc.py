"""MTC: the backbone with one head for each task."""

import keras

from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.mtc_backbone import MTCBackbone


@keras.saving.register_keras_serializable(package="mtc_tf")
class MTC(keras.Model):
    """The multi-task model.

    Choice: each branch is averaged over its positions before its heads; the
    paper does not say how the heads read the branches.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head: without `auxiliary` this is MTC-2task.
        backbone: dict. Arguments of `MTCBackbone`. Its input says which tasks
            there are and which branch feeds each.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        that of `MTCBackbone`.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Paper: Section 3.3.5.
    """

    def __init__(self, num_classes, backbone=None, **kwargs):
        # === Layers ===
        features_of = MTCBackbone(**(backbone or {}), name="backbone")
        # All in float32, as the heads, also under mixed precision: XLA adds
        # what it pools in the type that it is given.
        transformer_average = keras.layers.GlobalAveragePooling1D(
            dtype="float32", name="transformer_average"
        )
        # In two steps: TFLite adds the 1500 positions one after the other,
        # and loses two digits of float32 on the way.
        cnn_token_average = keras.layers.AveragePooling1D(
            features_of.positions // features_of.num_tokens,
            dtype="float32",
            name="cnn_token_average",
        )
        cnn_average = keras.layers.GlobalAveragePooling1D(
            dtype="float32", name="cnn_average"
        )

        # === Functional Model ===
        features = features_of(features_of.input)
        averages = {
            "transformer": transformer_average(features["transformer"]),
            "cnn": cnn_average(cnn_token_average(features["cnn"])),
        }
        super().__init__(
            inputs=features_of.input,
            outputs=heads(averages, num_classes, features_of.input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.backbone = features_of

    def get_config(self):
        backbone = self.backbone.get_config()
        del backbone["name"], backbone["trainable"]
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "backbone": backbone,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
