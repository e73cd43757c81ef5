"""Web servers that hand out the files of a folder over HTTPS."""

from lab.scenarios.file_servers import caddy
from lab.scenarios.file_servers import nginx


def start_web_server(session, root):
    """Starts the session's server, with HTTP/1.1 only or HTTP/2 as well.

    Args:
        session: `lab.session.Session`.
        root: `pathlib.Path`. The folder.
    """
    version = session.rng.choice(("1.2", "1.3"))  # of TLS
    http2 = session.rng.random() < 0.5
    command = _COMMANDS[session.programs[0]](session, root, version, http2)
    session.server.start(*command, ready=session.server.listens(session.port))


def _nginx(session, root, version, http2):
    certificate, key = session.certificate
    return nginx(
        session,
        root,
        types="""
                application/vnd.apple.mpegurl m3u8;
                video/mp2t ts;
                text/html html;
        """,
        listen=" ssl http2" if http2 else " ssl",
        settings=f"""
                ssl_certificate {certificate};
                ssl_certificate_key {key};
                ssl_protocols TLSv{version};
                keepalive_timeout {session.rng.choice((0, 65))};
        """,
    )


def _apache(session, root, version, http2):
    certificate, key = session.certificate
    modules = ("mpm_event", "authz_core", "mime", "ssl", "http2")
    loads = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
        for name in modules
    )
    settings = session.write(
        "apache.conf",
        f"""
        {loads}
        ServerName server.lab.test
        DefaultRuntimeDir {session.folder}
        PidFile {session.folder}/apache.pid
        ErrorLog /dev/stderr
        User www-data
        Group www-data
        TypesConfig /dev/null
        AddType application/vnd.apple.mpegurl .m3u8
        AddType video/mp2t .ts
        AddType text/html .html
        KeepAlive {session.rng.choice(("On", "Off"))}
        Protocols {"h2 " if http2 else ""}http/1.1
        Listen {session.port} https
        DocumentRoot {root}
        SSLEngine on
        SSLProtocol -all +TLSv{version}
        SSLCertificateFile {certificate}
        SSLCertificateKeyFile {key}
        """,
    )
    return "apache2", "-D", "FOREGROUND", "-f", settings


def _caddy(session, root, version, http2):
    certificate, key = session.certificate
    return caddy(
        session,
        root,
        options=f"""
            auto_https disable_redirects
            servers {{
                protocols h1 {"h2" if http2 else ""}
            }}
        """,
        site=f"https://*.lab.test:{session.port}",
        settings=f"""
            tls {certificate} {key} {{
                protocols tls{version} tls{version}
            }}
        """,
    )


def _lighttpd(session, root, version, http2):
    certificate, key = session.certificate
    settings = session.write(
        "lighttpd.conf",
        f"""
        server.modules = ( "mod_openssl" )
        server.port = {session.port}
        server.bind = "{session.server.url_address}"
        server.document-root = "{root}"
        server.upload-dirs = ( "{session.folder}" )
        server.max-keep-alive-requests = {session.rng.choice((0, 1000))}
        server.feature-flags = (
            "server.h2proto" => "{"enable" if http2 else "disable"}"
        )
        mimetype.assign = (
            ".m3u8" => "application/vnd.apple.mpegurl",
            ".ts" => "video/mp2t",
            ".html" => "text/html",
            "" => "application/octet-stream"
        )
        ssl.engine = "enable"
        ssl.pemfile = "{certificate}"
        ssl.privkey = "{key}"
        ssl.openssl.ssl-conf-cmd = (
            "MinProtocol" => "TLSv{version}",
            "MaxProtocol" => "TLSv{version}"
        )
        """,
    )
    return "lighttpd", "-D", "-f", settings


_COMMANDS = {
    "nginx": _nginx,
    "apache": _apache,
    "caddy": _caddy,
    "lighttpd": _lighttpd,
}
