"""What KServe makes of a request before the model sees it."""

import orjson
from kserve.errors import InvalidInput
from kserve.protocol.dataplane import DataPlane

from mtc_tf.errors import first_line


class StrictDataPlane(DataPlane):
    """Takes what KServe stumbles over for a fault of the request.

    KServe reads the binary form of a request without looking: a size that is
    none ends in a `ValueError`, which it would answer as a fault of its own.
    What has another content type than JSON it hands on as it is; TensorFlow
    Serving reads JSON whatever the header says, and `curl -d` says nothing.
    """

    def decode(self, body, headers, *args, **kwargs):
        try:
            content, attributes = super().decode(body, headers, *args, **kwargs)
            if isinstance(content, bytes):
                content = orjson.loads(content)
        except InvalidInput:
            raise
        except Exception as error:
            raise InvalidInput(
                f"the request cannot be read: {first_line(error)}"
            ) from error
        return content, attributes
