"""A trained model of packets, cut open where one wants to look into it."""

import keras

from mtc_tf.models.mtc import MTC
from mtc_tf.models.mtc_lite import MTCLite
from mtc_tf.models.mtc_lite_backbone import TOKEN_BYTES
from mtc_tf.tasks import PACKET


class OpenedModel:
    """A model as pieces that share its layers and weights.

    `front` leads from packets to what the backbones take, each of `backbones`
    from there to its features, and `back` from these to the answers. A model
    without backbones in it is one itself.

    Args:
        model: a Keras model of packets of this package.

    Attributes:
        front: callable. Packets, uint8 tensor `(batch, length)` -> list of
            tensors that a backbone takes, the bytes first.
        backbones: list of `keras.Model`, one for each member.
        back: callable. List of the tensors that the backbones give, one
            backbone after the other -> dict of probabilities.
        pooled: dict from the name of a branch to the symbolic tensors, one for
            each member, that the heads read of it; empty without branches.
        token_bytes: int. Bytes of a token; 0 without tokens.
        num_fields: int. Encoded header fields that the model takes beside the
            bytes.
    """

    def __init__(self, model):
        self.model = model
        self.front = lambda packets: [packets]
        # Behind this layer of a backbone bytes are numbers with gradients.
        entry = "rescaling"
        self.num_fields = 0
        if isinstance(model, MTC):
            self._open_mtc()
        elif isinstance(model, MTCLite):
            entry = "byte_embedding"
            self._open_mtc_lite()
        else:
            self.backbones, self.pooled = [model], {}
            names = list(model.output)
            self.back = lambda answers: dict(zip(names, answers, strict=True))
            self.token_bytes = getattr(model, "hidden_dim", 0)
        self._readers = [
            keras.Model(
                list(backbone.input.values()), backbone.get_layer(entry).output
            )
            for backbone in self.backbones
        ]
        self._from_entries = [
            _graph(backbone, [entry], list(backbone.input.values())[1:])
            for backbone in self.backbones
        ]

    def _open_mtc(self):
        self.backbones = [self.model.backbone]
        self.token_bytes = self.model.backbone.hidden_dim
        # The positions of the 1D-CNN branch are averaged in two steps. A
        # branch that no task reads has no average.
        steps = {
            "transformer": ("transformer_average", "transformer_average"),
            "cnn": ("cnn_token_average", "cnn_average"),
        }
        layers = {layer.name: layer for layer in self.model.layers}
        places = [
            (number, name, *(layers[step] for step in steps[name]))
            for number, name in enumerate(self.model.backbone.output)
            if steps[name][0] in layers
        ]
        self.pooled = {name: [last.output] for _, name, _, last in places}
        back = keras.Model(
            [first.input for _, _, first, _ in places], self.model.output
        )
        self.back = lambda features: back(
            [features[number] for number, *_ in places]
        )

    def _open_mtc_lite(self):
        layer = self.model.get_layer
        prefixes = [f"member{n}" for n in range(1, self.model.members + 1)]
        self.backbones = [layer(prefix) for prefix in prefixes]
        self.token_bytes = TOKEN_BYTES
        self.num_fields = layer("field_bins").starts.shape[0]
        front = keras.Model(
            self.model.input,
            [layer("header_fields").input, layer("field_bins").output],
        )
        self.front = lambda packets: front({PACKET.name: packets})
        # What the heads of a member read: its branches, then the fields.
        read = [layer(f"{prefix}_features").input for prefix in prefixes]
        self.pooled = {
            name: list(tensors)
            for name, tensors in zip(
                self.backbones[0].output, zip(*read, strict=True), strict=True
            )
        }
        self.back = keras.Model(
            [
                layer(f"{prefix}_{name}_average").input
                if name != "fields"
                else tensors[-1]
                for prefix, tensors in zip(prefixes, read, strict=True)
                for name in self.backbones[0].output
            ],
            self.model.output,
        )

    def read_entries(self, packets):
        """Reads packets as far as they have no gradients.

        Args:
            packets: uint8 tensor `(batch, length)`.

        Returns:
            list of float tensors: for each member what it makes of each byte,
            `(batch, bytes)` or `(batch, bytes, channels)`, and behind them, if
            the model takes such, the encoded header fields
            `(batch, num_fields * bins)`.
        """
        given = self.front(packets)
        return [reader(given) for reader in self._readers] + given[1:]

    def answer_entries(self, entries):
        """Answers from there on.

        Args:
            entries: list of tensors, as of `read_entries`.

        Returns:
            dict from task to probabilities `(batch, classes)`.
        """
        members = len(self.backbones)
        shared = entries[members:]
        return self.back(
            [
                tensor
                for graph, entry in zip(
                    self._from_entries, entries[:members], strict=True
                )
                for tensor in _listed(graph([*shared, entry]))
            ]
        )

    def with_zeros(self, layers):
        """Gives the model zeros for the outputs of some layers.

        Args:
            layers: list of str. Layers that each backbone has.

        Returns:
            callable. Packets, uint8 tensor `(batch, length)` -> dict from task
            to probabilities `(batch, classes)`.
        """
        graphs = [
            _graph(backbone, layers, list(backbone.input.values()))
            for backbone in self.backbones
        ]
        shapes = [
            self.backbones[0].get_layer(name).output.shape[1:]
            for name in layers
        ]

        def answer(packets):
            given = self.front(packets)
            zeros = [keras.ops.zeros((len(packets), *x)) for x in shapes]
            return self.back(
                [
                    tensor
                    for graph in graphs
                    for tensor in _listed(graph([*given, *zeros]))
                ]
            )

        return answer


def _graph(backbone, layers, inputs):
    """A backbone that takes the outputs of some layers, too."""
    replaced = [backbone.get_layer(name).output for name in layers]
    return keras.Model([*inputs, *replaced], list(backbone.output.values()))


def _listed(outputs):
    """A list, also of the one tensor that Keras takes out of its list."""
    return keras.tree.flatten(outputs)
