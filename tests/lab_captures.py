"""Where the captures of the traffic lab lie."""

import pathlib

LAB_CAPTURES = (
    pathlib.Path(__file__).resolve().parents[1]
    / "datasets/traffic_lab/captures"
)
