"""The packets of flows to windows, as of `mtc_tf.features.flow_windows`."""

import dataclasses

import tensorflow as tf

from mtc_tf.features.flow_windows import MOST_WINDOWS
from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.frame_graph.frame_bytes import read_byte
from mtc_tf.frame_graph.frame_bytes import read_uint16
from mtc_tf.packets.ip_packets import IPV6_LENGTH


@dataclasses.dataclass(frozen=True)
class FlowSeries:
    """Some windows.

    Args:
        series: float32 tensor `(windows, packets_per_flow, 68)`, as of
            `mtc_tf.features.packet_series`.
        flows: int32 tensor `(windows,)`. The flow's number.
    """

    series: tf.Tensor
    flows: tf.Tensor


def flow_series(rows, senders, timestamps, is_kept, packets_per_flow):
    """Cuts flows into windows of consecutive packets.

    Args:
        rows: uint8 tensor `(flows, packets, bytes)`, 64 or more of each.
        senders: uint8 tensor `(flows, packets, 18)`, as of `Preprocessed`.
        timestamps: float64 tensor `(flows, packets)`. Seconds.
        is_kept: bool tensor `(flows, packets)`. Which packets there are; others
            leave no gap.
        packets_per_flow: int. Packets of a window.

    Returns:
        `FlowSeries` of all windows that hold a packet, the first `MOST_WINDOWS`
        of each flow.
    """
    order = tf.argsort(tf.cast(~is_kept, tf.int32), axis=1, stable=True)
    order = order[:, : MOST_WINDOWS * packets_per_flow]
    rest = -tf.shape(order)[1] % packets_per_flow
    rows, senders, timestamps, is_there = (
        tf.pad(
            tf.gather(values, order, batch_dims=1),
            [[0, 0], [0, rest], *[[0, 0]] * (values.shape.rank - 2)],
        )
        for values in (rows[:, :, :SERIES_BYTES], senders, timestamps, is_kept)
    )
    series = _series(rows, senders, timestamps, is_there)
    shape = (-1, packets_per_flow, series.shape[2])
    series = tf.reshape(series, shape)
    has_packet = tf.reshape(is_there, (-1, packets_per_flow))[:, 0]
    windows_of_flow = tf.shape(is_there)[1] // packets_per_flow
    windows = tf.cast(tf.where(has_packet)[:, 0], tf.int32)
    return FlowSeries(
        tf.gather(series, windows), windows // tf.maximum(windows_of_flow, 1)
    )


def _series(rows, senders, timestamps, is_there):
    """float32 `(flows, packets, 68)`, zeros where there is no packet."""
    directions = tf.reduce_any(senders != senders[:, :1], axis=2)
    before = tf.concat([timestamps[:, :1], timestamps[:, :-1]], axis=1)
    # Captures of several interfaces may go back in time.
    gaps = tf.maximum(timestamps - before, 0)
    positions = tf.zeros_like(gaps, tf.int32) + tf.range(tf.shape(gaps)[1])
    numbers = [_sizes(rows), directions, gaps, positions]
    columns = tf.concat(
        [
            tf.cast(rows, tf.float32),
            tf.stack([tf.cast(x, tf.float32) for x in numbers], axis=2),
        ],
        axis=2,
    )
    return tf.where(is_there[:, :, tf.newaxis], columns, 0.0)


def _sizes(rows):
    flat = tf.reshape(rows, (-1, rows.shape[2]))
    is_ipv6 = read_byte(flat, 0) // 16 == 6
    sizes = tf.where(
        is_ipv6, read_uint16(flat, 4) + IPV6_LENGTH, read_uint16(flat, 2)
    )
    return tf.reshape(tf.maximum(sizes, 1), tf.shape(rows)[:2])
