"""The rights of root, for no longer than they are needed."""

import os
import pwd


def drop_root_of_sudo():
    """Goes on as the user who called `sudo`, for good.

    Root who did not come by `sudo` stays root: nothing tells who else to be,
    and in a container it may be the only user.
    """
    user = os.environ.get("SUDO_UID", "")
    if os.geteuid() != 0 or not user.isdecimal():
        return
    entry = pwd.getpwuid(int(user))
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
