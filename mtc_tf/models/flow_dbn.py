"""A deep belief network for flow features."""

import keras

from mtc_tf.models.inputs_and_heads import fully_connected
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import scaled_input
from mtc_tf.models.inputs_and_heads import scaled_rows
from mtc_tf.models.pretraining import sigmoid
from mtc_tf.models.pretraining import train_rbm


@keras.saving.register_keras_serializable(package="mtc_tf")
class FlowDBN(keras.Model):
    """Restricted Boltzmann machines stacked to a network of sigmoid layers.

    The original, reference [25] of the paper, reads 49 features of CICIDS2017
    and has one head of 6 classes. Its layers are trained first, one after the
    other, as Bernoulli machines with one step of contrastive divergence, and
    then all together with a softmax layer.

    Choice: the inputs, from 0 to 1, are taken as probabilities, and each
    machine learns from the probabilities of the one before; rate, momentum,
    batch size and epochs are those of the authors' public code. A head for
    each task. Without `pretrain` the sigmoid layers learn slowly if at all.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input.
        units: tuple of int. Hidden units of each machine.
        pretrain_epochs: int. Epochs of `pretrain` for each machine.
        pretrain_batch_size: int. Rows of a batch of `pretrain`.
        pretrain_learning_rate: float. Rate of contrastive divergence.
        pretrain_momentum: float. Momentum of contrastive divergence.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: `(batch, length)`.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Paper: Section 4.4.3, Table 5.
    """

    def __init__(
        self,
        num_classes,
        input_name="packet",
        length=1500,
        units=(128, 256, 128, 128, 64),
        pretrain_epochs=10,
        pretrain_batch_size=64,
        pretrain_learning_rate=0.1,
        pretrain_momentum=0.9,
        **kwargs,
    ):
        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        features = fully_connected(
            values, units, activation="sigmoid", name="rbm"
        )  # (batch, units[-1])
        super().__init__(
            inputs=inputs,
            outputs=heads(features, num_classes, input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.units = tuple(units)
        self.pretrain_epochs = pretrain_epochs
        self.pretrain_batch_size = pretrain_batch_size
        self.pretrain_learning_rate = pretrain_learning_rate
        self.pretrain_momentum = pretrain_momentum

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "units": self.units,
            "pretrain_epochs": self.pretrain_epochs,
            "pretrain_batch_size": self.pretrain_batch_size,
            "pretrain_learning_rate": self.pretrain_learning_rate,
            "pretrain_momentum": self.pretrain_momentum,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def pretrain(self, rows, seed):
        """Trains one layer after the other as a Boltzmann machine.

        Args:
            rows: array `(rows, length)`, values as in the dataset.
            seed: int. Seed of weights, samples, and the order of rows.

        Returns:
            list of float, the mean squared error of each machine's samples in
            the last epoch.

        Raises:
            ValueError: if the rows do not have `length` values.
        """
        values = scaled_rows(rows, self.input_name, self.length)
        errors = []
        for index, size in enumerate(self.units, start=1):
            kernel, bias, error = train_rbm(
                values,
                size,
                epochs=self.pretrain_epochs,
                batch_size=self.pretrain_batch_size,
                learning_rate=self.pretrain_learning_rate,
                momentum=self.pretrain_momentum,
                seed=seed,
            )
            self.get_layer(f"rbm{index}").set_weights([kernel, bias])
            values = sigmoid(values @ kernel + bias)
            errors.append(error)
        return errors
