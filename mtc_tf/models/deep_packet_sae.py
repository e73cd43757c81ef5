"""The stacked autoencoder of Deep Packet."""

import keras

from mtc_tf.models.inputs_and_heads import fully_connected
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import scaled_input
from mtc_tf.models.inputs_and_heads import scaled_rows
from mtc_tf.models.pretraining import train_autoencoder


@keras.saving.register_keras_serializable(package="mtc_tf")
class DeepPacketSAE(keras.Model):
    """The stacked autoencoder of Deep Packet.

    The original, reference [21] of the paper, has one model for the
    application and one for the traffic type. Its five layers are trained
    first, one after the other, to give back what the layer before says, and
    then all together with a softmax layer for the classes.

    Choice: ReLU, and a linear layer to give the values back, with mean squared
    error and Adam; epochs and batch size of `pretrain`, which drops nothing.
    The original's pre-training reads all training rows; here it is the
    caller's choice which. Without `pretrain` this is a plain network.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input.
        units: tuple of int. Sizes of the layers.
        dropout: float. Probability of dropping, after each layer.
        pretrain_epochs: int. Epochs of `pretrain` for each layer.
        pretrain_batch_size: int. Rows of a batch of `pretrain`.
        pretrain_learning_rate: float. Adam's rate in `pretrain`.
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
        units=(400, 300, 200, 100, 50),
        dropout=0.05,
        pretrain_epochs=10,
        pretrain_batch_size=128,
        pretrain_learning_rate=1e-3,
        **kwargs,
    ):
        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        features = fully_connected(
            values, units, dropout=dropout, name="encoder"
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
        self.dropout = dropout
        self.pretrain_epochs = pretrain_epochs
        self.pretrain_batch_size = pretrain_batch_size
        self.pretrain_learning_rate = pretrain_learning_rate

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "units": self.units,
            "dropout": self.dropout,
            "pretrain_epochs": self.pretrain_epochs,
            "pretrain_batch_size": self.pretrain_batch_size,
            "pretrain_learning_rate": self.pretrain_learning_rate,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def pretrain(self, rows, seed):
        """Trains one layer after the other as an autoencoder.

        Args:
            rows: array `(rows, length)`, values as in the dataset.
            seed: int. Seed of the decoders' weights. The order of rows follows
                Keras's own, of `keras.utils.set_random_seed`.

        Returns:
            list of float, the mean squared error in the last epoch of each
            layer.

        Raises:
            ValueError: if the rows do not have `length` values.
        """
        values = scaled_rows(rows, self.input_name, self.length)
        errors = []
        for index in range(1, len(self.units) + 1):
            values, error = train_autoencoder(
                [self.get_layer(f"encoder{index}")],
                values,
                epochs=self.pretrain_epochs,
                batch_size=self.pretrain_batch_size,
                learning_rate=self.pretrain_learning_rate,
                seed=seed,
            )
            errors.append(error)
        return errors
