"""What a folder holds, to be compared."""


def file_contents(folder):
    """The bytes of each file in and below a folder, by its path from there."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}
