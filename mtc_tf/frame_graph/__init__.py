"""Raw frames to rows inside a SavedModel: the steps of `packets` in TensorFlow.

Files have the names of those in `mtc_tf/packets/` whose work they do on
tensors.
`frame_bytes` goes with `byte_rows`, `masks` with `row_bits`, and `flow_series`
with `mtc_tf/features/flow_windows.py`. Tests hold the two together, byte by
byte.
"""
