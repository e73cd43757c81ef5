"""Servers of DNS over TLS and over HTTPS that know one zone."""

# Of Unbound behind dnsdist, within the server.
_INNER_PORT = 60_053


def start_dns_server(session, way, zone, records):
    """Starts the session's server.

    Args:
        session: `lab.session.Session`.
        way: str. `"dot"`, over TLS, or `"doh"`, over HTTPS.
        zone: str.
        records: list of tuples of str: name, type, value.
    """
    _STARTS[session.programs[0]](session, way, zone, records)


def _start_unbound(session, way, zone, records):
    certificate, key = session.certificate
    option = {"dot": "tls-port", "doh": "https-port"}[way]
    _run_unbound(
        session,
        *(session.port, zone, records),
        f"""
        {option}: {session.port}
        tls-service-pem: "{certificate}"
        tls-service-key: "{key}"
        """,
    )


def _start_dnsdist(session, way, zone, records):
    _run_unbound(session, _INNER_PORT, zone, records, "")
    certificate, key = session.certificate
    place = f"{session.server.url_address}:{session.port}"
    function = {"dot": "addTLSLocal", "doh": "addDOHLocal"}[way]
    path = {"dot": "", "doh": ', "/dns-query"'}[way]
    settings = session.write(
        "dnsdist.conf",
        f"""
        {function}("{place}", "{certificate}", "{key}"{path})
        newServer("127.0.0.1:{_INNER_PORT}"):setUp()
        setACL({{"0.0.0.0/0", "::/0"}})
        """,
    )
    session.server.start(
        *("dnsdist", "--supervised", "--config", settings),
        ready=session.server.listens(session.port),
    )


def _run_unbound(session, port, zone, records, tls):
    data = "\n".join(
        f"local-data: '{name}. {kind} {value}'" for name, kind, value in records
    )
    settings = session.write(
        "server-unbound.conf",
        f"""
        server:
        interface: 0.0.0.0@{port}
        interface: ::0@{port}
        access-control: 0.0.0.0/0 allow
        access-control: ::/0 allow
        do-daemonize: no
        username: ""
        chroot: ""
        pidfile: ""
        use-syslog: no
        {tls}
        local-zone: "{zone}." static
        {data}
        """,
    )
    session.server.start(
        *("unbound", "-d", "-c", settings), ready=session.server.listens(port)
    )


_STARTS = {"unbound": _start_unbound, "dnsdist": _start_dnsdist}
