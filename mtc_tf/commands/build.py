"""`mtc build`: captures or CSV files to a prepared dataset."""

import contextlib
import dataclasses
import importlib
import pathlib
import sys

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import path_argument
from mtc_tf.data.beam_options import read_beam_options
from mtc_tf.data.unfinished_folder import unfinished_folder
from mtc_tf.data.whole_path import whole_path
from mtc_tf.data.worker_pool import read_jobs
from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped
from mtc_tf.printable import printable
from mtc_tf.whole_numbers import whole_number

# What NumPy and scikit-learn take as a seed is below it.
_SEEDS = 2**32
_EXAMPLES = """\
examples:
  mtc build traffic_lab
  mtc build iscx_vpn_nonvpn --config=flow --manual_dir=CAPTURES --data_dir=DATA
  mtc build cicids2017 --manual_dir=CSV_FILES --data_dir=DATA
  mtc build traffic_lab --config=capture,flow --split_seed=1
  mtc build iscx_vpn_nonvpn --manual_dir=CAPTURES --jobs=8
  mtc build iscx_vpn_nonvpn --manual_dir=CAPTURES --data_dir=DATA \\
      --beam_pipeline_options=runner=FlinkRunner,flink_master=HOST:8081
"""
_DESCRIPTION = """\
Prepares a dataset for training: each of its configurations, or those that
--config names. Captures are read once for all that preprocess them alike.
Prints what was read, kept and dropped. A configuration that is there already is
left as it is.

traffic_lab holds its captures; iscx_vpn_nonvpn takes those of ISCX VPN-nonVPN
2016 or your own beside a labels.csv, cicids2017 the CSV files of CICIDS2017.
"""


def add_parser(subparsers):
    """Adds `mtc build` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "build",
        run,
        help="prepare a dataset of captures or flow records",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "dataset", choices=_datasets(), metavar="NAME", help="%(choices)s"
    )
    parser.add_argument(
        "--config",
        metavar="NAME,…",
        help="the configurations to prepare (default: all)",
    )
    parser.add_argument(
        "--manual_dir",
        metavar="DIR",
        type=path_argument,
        help="the folder of captures or CSV files",
    )
    parser.add_argument(
        "--split_seed",
        default="0",
        metavar="N",
        help="divide the data otherwise; a configuration NAME is written as "
        "NAME_seedN (default: %(default)s, written as NAME)",
    )
    parser.add_argument(
        "--jobs",
        default="1",
        metavar="N",
        help="how many processes read captures, one each, and write the "
        "dataset, which is the same for any number; each takes up to 200 MB "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--beam_pipeline_options",
        metavar="NAME=VALUE,…",
        help="have the work done by a runner of Apache Beam, with these of its "
        "options, in place of --jobs; all workers must see both folders",
    )
    parser.add_argument(
        "--file_format",
        default="tfrecord",
        choices=("tfrecord", "array_record"),
        metavar="NAME",
        help="%(choices)s; `mtc` reads the first, `tfds.data_source` the "
        "second (default: %(default)s)",
    )
    add_data_dir(
        parser,
        default="~/tensorflow_datasets",
        help="the folder to write to (default: %(default)s)",
    )


def _datasets():
    """Names of the datasets that come with the package."""
    return sorted(
        path.parent.name
        for path in shipped("datasets").glob("*/*_dataset_builder.py")
    )


def run(args):
    """Runs `mtc build`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if there is no such configuration, or the files cannot be
            used.
    """
    if args.manual_dir and not args.manual_dir.is_dir():
        raise InputError(f"--manual_dir={args.manual_dir} is no folder")
    split_seed = whole_number(args.split_seed, "--split_seed", 0, _SEEDS - 1)
    jobs = read_jobs(args.jobs, "--jobs")
    options = read_beam_options(args.beam_pipeline_options)
    builder_class = _builder_class(args.dataset)
    _check_workers(args, jobs, builder_class)
    if not hasattr(builder_class, "jobs"):
        startup.import_tensorflow()  # TFDS's own writer needs it
    configs = {config.name: config for config in builder_class.BUILDER_CONFIGS}
    chosen = args.config.split(",") if args.config else list(configs)
    for name in chosen:
        if name not in configs:
            raise InputError(
                f"--config must be one of {', '.join(configs)} of "
                f"{args.dataset}, or some with commas between; received: "
                f"{args.config}"
            )
    builders = [
        builder_class(
            config=_with_split_seed(configs[name], split_seed),
            data_dir=str(args.data_dir),
        )
        for name in chosen
    ]
    with _shared_spools(builders) as spools:
        for builder in builders:
            builder.jobs, builder.spools = jobs, spools
            _build(builder, args, options)
    return 0


@contextlib.contextmanager
def _shared_spools(builders):
    """A folder for the packets of captures that several builders read, or None.

    One that reads records has no use for it, and one that is alone has its own.
    """
    places = [pathlib.Path(builder.data_dir) for builder in builders]
    is_alone = len(builders) < 2 or not hasattr(builders[0], "spools")
    # Where one is left of several, the others have read for it.
    if is_alone or all(place.exists() for place in places):
        yield None
        return
    # DATA/NAME/CONFIG/VERSION
    place = whole_path(places[0])
    folder = place.parents[1] / f"unfinished.{place.name}"
    with unfinished_folder(folder):
        yield folder / "spools"


def _check_workers(args, jobs, builder_class):
    """Refuses what is given for no use."""
    beam = args.beam_pipeline_options and "--beam_pipeline_options"
    given = [name for name in (jobs > 1 and f"--jobs={jobs}", beam) if name]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} exclude each other")
    if given and not hasattr(builder_class, "jobs"):
        raise InputError(
            f"{given[0]} is for datasets of captures; {args.dataset} is built "
            "by one process"
        )


def _with_split_seed(config, split_seed):
    if not split_seed:
        return config
    return dataclasses.replace(
        config, name=f"{config.name}_seed{split_seed}", split_seed=split_seed
    )


def _builder_class(name):
    """Imports a builder as `tfds build` does, beside its own files."""
    folder = str(shipped("datasets"))
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(f"{name}.{name}_dataset_builder").Builder


def _build(builder, args, options):
    import tensorflow_datasets as tfds

    # Its bars are for a terminal, as ours are; it does not look.
    if not (sys.stderr and sys.stderr.isatty()):
        tfds.disable_progress_bar()
    place = pathlib.Path(builder.data_dir)
    if place.exists():
        print(f"{printable(place)} is there already")
        return
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            manual_dir=str(args.manual_dir) if args.manual_dir else None,
            beam_options=options,
        ),
        file_format=args.file_format,
    )
    print(f"written to {printable(place)}", flush=True)
