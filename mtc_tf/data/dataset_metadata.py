"""What a prepared dataset says of itself."""

from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object


class _LabelMap(TypedDict):
    version: str
    digest: str


class _Scaler(TypedDict):
    features: List[str]
    quantiles: List[List[float]]


class Metadata(TypedDict):
    """What the metadata of a prepared dataset hold, as far as it is read.

    `masks` and `label_shuffle_seed` are of one that was opened with them.
    """

    classes: Object[List[str]]
    digests: Object[str]
    label_map: _LabelMap
    split: str
    split_seed: int
    recipe: str
    masks: NotRequired[List[str]]
    label_shuffle_seed: NotRequired[int]
    # Of windows of packets.
    packets_per_flow: NotRequired[int]
    # Of records.
    features: NotRequired[List[str]]
    scaler: NotRequired[_Scaler]
    sample: NotRequired[List[List[float]]]
