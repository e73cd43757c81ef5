"""What the models look at, and the tasks that they answer.

A task's name is an interface: it names the model's output, the metrics, the
flags, and the keys of the exported signatures. It is spelled here only.
"""

import dataclasses

MISSING_LABEL = -1
# An application: traffic that is of none of a model's classes.
OTHER = "Other"


@dataclasses.dataclass(frozen=True)
class Task:
    """One classification task.

    Args:
        name: str. Name of the model's output and of the label.
        loss_weight: float. Weight of the task's loss in the total.
        branch: str. The branch that feeds its head, `"transformer"` or
            `"cnn"`.

    Paper: Section 3.3.5.
    """

    name: str
    loss_weight: float
    branch: str


APPLICATION = "application"
PACKET_TASKS = (
    Task(APPLICATION, loss_weight=6.0, branch="transformer"),
    Task("traffic_type", loss_weight=2.0, branch="cnn"),
    Task("auxiliary", loss_weight=1.0, branch="cnn"),
)
RECORD_TASKS = (
    Task("attack", loss_weight=2.0, branch="transformer"),
    Task("malicious", loss_weight=1.0, branch="cnn"),
)


@dataclasses.dataclass(frozen=True)
class ModelInput:
    """What a model looks at, and what it is asked.

    Args:
        name: str. Name of the model's input and of the dataset's feature.
        dtype: str. Type of its values, in the dataset too.
        scale: float. What the model multiplies the values by.
        tasks: tuple of `Task`.
        columns: int. Where a row is a series of steps, the values of a step;
            0 where it is a plain sequence of values.

    Paper: Section 3.2.
    """

    name: str
    dtype: str
    scale: float
    tasks: tuple
    columns: int = 0

    def row_shape(self, length):
        """Returns the shape of a row.

        Args:
            length: int. Number of its values, or of its steps.

        Returns:
            tuple of int.
        """
        return (length, self.columns) if self.columns else (length,)


# The bytes of a packet (ISCX VPN-nonVPN), the scaled features of a record
# (CICIDS2017), and what `mtc_tf.features.packet_series` says of packets of a
# flow, one after the other.
PACKET = ModelInput("packet", "uint8", 1 / 255, PACKET_TASKS)
FEATURES = ModelInput("features", "float32", 1.0, RECORD_TASKS)
SERIES = ModelInput("series", "float32", 1.0, PACKET_TASKS, columns=68)
MODEL_INPUTS = {kind.name: kind for kind in (PACKET, FEATURES, SERIES)}
