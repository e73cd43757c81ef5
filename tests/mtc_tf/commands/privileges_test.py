import os
import pwd

import pytest

from mtc_tf.commands.privileges import drop_root_of_sudo
from mtc_tf.errors import InputError

USER = pwd.getpwnam("nobody")


@pytest.fixture
def called(monkeypatch):
    """What is asked of the system, as far as it changes who one is."""
    calls = []
    for name in ("initgroups", "setgid", "setuid"):
        monkeypatch.setattr(
            os, name, lambda *values, name=name: calls.append((name, *values))
        )
    return calls


def test_root_of_sudo_becomes_the_user_who_called_it(called, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", str(USER.pw_uid))
    drop_root_of_sudo()
    # The user last: it takes the right to do the rest.
    assert called == [
        ("initgroups", "nobody", USER.pw_gid),
        ("setgid", USER.pw_gid),
        ("setuid", USER.pw_uid),
    ]


@pytest.mark.parametrize(
    ("user", "sudo"), [(0, None), (0, ""), (0, "x"), (1000, "1000")]
)
def test_others_stay_who_they_are(user, sudo, called, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.delenv("SUDO_UID", raising=False)
    if sudo is not None:
        monkeypatch.setenv("SUDO_UID", sudo)
    drop_root_of_sudo()
    assert called == []


# The last has more digits than Python reads.
@pytest.mark.parametrize("sudo", ["4294967294", "9" * 30, "9" * 5000])
def test_number_of_no_user(sudo, called, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", sudo)
    with pytest.raises(InputError, match="^SUDO_UID: expected .* received '"):
        drop_root_of_sudo()
    assert called == []
