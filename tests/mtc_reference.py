"""MTC's forward pass in NumPy, float64, from the paper and docs/choices.md.

Nothing of the package is used: the parts come in the paper's order, also where
the package exchanges two that commute, and weights are asked for by name.
"""

import numpy as np

EPSILON = 1e-5


class MTCReference:
    """What MTC says without dropout.

    Args:
        weights: dict from a weight's path, such as
            `block1_encoder1/expand/kernel`, to its values.
        num_tokens: int. n.
        hidden_dim: int. d.
        num_heads: int. H.
        num_encoders: tuple of three ints.
        stem_strides: int.
        norm_first: bool. Order of normalisation in the encoders.
        batch_norm: bool. Whether the 1D-CNN blocks normalise.
        training: bool. Whether to normalise by the batch's own statistics.
    """

    def __init__(
        self,
        weights,
        *,
        num_tokens,
        hidden_dim,
        num_heads,
        num_encoders,
        stem_strides=1,
        norm_first=True,
        batch_norm=True,
        training=False,
    ):
        self.weights = weights
        self.num_tokens = num_tokens
        self.hidden_dim = hidden_dim
        self.num_heads = num_heads
        self.num_encoders = num_encoders
        self.stem_strides = stem_strides
        self.norm_first = norm_first
        self.batch_norm = batch_norm
        self.training = training

    def probabilities(self, values, branch_of):
        """The answers of the heads (Section 3.3.5).

        Args:
            values: float array `(batch, length)`, bytes divided by 255, or
                features.
            branch_of: dict from task name to `transformer` or `cnn`.

        Returns:
            dict from task name to probabilities `(batch, classes)`.
        """
        features = self.features(values)
        return {
            task: _softmax(self.dense(features[branch].mean(axis=1), task))
            for task, branch in branch_of.items()
        }

    def features(self, values):
        """Both branches and their fusion (Table 3)."""
        rows, length = values.shape
        filled = np.zeros((rows, self.num_tokens * self.hidden_dim))
        filled[:, :length] = values
        tokens = filled.reshape(rows, self.num_tokens, self.hidden_dim)
        sequence = filled[:, :, None]

        tokens = self.encoders(tokens, 1)
        if self.stem_strides > 1:
            sequence = self.unit(sequence, "stem")
        sequence, _ = self.bottleneck(sequence, "block1_bottleneck1")
        for block in (2, 3):
            name = f"block{block}"
            sequence, local = self.bottleneck(sequence, f"{name}_bottleneck1")
            # 1D-CNN -> Transformer: 1x1 convolution, pooling, normalisation;
            # merged with the Transformer block's input and normalised.
            down = self.dense(local, f"{name}_downsampling/convolution")
            down = down.reshape(rows, self.num_tokens, -1, self.hidden_dim)
            down = self.layer_norm(
                down.mean(axis=2), f"{name}_downsampling/normalization"
            )
            merged = self.layer_norm(tokens + down, f"{name}_merge_norm")
            tokens = self.encoders(merged, block)
            # Transformer -> 1D-CNN: 1x1 convolution, interpolation,
            # normalisation; merged behind the first 1x1 convolution.
            up = self.dense(tokens, f"{name}_upsampling/convolution")
            up = np.repeat(up, sequence.shape[1] // self.num_tokens, axis=1)
            up = self.batch_normalization(
                up, f"{name}_upsampling/normalization"
            )
            sequence, _ = self.bottleneck(sequence, f"{name}_bottleneck2", up)
        if self.norm_first:
            tokens = self.layer_norm(tokens, "final_norm")
        return {"transformer": tokens, "cnn": sequence}

    def encoders(self, x, block):
        for index in range(1, self.num_encoders[block - 1] + 1):
            x = self.encoder(x, f"block{block}_encoder{index}")
        return x

    def encoder(self, x, name):
        """Section 3.3.2, equation (1)."""
        for sublayer, norm in (
            (self.attention, "attention_norm"),
            (self.feed_forward, "feedforward_norm"),
        ):
            if self.norm_first:
                x = x + sublayer(self.layer_norm(x, f"{name}/{norm}"), name)
            else:
                x = self.layer_norm(x + sublayer(x, name), f"{name}/{norm}")
        return x

    def attention(self, z, name):
        """Equations (2) and (3), one head after the other."""
        size = self.hidden_dim // self.num_heads
        query, key, value = np.split(
            self.dense(z, f"{name}/attention/query_key_value"), 3, axis=-1
        )
        heads = []
        for head in range(self.num_heads):
            part = slice(head * size, (head + 1) * size)
            scores = query[..., part] @ np.swapaxes(key[..., part], 1, 2)
            heads.append(_softmax(scores / np.sqrt(size)) @ value[..., part])
        return self.dense(
            np.concatenate(heads, axis=-1), f"{name}/attention/output"
        )

    def feed_forward(self, z, name):
        hidden = np.maximum(self.dense(z, f"{name}/expand"), 0)
        return self.dense(hidden, f"{name}/project")

    def bottleneck(self, x, name, long_range=0.0):
        """Section 3.3.3: 1x1, 1x3, 1x1 and a residual connection."""
        y = self.unit(x, f"{name}/reduce") + long_range
        local = self.unit(y, f"{name}/convolve")
        y = self.unit(local, f"{name}/expand")
        if x.shape[-1] != y.shape[-1]:
            x = self.dense(x, f"{name}/shortcut")
        return x + y, local

    def unit(self, x, name):
        """Convolution, normalisation, ReLU."""
        kernel = self.weights[f"{name}/convolution/kernel"]
        if kernel.ndim == 2:
            y = x @ kernel
        elif name == "stem":
            pieces = x.reshape(len(x), -1, self.stem_strides, x.shape[-1])
            y = np.einsum("bpkc,kcf->bpf", pieces, kernel)
        else:
            padded = np.pad(x, ((0, 0), (1, 1), (0, 0)))
            y = sum(padded[:, k : k + x.shape[1]] @ kernel[k] for k in range(3))
        if self.batch_norm:
            y = self.batch_normalization(y, f"{name}/normalization")
        else:
            y = y + self.weights[f"{name}/convolution/bias"]
        return np.maximum(y, 0)

    def dense(self, x, name):
        return x @ self.weights[f"{name}/kernel"] + self.weights[f"{name}/bias"]

    def layer_norm(self, x, name):
        mean = x.mean(axis=-1, keepdims=True)
        variance = x.var(axis=-1, keepdims=True)
        return self._normalized(x, mean, variance, name)

    def batch_normalization(self, x, name):
        if self.training:
            mean, variance = x.mean(axis=(0, 1)), x.var(axis=(0, 1))
        else:
            mean = self.weights[f"{name}/moving_mean"]
            variance = self.weights[f"{name}/moving_variance"]
        return self._normalized(x, mean, variance, name)

    def _normalized(self, x, mean, variance, name):
        normalized = (x - mean) / np.sqrt(variance + EPSILON)
        scale = self.weights[f"{name}/gamma"]
        return normalized * scale + self.weights[f"{name}/beta"]


def seeded_weights(model, seed=0):
    """Gives a model weights of a seed, none of them what it began with.

    Args:
        model: `keras.Model`.
        seed: int. Seed of the weights.

    Returns:
        dict from each weight's path to its values, float64.
    """
    rng = np.random.default_rng(seed)
    weights = {}
    for variable in model.weights:
        values = rng.normal(size=variable.shape)
        if variable.name == "kernel":
            values /= np.sqrt(np.prod(variable.shape[:-1]))
        elif variable.name in ("gamma", "moving_variance"):
            values = 0.5 + np.abs(values)
        else:
            values *= 0.3
        values = values.astype("float32")
        variable.assign(values)
        weights[variable.path] = values.astype("float64")
    return weights


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
