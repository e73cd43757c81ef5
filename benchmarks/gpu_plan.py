"""The trainings of `gpu_protocol`, in the order of their importance."""

import dataclasses

from mtc_tf.data.array_file import ArrayFile

_LITE = ("--flagfile=configs/iscx/lite.flags",)
_SERIES = ("--flagfile=configs/iscx/series.flags",)
# A million samples of the full model by the recipe of MTC-Lite. Its rate is the
# paper's: that of MTC-Lite is twice as much, for a model of a third of the
# weights.
_LARGE = (
    *_LITE,
    *("--model=mtc", "--learning_rate=0.001", "--max_steps=7813"),
)
_TABLE_4 = ("mtc", "transformer", "cnn", "mtc_2task")

# What makes each model small enough for a CPU.
_SMALL = {
    "mtc": ("--num_encoders=1,0,0", "--stem_strides=50"),
    "mtc_2task": ("--num_encoders=1,0,0", "--stem_strides=50"),
    "transformer": ("--num_encoders=1",),
}
_SMALL_ROWS = 256


@dataclasses.dataclass(frozen=True)
class Group:
    """Runs that train side by side, as one program.

    Args:
        name: str.
        share: float. Time that they get, in proportion to the groups behind.
        lines: list of lists of str, command lines of `mtc train`.
    """

    name: str
    share: float
    lines: list


def plan(arrays, output, networks, precision, rehearse):
    """Lists what is to be trained.

    Args:
        arrays: `pathlib.Path` of the folder of array files.
        output: `pathlib.Path` of the folder to write to.
        networks: int. Networks of MTC-Lite at once.
        precision: str. As of `mtc train`.
        rehearse: bool. Whether all of it shall be small.

    Returns:
        list of `Group`.
    """

    def group(name, share, source, flags, seeds=(0,), model=""):
        small = _rehearsal(arrays / source, model) if rehearse else ()
        return Group(
            name,
            share,
            [
                [
                    *flags,
                    *("--backend=jax", f"--arrays={arrays / source}"),
                    f"--precision={precision}",
                    f"--seed={seed}",
                    f"--workdir={output / 'runs' / name / f'seed{seed}'}",
                    *small,
                ]
                for seed in seeds
            ],
        )

    def table_4(seed, share):
        return [
            group(
                f"{model}/{split}/{seed}",
                share,
                f"{split}.npz",
                [f"--flagfile=configs/table4/iscx_{model}.flags"],
                (seed,),
                model,
            )
            for split in ("paper", "flow")
            for model in _TABLE_4
        ]

    def small_models(pattern, flags):
        return [
            group(path.stem, 1, path.name, flags, range(networks))
            for path in sorted(arrays.glob(pattern))
        ]

    large = group("mtc_recipe/flow", 6, "flow.npz", _LARGE, model="mtc")
    more = [*table_4(1, 1), *table_4(2, 1)]
    return [
        *small_models("lite*.npz", _LITE),
        *small_models("series*.npz", _SERIES),
        *table_4(0, 4),
        large,
        *more,
    ]


def _rehearsal(path, model):
    """Flags behind the others that make a run small."""
    fraction = min(1.0, _SMALL_ROWS / ArrayFile(path).rows_of("train"))
    return (
        *("--epochs=1", "--max_steps=2", "--batch_size=8"),
        *(f"--fraction={fraction}", *_SMALL.get(model, ())),
    )
