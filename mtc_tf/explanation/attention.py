"""Where the tokens of the Transformer branch look."""

import keras
import numpy as np

from mtc_tf.inference.row_classifier import PACKETS_PER_BATCH
from mtc_tf.layers.transformer_encoder import TransformerEncoder


def attention_received(model, packets, progress):
    """Says how much of all attention each token gets in each block.

    Args:
        model: `mtc_tf.explanation.opened_model.OpenedModel`.
        packets: uint8 array `(rows, length)`, one row at least.
        progress: callable. It is told of each batch how many rows it had.

    Returns:
        dict from the name of a block, as its encoders' names begin, to float
        array `(num_tokens,)`: the mean of members, encoders, rows, heads and
        the tokens that look. The shares add up to 1. It is empty without
        encoders.
    """
    names = [
        layer.name
        for layer in model.backbones[0].layers
        if isinstance(layer, TransformerEncoder)
    ]
    sums = {name: 0.0 for name in names}
    readers = [
        keras.Model(
            list(backbone.input.values()),
            [backbone.get_layer(name).input for name in names],
        )
        for backbone in model.backbones
        if names
    ]
    for start in range(0, len(packets) if names else 0, PACKETS_PER_BATCH):
        batch = packets[start : start + PACKETS_PER_BATCH]
        given = model.front(keras.ops.convert_to_tensor(batch))
        for backbone, reader in zip(model.backbones, readers, strict=True):
            # Of a single encoder Keras gives no list.
            inputs = keras.tree.flatten(reader(given))
            for name, tokens in zip(names, inputs, strict=True):
                scores = backbone.get_layer(name).attention_scores(tokens)
                # (batch, heads, tokens that look, tokens looked at)
                shares = keras.ops.mean(scores, axis=(1, 2))
                sums[name] += keras.ops.convert_to_numpy(shares).sum(axis=0)
        progress(len(batch))
    blocks = {}
    for name, total in sums.items():
        shares = total / (len(packets) * len(model.backbones))
        blocks.setdefault(name.split("_")[0], []).append(shares)
    return {block: np.mean(shares, axis=0) for block, shares in blocks.items()}


def token_names(model, num_tokens):
    """Says which bytes the tokens are made of.

    Args:
        model: `mtc_tf.explanation.opened_model.OpenedModel`.
        num_tokens: int.

    Returns:
        list of str, such as `bytes 0-49`; `header fields` for the token behind
        those of the bytes.
    """
    size = model.token_bytes
    names = [
        f"bytes {start}-{start + size - 1}"
        for start in range(0, num_tokens * size, size)
    ]
    if model.num_fields:
        names[-1] = "header fields"
    return names
