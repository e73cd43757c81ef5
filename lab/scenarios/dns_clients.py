"""Clients of DNS over TLS and over HTTPS."""

import base64
import ipaddress
import struct

# Of a resolver within the client, which asks the server.
_LOCAL_PORT = 60_054


def start_resolver(session, way, host):
    """Starts the session's client.

    Args:
        session: `lab.session.Session`.
        way: str. `"dot"`, over TLS, or `"doh"`, over HTTPS.
        host: str. Name of the server.

    Returns:
        function that looks up a list of pairs, name and type of record, and
        gives a str with the answers.
    """
    return _STARTS[way][session.programs[1]](session, host)


def _kdig_over_tls(session, host):
    return _kdig(session, host, "+tls")


def _kdig_over_https(session, host):
    how = session.rng.choice(("+https-get", "+nohttps-get"))
    return _kdig(session, host, "+https=/dns-query", how)


def _kdig(session, host, *options):
    """Connects anew for each few names."""
    return lambda asked: _ask(
        session,
        asked,
        *(f"@{session.server.address}", "-p", session.port, *options),
        *(f"+tls-ca={session.certificate[0]}", f"+tls-host={host}"),
        *("+keepopen", session.rng.choice(("+padding", "+nopadding"))),
    )


def _stubby(session, host):
    settings = session.write(
        "stubby.yml",
        f"""
resolution_type: GETDNS_RESOLUTION_STUB
dns_transport_list: [GETDNS_TRANSPORT_TLS]
tls_authentication: GETDNS_AUTHENTICATION_REQUIRED
tls_ca_file: "{session.certificate[0]}"
tls_query_padding_blocksize: 128
idle_timeout: {session.rng.choice((500, 10_000))}
listen_addresses: [127.0.0.1@{_LOCAL_PORT}]
upstream_recursive_servers:
  - address_data: {session.server.address}
    tls_port: {session.port}
    tls_auth_name: "{host}"
""",
    )
    return _start_local(session, "stubby", "-C", settings)


def _unbound(session, host):
    settings = session.write(
        "client-unbound.conf",
        f"""
        server:
        interface: 127.0.0.1@{_LOCAL_PORT}
        do-daemonize: no
        username: ""
        chroot: ""
        pidfile: ""
        use-syslog: no
        module-config: "iterator"
        tls-cert-bundle: "{session.certificate[0]}"
        forward-zone:
        name: "."
        forward-tls-upstream: yes
        forward-addr: {session.server.address}@{session.port}#{host}
        """,
    )
    return _start_local(session, "unbound", "-d", "-c", settings)


def _start_local(session, *command):
    session.client.start(
        *command, ready=session.client.listens(_LOCAL_PORT, "udp")
    )
    return lambda asked: _ask(
        session, asked, "@127.0.0.1", "-p", _LOCAL_PORT, "+notls"
    )


def _ask(session, asked, *options):
    names = (part for name, kind in asked for part in ("-q", name, "-t", kind))
    return session.client.run("kdig", "+short", *options, *names)


def _curl(session, host):
    """Asks by curl, as scripts do: a URL a question, one connection for all."""
    return lambda asked: "\n".join(_ask_by_curl(session, host, asked))


def _ask_by_curl(session, host, asked):
    questions = [_make_question(name, kind) for name, kind in asked]
    urls = (
        f"https://{host}:{session.port}/dns-query?dns="
        + base64.urlsafe_b64encode(question).decode().rstrip("=")
        for question in questions
    )
    answers = [session.folder / f"answer{n}" for n in range(len(asked))]
    outputs = (part for path in answers for part in ("--output", path))
    session.client.run(
        *("curl", "-sS", "--fail", "--cacert", session.certificate[0]),
        *("--header", "Accept: application/dns-message", *outputs, *urls),
    )
    for path, question, (_, kind) in zip(
        answers, questions, asked, strict=True
    ):
        yield _read_answer(path.read_bytes(), len(question), kind)


def _make_question(name, kind):
    """A message of DNS that asks for one record."""
    labels = (bytes([len(part)]) + part.encode() for part in name.split("."))
    number = {"A": 1, "TXT": 16, "AAAA": 28}[kind]
    wants_recursion = struct.pack("!6H", 0, 0x0100, 1, 0, 0, 0)
    return wants_recursion + b"".join(labels) + struct.pack("!xHH", number, 1)


def _read_answer(message, start, kind):
    """The value of the first record, which begins with a pointer to the name.

    What is before it repeats the question.
    """
    value = message[start + 12 :]
    size = int.from_bytes(message[start + 10 : start + 12])
    if kind == "TXT":
        return value[1:size].decode()
    return str(ipaddress.ip_address(value[:size]))


_STARTS = {
    "dot": {"kdig": _kdig_over_tls, "stubby": _stubby, "unbound": _unbound},
    "doh": {"kdig": _kdig_over_https, "curl": _curl},
}
