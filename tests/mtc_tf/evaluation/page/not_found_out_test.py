import dataclasses

import pytest

from mtc_tf.evaluation.page.not_found_out import not_found_out


@dataclasses.dataclass(frozen=True)
class _Run:
    label: str = "A"
    info: dict = dataclasses.field(default_factory=dict)
    audit: dict | None = None
    ablation: dict | None = None
    explanation: dict | None = None
    artefacts: dict | None = None
    metrics: dict = dataclasses.field(default_factory=lambda: {"digests": {}})


def _commands(*runs):
    section = not_found_out(list(runs))
    return [text.split("`")[1] for text in section.sentences]


@pytest.mark.parametrize(
    ("info", "commands"),
    [
        ({}, ["audit", "ablate", "explain", "export"]),
        ({"packets_per_flow": 10}, ["audit", "ablate", "export"]),
        ({"features": ["x"]}, ["audit", "export"]),
    ],
)
def test_commands_that_were_not_run(info, commands):
    expected = [f"mtc {name} --workdir=RUN" for name in commands]
    expected[-1] += " --output=OUT"
    assert _commands(_Run(info=info)) == expected


def test_whole_page():
    found = {"x": 1}
    assert not_found_out([_Run("A", {}, found, found, found, found)]) is None


def test_runs_that_lack_it_are_named():
    found = {"x": 1}
    whole = _Run("whole", {}, found, found, found, found)
    section = not_found_out(
        [whole, _Run("B", {}, found, None, found, found), _Run("C")]
    )
    assert section.sentences[0].endswith("parts of its input, of B and C.")
    assert section.sentences[1].endswith("which bytes decide, of C.")


def test_audit_is_of_all_runs_of_a_dataset():
    found = {"x": 1}
    whole = _Run("A", {}, found, found, found, found)
    same = dataclasses.replace(whole, label="B", audit=None)
    assert not_found_out([whole, same]) is None
    other = dataclasses.replace(same, metrics={"digests": {"test": "b"}})
    [sentence] = not_found_out([whole, other]).sentences
    assert sentence.endswith("gives away by itself, of B.")
