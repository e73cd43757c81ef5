"""Raw frames to rows inside a SavedModel: the steps of `packets` in TensorFlow.

Each file does what the one of the same name in `mtc_tf/packets/` does, on
tensors; tests hold the two together, byte by byte.
"""
