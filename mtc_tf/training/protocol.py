"""How a model is trained."""

import dataclasses

from mtc_tf.errors import InputError


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How to train. The defaults are the paper's.

    Args:
        epochs: int. The most epochs to train.
        batch_size: int. Rows of a batch.
        optimizer: str. `adam` is the paper's, `mtc_tf.training.adam.Adam`;
            `adamw` is `mtc_tf.training.adamw.AdamW`.
        learning_rate: float. The highest rate of the optimizer.
        schedule: str. `plateau` lowers the rate when the monitored figure
            stands still, as the paper does; `cosine` takes it down over all
            steps, for runs too short to stand still.
        warmup: float. Share of the steps in which `cosine` first takes the
            rate up from zero.
        final_rate: float. Where `cosine` ends, as a share of the rate.
        weight_decay: float. With `adam`, what is added of each weight to its
            gradient; with `adamw`, what is taken of a weight in each step, as
            a share of the rate.
        clip_norm: float. The longest that the gradient of all weights together
            may be; 0 for no bound.
        label_smoothing: float. Share of a label that is spread over all
            classes.
        plateau_factor: float. What `plateau` multiplies the rate by.
        plateau_patience: int. Epochs to wait before that.
        stopping_patience: int. Epochs without progress before training ends.
        ema: float. Momentum of the moving average of the weights, which is
            what is validated and kept; 0 for none.
        monitor: str. What chooses the epoch, and what `plateau` and stopping
            go by: `loss` is the validation loss, as in the paper; `fw16` the
            mean over the tasks of the macro F1 on the validation part, where
            a flow counts as `mtc_tf.data.flow_weights` says.
        flow_cap: int. Packets of the training part are drawn so that a flow
            counts `min(packets, flow_cap)`; 0 for no bound.
        class_power: float. Packets are drawn so that the total of an activity
            (application and traffic type) is taken to the power
            `1 - class_power`: 1 draws all activities alike, 0 as they come.
        randomize_fields: float. How often a header field of a packet that is
            trained on is replaced at random: see
            `mtc_tf.data.header_augmentation`.
        drop_fields: float. How often it is set to 0 instead.
        seed: int. Seed of initial weights, order of rows, and dropout.
        max_steps: int. The most steps to train, cut into as few epochs of
            equal length as hold them. 0 for no bound.
        fraction: float. Share of the training and of the validation part to
            use, the first of them on disk.
        flow_fraction: float. Share of the flows of the training part to train
            on, as of `mtc_tf.data.flow_share`. An epoch has as many steps as
            on all of them; the validation part stays whole.
        init: str. What to begin with instead of random weights, as of
            `mtc_tf.runs.initial_model`. None for random ones.
        leave_out: str. An application whose rows neither train nor validate,
            to see later how a model takes what it does not know; its class
            stays. None for none.

    Paper: Section 4.1.3.
    """

    epochs: int = 100
    batch_size: int = 128
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "plateau"
    warmup: float = 0.0
    final_rate: float = 0.0
    weight_decay: float = 1e-4
    clip_norm: float = 0.0
    label_smoothing: float = 0.0
    plateau_factor: float = 0.1
    plateau_patience: int = 10
    stopping_patience: int = 20
    ema: float = 0.0
    monitor: str = "loss"
    flow_cap: int = 0
    class_power: float = 0.0
    randomize_fields: float = 0.0
    drop_fields: float = 0.0
    seed: int = 0
    max_steps: int = 0
    fraction: float = 1.0
    flow_fraction: float = 1.0
    init: str | None = None
    leave_out: str | None = None

    @property
    def samples(self):
        """Whether rows are drawn by their weights, not one by one."""
        return bool(self.flow_cap or self.class_power)

    @property
    def augments(self):
        """Whether header fields are changed while training."""
        return bool(self.randomize_fields or self.drop_fields)

    @property
    def best_is_highest(self):
        """Whether the monitored figure is one that should rise."""
        return self.monitor != "loss"

    def best_epoch(self, history):
        """Finds the epoch that is kept as the run's model.

        Args:
            history: list of dicts, the figures of each epoch.

        Returns:
            int. Its index: the first of the best ones.
        """
        figures = [logs[f"val_{self.monitor}"] for logs in history]
        best = max(figures) if self.best_is_highest else min(figures)
        return figures.index(best)

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
