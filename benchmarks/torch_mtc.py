"""MTC in PyTorch, to compare its speed with that of the Keras model.

Written as one writes PyTorch: channels first, `nn.Conv1d`, eager execution,
logits for `cross_entropy`. Only the model with the package's defaults is here
(`norm_first`, `batch_norm`, no stem).
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from mtc_tf.models.mtc_backbone import BOTTLENECK_FILTERS

_EPSILON = 1e-5


class TorchMTC(nn.Module):
    """The multi-task model.

    Args:
        num_classes: dict from task name to number of classes.
        tasks: tuple of `mtc_tf.tasks.Task`. The tasks and their branches.
        num_tokens: int. Number of tokens of the Transformer branch (n).
        hidden_dim: int. Size of a token (d).
        num_heads: int. Number of attention heads (H).
        num_encoders: tuple of three ints. Encoders of each Transformer block.
        intermediate_dim: int. Size of the encoders' first fully connected
            layer.
        encoder_dropout: float. Probability of dropping in the encoders.
        cnn_dropout: float. Probability of dropping in the 1D-CNN blocks.

    Call arguments:
        packet: uint8 tensor `(batch, num_tokens * hidden_dim)`.

    Output shape:
        dict from task name to logits `(batch, num_classes[task])`.

    Paper: Section 3.3 and Table 3.
    """

    def __init__(
        self,
        num_classes,
        tasks,
        num_tokens=30,
        hidden_dim=50,
        num_heads=6,
        num_encoders=(1, 5, 6),
        intermediate_dim=1024,
        encoder_dropout=0.1,
        cnn_dropout=0.07,
    ):
        super().__init__()
        self.num_tokens = num_tokens
        self.branches = {
            task.name: task.branch for task in tasks if task.name in num_classes
        }

        def encoders(count):
            return nn.Sequential(
                *(
                    Encoder(
                        hidden_dim, num_heads, intermediate_dim, encoder_dropout
                    )
                    for _ in range(count)
                )
            )

        inside, channels = BOTTLENECK_FILTERS[0]
        self.encoders = encoders(num_encoders[0])
        self.bottleneck = Bottleneck(1, inside, channels, cnn_dropout)
        self.fusions = nn.ModuleList()
        for (inside, outside), count in zip(
            BOTTLENECK_FILTERS[1:], num_encoders[1:], strict=True
        ):
            self.fusions.append(
                FusionBlock(
                    Bottleneck(channels, inside, outside, cnn_dropout),
                    encoders(count),
                    Bottleneck(outside, inside, outside, cnn_dropout),
                    num_tokens,
                    hidden_dim,
                    inside,
                )
            )
            channels = outside
        self.final_norm = nn.LayerNorm(hidden_dim, _EPSILON)
        sizes = {"transformer": hidden_dim, "cnn": channels}
        self.heads = nn.ModuleDict(
            {
                name: nn.Linear(sizes[branch], num_classes[name])
                for name, branch in self.branches.items()
            }
        )

    def forward(self, packet):
        values = packet.float() / 255  # (batch, length)
        tokens = values.unflatten(1, (self.num_tokens, -1))
        # (batch, num_tokens, hidden_dim)
        tokens = self.encoders(tokens)
        sequence, _ = self.bottleneck(values.unsqueeze(1))
        for fusion in self.fusions:
            # (batch, num_tokens, hidden_dim), (batch, channels, length)
            tokens, sequence = fusion(tokens, sequence)
        tokens = self.final_norm(tokens)
        averages = {"transformer": tokens.mean(1), "cnn": sequence.mean(2)}
        return {
            name: self.heads[name](averages[branch])
            for name, branch in self.branches.items()
        }


class Encoder(nn.Module):
    """Self-attention, then a feed-forward network, each with a residual.

    `nn.MultiheadAttention` wants a width that the heads divide, so the
    attention is written out.

    Paper: Section 3.3.2.
    """

    def __init__(self, hidden_dim, num_heads, intermediate_dim, dropout):
        super().__init__()
        self.num_heads = num_heads
        width = hidden_dim // num_heads * num_heads
        self.attention_norm = nn.LayerNorm(hidden_dim, _EPSILON)
        self.query_key_value = nn.Linear(hidden_dim, 3 * width)
        self.output = nn.Linear(width, hidden_dim)
        self.feedforward_norm = nn.LayerNorm(hidden_dim, _EPSILON)
        self.expand = nn.Linear(hidden_dim, intermediate_dim)
        self.project = nn.Linear(intermediate_dim, hidden_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = x + self.attend(self.attention_norm(x))
        y = self.dropout(F.relu(self.expand(self.feedforward_norm(x))))
        return x + self.dropout(self.project(y))

    def attend(self, x):
        # Three of (batch, num_heads, num_tokens, width of a head)
        query, key, value = (
            part.unflatten(2, (self.num_heads, -1)).transpose(1, 2)
            for part in self.query_key_value(x).chunk(3, dim=2)
        )
        y = F.scaled_dot_product_attention(query, key, value)
        return self.output(y.transpose(1, 2).flatten(2))


class ConvolutionUnit(nn.Module):
    """Convolution, normalisation, ReLU, dropout.

    Paper: Section 3.3.3.
    """

    def __init__(self, channels, filters, kernel_size, dropout):
        super().__init__()
        self.convolution = nn.Conv1d(
            channels, filters, kernel_size, padding="same", bias=False
        )
        self.normalization = nn.BatchNorm1d(filters, _EPSILON)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(F.relu(self.normalization(self.convolution(x))))


class Bottleneck(nn.Module):
    """Convolutions 1x1, 1x3 and 1x1 with a residual connection.

    Gives its output and that of the 1x3 convolution.

    Paper: Section 3.3.3.
    """

    def __init__(self, channels, filters, output_filters, dropout):
        super().__init__()
        self.reduce = ConvolutionUnit(channels, filters, 1, dropout)
        self.convolve = ConvolutionUnit(filters, filters, 3, dropout)
        self.expand = ConvolutionUnit(filters, output_filters, 1, dropout)
        self.shortcut = (
            nn.Identity()
            if channels == output_filters
            else nn.Conv1d(channels, output_filters, 1)
        )

    def forward(self, x, long_range=None):
        y = self.reduce(x)
        if long_range is not None:
            y = y + long_range
        local = self.convolve(y)
        return self.expand(local) + self.shortcut(x), local


class FusionBlock(nn.Module):
    """A block of both branches in which each hears the other.

    Paper: Section 3.3.4.
    """

    def __init__(self, first, encoders, second, num_tokens, hidden_dim, inside):
        super().__init__()
        self.first = first
        self.encoders = encoders
        self.second = second
        self.pooling = nn.AdaptiveAvgPool1d(num_tokens)
        self.down = nn.Linear(inside, hidden_dim)
        self.down_norm = nn.LayerNorm(hidden_dim, _EPSILON)
        self.merge_norm = nn.LayerNorm(hidden_dim, _EPSILON)
        self.up = nn.Conv1d(hidden_dim, inside, 1)
        self.up_norm = nn.BatchNorm1d(inside, _EPSILON)

    def forward(self, tokens, sequence):
        sequence, local = self.first(sequence)
        local = self.down(self.pooling(local).transpose(1, 2))
        tokens = self.merge_norm(tokens + self.down_norm(local))
        tokens = self.encoders(tokens)
        long_range = self.up_norm(self.up(tokens.transpose(1, 2)))
        long_range = F.interpolate(long_range, sequence.shape[2])
        sequence, _ = self.second(sequence, long_range)
        return tokens, sequence


def copy_weights(keras_model, torch_model):
    """Gives a PyTorch MTC the weights of a Keras MTC of the same sizes.

    Args:
        keras_model: `mtc_tf.models.mtc.MTC`.
        torch_model: `TorchMTC`, which is changed.
    """
    layer = keras_model.backbone.get_layer

    def copy_encoders(modules, block):
        for index, module in enumerate(modules, start=1):
            _copy_encoder(layer(f"block{block}_encoder{index}"), module)

    copy_encoders(torch_model.encoders, 1)
    _copy_bottleneck(layer("block1_bottleneck1"), torch_model.bottleneck)
    for block, fusion in enumerate(torch_model.fusions, start=2):
        copy_encoders(fusion.encoders, block)
        _copy_bottleneck(layer(f"block{block}_bottleneck1"), fusion.first)
        _copy_bottleneck(layer(f"block{block}_bottleneck2"), fusion.second)
        down = layer(f"block{block}_downsampling")
        _copy_dense(down.convolution, fusion.down)
        _copy_norm(down.normalization, fusion.down_norm)
        _copy_norm(layer(f"block{block}_merge_norm"), fusion.merge_norm)
        up = layer(f"block{block}_upsampling")
        _copy_dense(up.convolution, fusion.up)
        _copy_norm(up.normalization, fusion.up_norm)
    _copy_norm(layer("final_norm"), torch_model.final_norm)
    for name, head in torch_model.heads.items():
        _copy_dense(keras_model.get_layer(name), head)


def _copy_encoder(layer, module):
    _copy_norm(layer.attention_norm, module.attention_norm)
    _copy_dense(layer.attention.query_key_value, module.query_key_value)
    _copy_dense(layer.attention.output_dense, module.output)
    _copy_norm(layer.feedforward_norm, module.feedforward_norm)
    _copy_dense(layer.expand, module.expand)
    _copy_dense(layer.project, module.project)


def _copy_bottleneck(layer, module):
    for name in ("reduce", "convolve", "expand"):
        unit, torch_unit = getattr(layer, name), getattr(module, name)
        (kernel,) = unit.convolution.get_weights()
        if kernel.ndim == 2:  # one position
            kernel = kernel[None]
        # (positions, channels, filters) -> (filters, channels, positions)
        _set(torch_unit.convolution.weight, kernel.T)
        _copy_norm(unit.normalization, torch_unit.normalization)
    if layer.shortcut is not None:
        _copy_dense(layer.shortcut, module.shortcut)


def _copy_dense(layer, module):
    kernel, bias = layer.get_weights()
    _set(module.weight, kernel.T.reshape(module.weight.shape))
    _set(module.bias, bias)


def _copy_norm(layer, module):
    scale, offset, *moving = layer.get_weights()
    _set(module.weight, scale)
    _set(module.bias, offset)
    if moving:
        _set(module.running_mean, moving[0])
        _set(module.running_var, moving[1])


def _set(tensor, values):
    with torch.no_grad():
        if tensor.shape != values.shape:
            raise ValueError(
                f"Weights of shape {tuple(tensor.shape)} expected. "
                f"Received: {values.shape}."
            )
        tensor.copy_(torch.tensor(np.ascontiguousarray(values)))
