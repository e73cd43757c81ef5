import numpy as np
import pytest

from mtc_tf.export.parity import ParityError
from mtc_tf.export.parity import check_parity
from mtc_tf.export.parity import largest_differences

PACKETS = np.arange(3, dtype=np.uint8)[:, None]
ARGUMENTS = {"packets": PACKETS}


def _expected():
    return {"application": PACKETS / 4, "auxiliary": PACKETS / 8}


def _function(change=0.0, when=lambda packets: True):
    """An artefact that adds `change` to its second output."""

    def function(packets):
        added = change if when(packets) else 0.0
        return {"application": packets / 4, "auxiliary": packets / 8 + added}

    return function


def _application_alone(packets):
    return {"application": packets}


def test_largest_difference_is_returned():
    differences = check_parity("x", _expected(), _function(4e-6), ARGUMENTS)
    assert differences == {
        "application": 0.0,
        "auxiliary": pytest.approx(4e-6),
    }


@pytest.mark.parametrize("change", [2e-5, -2e-5, np.nan])
def test_difference_beyond_tolerance(change):
    with pytest.raises(ParityError, match="x: auxiliary differs .* batch of 3"):
        check_parity("x", _expected(), _function(change), ARGUMENTS)


@pytest.mark.parametrize("share", [4e-4, 2e-3])
def test_scores_may_differ_in_proportion(share):
    expected = {"unknown": np.float64([-5000, 0.5, 50])}

    def function(packets):
        return {"unknown": expected["unknown"][packets[:, 0]] * (1 + share)}

    if share < 1e-3:
        differences = check_parity("x", expected, function, ARGUMENTS)
        assert differences == {"unknown": pytest.approx(share)}
        return
    with pytest.raises(ParityError, match="x: unknown differs"):
        check_parity("x", expected, function, ARGUMENTS)


def test_difference_in_batches_of_one_alone():
    function = _function(1e-4, when=lambda packets: len(packets) == 1)
    with pytest.raises(ParityError, match="by 0.0001 in batches of 1;"):
        check_parity("x", _expected(), function, ARGUMENTS)


def test_output_that_is_missing():
    with pytest.raises(
        ParityError, match=r"expected .*'auxiliary'\], received \['appl"
    ):
        check_parity(
            "x",
            _expected(),
            lambda packets: {"application": packets},
            ARGUMENTS,
        )


def test_output_of_another_shape():
    with pytest.raises(ParityError, match=r"shape \(3, 1\), received \(3, 2\)"):
        check_parity(
            "x",
            {"application": PACKETS / 4},
            lambda packets: {"application": np.tile(packets / 4, 2)},
            ARGUMENTS,
        )


def test_artefact_that_need_not_be_exact():
    differences = largest_differences(
        "x", _expected(), _function(0.5), ARGUMENTS
    )
    assert differences == {"application": 0.0, "auxiliary": 0.5}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_application_alone, r"x: expected .*'auxiliary'\], received \['appl"),
        (_function(np.nan), "x: auxiliary has values that are no numbers"),
    ],
)
def test_artefact_of_no_use(function, message):
    with pytest.raises(ParityError, match=message):
        largest_differences("x", _expected(), function, ARGUMENTS)
