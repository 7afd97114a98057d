"""The settings file of a developer's checkout; in production the environment itself is set."""

from pathlib import Path


def read_env_file(path: Path) -> dict[str, str]:
    """`KEY=value` lines of `path`; comments and blanks are passed over, a missing file is empty."""
    if not path.is_file():
        return {}
    pairs = (
        line.split("=", 1)
        for line in path.read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.lstrip().startswith("#")
    )
    return {key.strip(): value.strip().strip("'\"") for key, value in pairs}
