"""Servers of XMPP with STARTTLS that know two users, anna and boris."""

import pathlib

DOMAIN = "lab.test"
# Compiled modules, below /usr/lib. One for pictures is left out, which wants
# its program near.
_EJABBERD = "*/ejabberd-*/ebin"
_ERLANG = "erlang/lib/*/ebin/[!e]*.beam", "erlang/lib/*/ebin/e[!i]*.beam"
# On few cores it takes Erlang long that many wake each other.
_FEW_THREADS = "+S", "1:1", "+SDio", "1"
_USERS = ("anna", "boris")


def start_xmpp(session, password):
    """Starts the session's server.

    Args:
        session: `lab.session.Session`.
        password: str. That of both users.
    """
    _STARTS[session.programs[0]](session, password)


def _start_prosody(session, password):
    certificate, key = session.certificate
    for user in _USERS:
        session.write(
            f"prosody/lab%2etest/accounts/{user}.dat",
            f'return {{ ["password"] = "{password}" }};\n',
        )
    settings = session.write(
        "prosody.cfg.lua",
        f"""
        run_as_root = true
        pidfile = "{session.folder}/prosody.pid"
        data_path = "{session.folder}/prosody"
        log = {{ {{ levels = {{ min = "warn" }}, to = "console" }} }}
        modules_enabled = {{
            "roster", "saslauth", "tls", "disco", "carbons", "ping", "time",
            "version",
        }}
        modules_disabled = {{ "s2s" }}
        authentication = "internal_plain"
        c2s_require_encryption = true
        c2s_ports = {{ {session.port} }}
        ssl = {{ certificate = "{certificate}", key = "{key}" }}
        VirtualHost "{DOMAIN}"
        """,
    )
    session.server.start(
        *("prosody", "-F", "--config", settings),
        ready=session.server.listens(session.port),
    )


def _start_ejabberd(session, password):
    certificate, key = session.certificate
    both = session.write(
        "ejabberd.pem", certificate.read_bytes() + key.read_bytes()
    )
    settings = session.write(
        "ejabberd.yml",
        f"""
hosts: [{DOMAIN}]
loglevel: warning
certfiles: [{both}]
auth_password_format: {session.rng.choice(("plain", "scram"))}
listen:
  - ip: "{session.server.address}"
    port: {session.port}
    module: ejabberd_c2s
    starttls_required: true
modules:
  mod_carboncopy: {{}}
  mod_disco: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_roster: {{}}
  mod_stream_mgmt: {{}}
""",
    )
    known = session.folder / "known"
    register = "".join(
        f'ok = ejabberd_auth:try_register(<<"{user}">>, <<"{DOMAIN}">>, '
        f'<<"{password}">>), '
        for user in _USERS
    )
    session.server.start(
        # As `ejabberdctl foreground`, which would take the rights of another
        # user, and a name by which nodes find each other.
        *("env", f"EJABBERD_CONFIG_PATH={settings}"),
        f"EJABBERD_LOG_PATH={session.folder}/ejabberd.log",
        *("erl", *_FEW_THREADS, "-noinput", "-pa", *_erlang_folders(session)),
        *("-mnesia", "dir", f'"{session.folder}/mnesia"'),
        *(
            "-s",
            "ejabberd",
            "-eval",
            f'{register}file:write_file("{known}", "").',
        ),
    )
    session.wait_for(known.exists, "ejabberd knows its users", seconds=90)


def _erlang_folders(session):
    """Where Erlang finds ejabberd, and all else at the first try.

    It looks for each of hundreds of modules in dozens of folders, which takes
    half a minute on a busy machine.
    """
    system = pathlib.Path("/usr/lib")
    modules = session.folder / "erlang"
    modules.mkdir()
    for pattern in _ERLANG:
        for path in system.glob(pattern):
            (modules / path.name).symlink_to(path)
    # What is named last is looked into first.
    return modules, *system.glob(_EJABBERD)


_STARTS = {"prosody": _start_prosody, "ejabberd": _start_ejabberd}
