"""What accelerators can do at most, by their makers."""

# TFLOP/s of dense products from NVIDIA's data sheets of the cards, by JAX's
# `device_kind` and the precisions of `gpu_speed`. With sparsity the sheets
# print twice as much for TF32 and bfloat16.
_HOPPER = {"float32": 67, "tensorfloat32": 495, "mixed_bfloat16": 989}
_AMPERE = {"float32": 19.5, "tensorfloat32": 156, "mixed_bfloat16": 312}
PEAK_TFLOPS = {
    "NVIDIA H200": _HOPPER,
    "NVIDIA H100 80GB HBM3": _HOPPER,
    "NVIDIA A100-SXM4-40GB": _AMPERE,
    "NVIDIA A100-SXM4-80GB": _AMPERE,
    "NVIDIA A100-PCIE-40GB": _AMPERE,
    "NVIDIA A100 80GB PCIe": _AMPERE,
}
