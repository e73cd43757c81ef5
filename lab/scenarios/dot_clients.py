"""Clients of DNS over TLS."""

# Of a resolver within the client, which asks the server.
_LOCAL_PORT = 60_054


def start_resolver(session, host):
    """Starts the session's client.

    Args:
        session: `lab.session.Session`.
        host: str. Name of the server.

    Returns:
        function that looks up a list of pairs, name and type of record, and
        gives a str with the answers.
    """
    return _STARTS[session.programs[1]](session, host)


def _kdig(session, host):
    """Connects anew for each few names."""
    return lambda asked: _ask(
        session,
        asked,
        *(f"@{session.server.address}", "-p", session.port, "+tls"),
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


_STARTS = {"kdig": _kdig, "stubby": _stubby, "unbound": _unbound}
