"""The tasks of the multi-task models: name, loss weight, branch.

A task's name is an interface: it names the model's output, the metrics, the
flags, and the keys of the exported signatures. It is spelled here only.
"""

import dataclasses

MISSING_LABEL = -1


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


PACKET_TASKS = (
    Task("application", loss_weight=6.0, branch="transformer"),
    Task("traffic_type", loss_weight=2.0, branch="cnn"),
    Task("auxiliary", loss_weight=1.0, branch="cnn"),
)
