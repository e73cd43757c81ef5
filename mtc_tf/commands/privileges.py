"""The rights of root, for no longer than they are needed."""

import os
import pwd
import reprlib

from mtc_tf.errors import InputError


def drop_root_of_sudo():
    """Goes on as the user who called `sudo`, for good.

    Root who did not come by `sudo` stays root: nothing tells who else to be,
    and in a container it may be the only user.

    Raises:
        InputError: if `SUDO_UID` is the number of no user.
    """
    user = os.environ.get("SUDO_UID", "")
    if os.geteuid() != 0 or not user.isdecimal():
        return
    try:
        entry = pwd.getpwuid(int(user))
    except (KeyError, OverflowError, ValueError) as error:
        raise InputError(
            "SUDO_UID: expected the number of a user, received "
            f"{reprlib.repr(user)}"
        ) from error
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
