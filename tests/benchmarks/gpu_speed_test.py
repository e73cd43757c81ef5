from benchmarks.gpu_speed import describe


def test_share_of_the_peak():
    described = describe(
        "NVIDIA H100 80GB HBM3", "float32", rate=1000.0, flops=6.7e9
    )
    assert described["tflops"] == 6.7
    assert described["share_of_peak"] == 0.1
    assert described["gflop_per_sample"] == 6.7


def test_no_share_is_given_where_no_peak_is_known():
    assert describe("cpu", "float32", 1.0, 1.0)["share_of_peak"] is None
