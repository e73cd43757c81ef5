"""Self-signed certificates, made for one session."""

import subprocess


def make_certificate(folder, name, *hosts, key="rsa:2048"):
    """Makes a key and a self-signed certificate.

    Args:
        folder: `pathlib.Path`. Where `NAME.key` and `NAME.crt` go.
        name: str. Names the files, and is the common name.
        *hosts: str. Further host names and IPv4 addresses.
        key: str. `"rsa:2048"` or `"ec"`.

    Returns:
        tuple of two paths: the certificate and the key.
    """
    certificate, secret = folder / f"{name}.crt", folder / f"{name}.key"
    kinds = ("IP" if host[0].isdigit() else "DNS" for host in (name, *hosts))
    names = zip(kinds, (name, *hosts), strict=True)
    algorithm = ["-newkey", key]
    if key == "ec":
        algorithm += ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "30"),
            *algorithm,
            *("-subj", f"/CN={name}"),
            *("-addext", "subjectAltName=" + ",".join(map(":".join, names))),
            *("-keyout", secret, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, secret
