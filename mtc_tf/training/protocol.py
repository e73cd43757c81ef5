"""How a model is trained."""

import dataclasses

from mtc_tf.errors import InputError


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How to train. The defaults are the paper's.

    Args:
        epochs: int. The most epochs to train.
        batch_size: int. Rows of a batch.
        learning_rate: float. Adam's rate at the start.
        schedule: str. `plateau` lowers the rate when the validation loss
            stands still, as the paper does; `cosine` takes it to zero over all
            steps, for runs too short to stand still.
        weight_decay: float. What `mtc_tf.training.adam.Adam` adds of each
            weight to its gradient.
        plateau_factor: float. What `plateau` multiplies the rate by.
        plateau_patience: int. Epochs to wait before that.
        stopping_patience: int. Epochs without progress before training ends.
        seed: int. Seed of initial weights, order of rows, and dropout.
        max_steps: int. The most steps to train, cut into as few epochs of
            equal length as hold them. 0 for no bound.
        fraction: float. Share of the training and of the validation part to
            use, the first of them on disk.

    Paper: Section 4.1.3.
    """

    epochs: int = 100
    batch_size: int = 128
    learning_rate: float = 1e-3
    schedule: str = "plateau"
    weight_decay: float = 1e-4
    plateau_factor: float = 0.1
    plateau_patience: int = 10
    stopping_patience: int = 20
    seed: int = 0
    max_steps: int = 0
    fraction: float = 1.0

    def schedule_of(self, rows):
        """How many epochs there are, and of how many steps.

        Args:
            rows: int. Rows of the training part.

        Returns:
            tuple `(epochs, steps)`: whole batches of each epoch.

        Raises:
            InputError: if the rows do not fill a batch.
        """
        if rows < self.batch_size:
            raise InputError(
                f"the training part has {rows} rows, fewer than one batch of "
                f"{self.batch_size}; choose a smaller --batch_size"
            )
        steps = rows // self.batch_size
        if not self.max_steps:
            return self.epochs, steps
        wanted = min(self.max_steps, self.epochs * steps)
        epochs = -(-wanted // steps)
        return epochs, wanted // epochs
