"""Databases over TLS: a program that stores and reads."""

import shutil

from lab.scenarios.contents import some_text
from lab.scenarios.database_clients import start_database_client

_POSTGRES = "/usr/lib/postgresql/15/bin"


def play_redis(session):
    """Keeps values in Redis, and reads some again."""
    password = f"{session.rng.getrandbits(80):x}"
    certificate, key = session.certificate
    session.server.start(
        *("redis-server", "--port", 0, "--tls-port", session.port),
        *("--bind", session.server.address, "--requirepass", password),
        *("--tls-cert-file", certificate, "--tls-key-file", key),
        *("--tls-ca-cert-file", certificate, "--tls-auth-clients", "no"),
        *("--save", "", "--dir", session.folder),
        ready=session.server.listens(session.port),
    )
    _use(session, password, (), 'set {} "{}"', "get {}")


def play_postgres(session):
    """Keeps rows in PostgreSQL, and reads some again."""
    password = f"{session.rng.getrandbits(80):x}"
    cluster = _make_cluster(session, password)
    session.server.start(
        *("runuser", "-u", "postgres", "--", f"{_POSTGRES}/postgres"),
        *("-D", cluster, "-k", "", "-h", session.server.address),
        *("-p", session.port, "-c", "ssl=on"),
        *("-c", "ssl_cert_file=server.crt", "-c", "ssl_key_file=server.key"),
        ready=session.server.listens(session.port),
        says="ready to accept",
    )
    _use(
        session,
        password,
        ("create table notes (name text primary key, body text);",),
        "insert into notes values ('{}', '{}');",
        "select body from notes where name = '{}';",
    )


def _use(session, password, begin, store, read):
    """Stores 10 to 40 values, and reads one now and then."""
    rng = session.rng
    values = {}
    expected = []
    with session.capture():
        client = start_database_client(session, password)
        for line in begin:
            client.say(line)
        for number in range(rng.randint(10, 40)):
            if values and rng.random() < 0.4:
                name = rng.choice(list(values))
                expected.append(values[name])
                client.say(read.format(name))
            else:
                name = f"note{number}"
                values[name] = some_text(rng, 5, 200)
                client.say(store.format(name, values[name]))
            session.pause(0.01, 0.4)
        said = client.end()
    for value in expected:
        session.check(value in said, "what was stored is read")


def _make_cluster(session, password):
    """Makes the folder of a server of which `lab` is the owner."""
    cluster = session.folder / "postgres"
    secret = session.write("postgres-password", password)
    cluster.mkdir()
    shutil.chown(cluster, "postgres")
    session.server.run(
        *("runuser", "-u", "postgres", "--", f"{_POSTGRES}/initdb"),
        *("-D", cluster, "--no-sync", "--auth=scram-sha-256"),
        *("--username=lab", f"--pwfile={secret}"),
    )
    (cluster / "pg_hba.conf").write_text("hostssl all lab all scram-sha-256\n")
    for name, path in zip(("crt", "key"), session.certificate, strict=True):
        copy = cluster / f"server.{name}"
        shutil.copyfile(path, copy)
        shutil.chown(copy, "postgres")
        copy.chmod(0o600)
    return cluster
