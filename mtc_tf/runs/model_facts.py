"""What one must know of a trained model to feed it and to read it."""

import dataclasses
import re
import reprlib
from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.features.packet_series import MOST_PACKETS_PER_FLOW
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.packets import MASKS
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.packets import RECIPES
from mtc_tf.runs.confidence import UnknownScore
from mtc_tf.runs.confidence import check_quantiles
from mtc_tf.tasks import FEATURES
from mtc_tf.tasks import PACKET
from mtc_tf.tasks import SERIES

# Of `mtc.json`; what has none is of before it was counted, and reads the same.
FORMAT = 1
# Name of the one argument of a model that is fed whole rows.
ARGUMENTS = {PACKET.name: "packets", SERIES.name: "series"}


class ModelDescription(TypedDict):
    """What `run.json` and `mtc.json` say of their model."""

    format: NotRequired[int]
    tasks: Object[List[str]]
    recipe: str
    masks: NotRequired[List[str]]
    label_shuffle_seed: NotRequired[int]
    features: NotRequired[List[str]]
    packets_per_flow: NotRequired[int]
    unknown: NotRequired[UnknownScore]


@dataclasses.dataclass(frozen=True)
class ModelFacts:
    """Classes, and what the rows of the input are.

    A model of packets has a recipe; a model of flows has packets of each on
    top; a model of records has features.

    Args:
        tasks: dict from task name to list of class names.
        recipe: str. The recipe that its packets were preprocessed with.
        masks: tuple of str. The fields that were set to zero on top.
        features: tuple of str. The columns of a record table, in the order of
            the input; empty for a model of packets.
        packets_per_flow: int. Packets of a window of a flow; 0 for a model of
            packets or records.
        unknown: dict from `row` and `flow` to the quantiles of the score
            `unknown`, as of `mtc_tf.runs.confidence.UnknownScore`; empty where
            the model answers none.
    """

    tasks: dict
    recipe: str | None = None
    masks: tuple = ()
    features: tuple = ()
    packets_per_flow: int = 0
    unknown: dict = dataclasses.field(default_factory=dict)

    @property
    def kind(self):
        """`mtc_tf.tasks.ModelInput`. What the model looks at."""
        if self.features:
            return FEATURES
        return SERIES if self.packets_per_flow else PACKET

    @property
    def row_shape(self):
        """tuple of int. The shape of a row of the input."""
        length = len(self.features) or self.packets_per_flow or PACKET_LENGTH
        return self.kind.row_shape(length)

    def arguments(self, rows):
        """Names the arguments of the serving signature.

        Args:
            rows: array or tensor: uint8 `(batch, 1500)` of packets, float32
                `(batch, packets, 68)` of flows, or float32 `(batch, features)`
                in the units of the record table.

        Returns:
            dict from argument to array: `packets`, `series`, or one of shape
            `(batch,)` for each feature.
        """
        if not self.features:
            return {ARGUMENTS[self.kind.name]: rows}
        return {
            argument_name(feature): rows[:, column]
            for column, feature in enumerate(self.features)
        }


def argument_name(feature):
    """Spells a feature so that it can name an argument.

    Args:
        feature: str. Name of a column, such as `Flow Bytes/s`.

    Returns:
        str, such as `flow_bytes_s`.
    """
    return re.sub(r"[^0-9a-z]+", "_", feature.lower()).strip("_")


def parse_model_facts(content, source):
    """Picks the facts out of `run.json` or `mtc.json`.

    Args:
        content: dict as of `ModelDescription`.
        source: path of that file, for messages.

    Returns:
        `ModelFacts`.

    Raises:
        InputError: if they fit no model, or none that this version knows.
    """
    if content.get("format", FORMAT) > FORMAT:
        raise InputError(
            f"{source} is of a later version of mtc_tf: expected the format "
            f"{FORMAT}, received {content['format']}"
        )
    facts = ModelFacts(
        tasks={task: list(names) for task, names in content["tasks"].items()},
        recipe=content["recipe"],
        masks=tuple(content.get("masks", ())),
        features=tuple(content.get("features", ())),
        packets_per_flow=content.get("packets_per_flow", 0),
        unknown=content.get("unknown", {}).get("quantiles", {}),
    )
    if facts.unknown:
        check_quantiles(facts.unknown, source)
    if not facts.tasks or not all(facts.tasks.values()):
        raise InputError(
            f"{source} does not describe a model: expected classes of one or "
            f"more tasks, received {reprlib.repr(facts.tasks)}"
        )
    if facts.features:
        _check_features(facts.features, source)
        return facts
    if facts.recipe not in RECIPES or not set(facts.masks) <= set(MASKS):
        raise InputError(
            f"{source} names a preprocessing that this version does not know: "
            f"recipe {reprlib.repr(facts.recipe)}, masks "
            f"{reprlib.repr(list(facts.masks))}"
        )
    if not 0 <= facts.packets_per_flow <= MOST_PACKETS_PER_FLOW:
        raise InputError(
            f"{source} does not describe a model: expected at most "
            f"{MOST_PACKETS_PER_FLOW} packets of a flow, received "
            f"{reprlib.repr(facts.packets_per_flow)}"
        )
    return facts


def _check_features(features, source):
    """Refuses features that cannot be told apart by their arguments."""
    seen = {}
    for feature in features:
        name = argument_name(feature)
        if not name or name in seen:
            raise InputError(
                f"{source} does not describe a model: expected features with "
                f"names of their own, received {reprlib.repr(feature)} beside "
                f"{reprlib.repr(seen.get(name, ''))}"
            )
        seen[name] = feature
