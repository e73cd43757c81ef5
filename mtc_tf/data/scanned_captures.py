"""What was found in captures that were read together, in a file."""

import dataclasses
import uuid

from mtc_tf.data.kept_arrays import keep_arrays
from mtc_tf.data.kept_arrays import kept_arrays
from mtc_tf.data.kept_arrays import needed_arrays
from mtc_tf.data.labelled_capture import LabelledCapture
from mtc_tf.data.packet_spool import Block
from mtc_tf.data.packet_spool import PacketSpool
from mtc_tf.data.waiting_file import is_sealed
from mtc_tf.packets import CaptureReport

# Arrays of a `LabelledCapture` that follow from its packets alone.
ARRAYS = ("numbers", "sizes", "flows", "flow_rows", "label_rows")


@dataclasses.dataclass(frozen=True)
class ScannedCaptures:
    """Some captures, of which only is held where the rest lies.

    Args:
        sources: list of `CaptureSource`.
        path: `pathlib.Path` or `epath.Path` of the file with all that is known
            of their packets and flows.
        spool: `PacketSpool` that holds the packets.
        packets: int. How many there are.
        parts_path: path of the file with the part of each packet; None before
            they are divided.
    """

    sources: list
    path: object
    spool: PacketSpool
    packets: int
    parts_path: object = None

    @classmethod
    def keep(cls, path, captures, spool):
        """Writes what was found.

        Args:
            path: as above.
            captures: list of `LabelledCapture`.
            spool: `PacketSpool`, closed.

        Raises:
            InputError: if it cannot be written.
        """
        arrays, abouts = {}, []
        for capture in captures:
            for name in ARRAYS:
                arrays[f"{capture.name}/{name}"] = getattr(capture, name)
            abouts.append(
                {
                    "report": capture.report.as_dict(),
                    "left_out": capture.left_out,
                    "blocks": list(map(dataclasses.astuple, capture.blocks)),
                }
            )
        file = {"spool": spool.path.name, "seal": spool.seal}
        keep_arrays(path, arrays, {**file, "captures": abouts})
        packets = sum(len(capture.numbers) for capture in captures)
        sources = [capture.source for capture in captures]
        return cls(sources, path, spool, packets)

    @classmethod
    def kept(cls, path, sources):
        """Finds what was found before; None if there is nothing.

        Args:
            path: as above.
            sources: as above.
        """
        kept = kept_arrays(path)
        if kept is None:
            return None
        arrays, about = kept
        spool = PacketSpool(path.with_name(about["spool"]))
        # One that was read to its end is gone.
        if spool.path.exists() and not is_sealed(spool.path, about["seal"]):
            return None
        packets = sum(len(arrays[f"{own.name}/numbers"]) for own in sources)
        return cls(sources, path, spool, packets)

    def with_parts(self, parts):
        """Writes the part of each packet, to a file beside the other one.

        Args:
            parts: dict from the name of each capture to an int8 array of shape
                `(packets,)`.

        Returns:
            `ScannedCaptures`, with their `parts_path`.

        Raises:
            InputError: if they cannot be written.
        """
        # A worker that is late must not change what others were given.
        path = self.path.with_name(f"{uuid.uuid4().hex}.parts")
        keep_arrays(path, parts, None)
        return dataclasses.replace(self, parts_path=path)

    def captures(self):
        """Reads all that is known.

        Returns:
            list of `LabelledCapture`, one for each source.

        Raises:
            InputError: if it is not there any more.
        """
        arrays, about = needed_arrays(self.path)
        if self.parts_path is None:
            parts = dict.fromkeys(source.name for source in self.sources)
        else:
            parts, _ = needed_arrays(self.parts_path)
        return [
            LabelledCapture(
                source,
                CaptureReport(**own["report"]),
                left_out=own["left_out"],
                **{name: arrays[f"{source.name}/{name}"] for name in ARRAYS},
                spool=self.spool,
                blocks=[Block(*block) for block in own["blocks"]],
                parts=parts[source.name],
            )
            for source, own in zip(self.sources, about["captures"], strict=True)
        ]
