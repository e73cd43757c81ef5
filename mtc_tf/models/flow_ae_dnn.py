"""An autoencoder and a network on its code."""

import keras

from mtc_tf.models.inputs_and_heads import fully_connected
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import scaled_input
from mtc_tf.models.inputs_and_heads import scaled_rows
from mtc_tf.models.pretraining import train_autoencoder


@keras.saving.register_keras_serializable(package="mtc_tf")
class FlowAEDNN(keras.Model):
    """The encoder of an autoencoder, then a deep network on its code.

    The original, reference [35] of the paper, finds DDoS flows with a stacked
    sparse autoencoder and a network on its code, whose sizes a search
    (Hyperband) chose.

    Choice: 32 and 16 units for the encoder, 64 and 64 for the network, ReLU; a
    mirrored decoder with a linear last layer; sparse by an L1 penalty on the
    code; all of the autoencoder is trained at once. The search is not
    repeated. Encoder and network are then trained together, so that nothing
    hangs on the rows given to `pretrain`. A head for each task.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input.
        encoder_units: tuple of int. Sizes of the encoder's layers; the last
            is the code's.
        units: tuple of int. Sizes of the layers behind the code.
        sparsity: float. Weight of the code's L1 norm in `pretrain`.
        pretrain_epochs: int. Epochs of `pretrain`.
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
        encoder_units=(32, 16),
        units=(64, 64),
        sparsity=1e-4,
        pretrain_epochs=10,
        pretrain_batch_size=128,
        pretrain_learning_rate=1e-3,
        **kwargs,
    ):
        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        code = fully_connected(
            values, encoder_units, name="encoder"
        )  # (batch, encoder_units[-1])
        features = fully_connected(code, units)  # (batch, units[-1])
        super().__init__(
            inputs=inputs,
            outputs=heads(features, num_classes, input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.encoder_units = tuple(encoder_units)
        self.units = tuple(units)
        self.sparsity = sparsity
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
            "encoder_units": self.encoder_units,
            "units": self.units,
            "sparsity": self.sparsity,
            "pretrain_epochs": self.pretrain_epochs,
            "pretrain_batch_size": self.pretrain_batch_size,
            "pretrain_learning_rate": self.pretrain_learning_rate,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def pretrain(self, rows, seed):
        """Trains the encoder as part of an autoencoder.

        Args:
            rows: array `(rows, length)`, values as in the dataset.
            seed: int. Seed of the decoder's weights. The order of rows follows
                Keras's own, of `keras.utils.set_random_seed`.

        Returns:
            list of one float, the mean squared error in the last epoch.

        Raises:
            ValueError: if the rows do not have `length` values.
        """
        _, error = train_autoencoder(
            [
                self.get_layer(f"encoder{index}")
                for index in range(1, len(self.encoder_units) + 1)
            ],
            scaled_rows(rows, self.input_name, self.length),
            epochs=self.pretrain_epochs,
            batch_size=self.pretrain_batch_size,
            learning_rate=self.pretrain_learning_rate,
            sparsity=self.sparsity,
            seed=seed,
        )
        return [error]
