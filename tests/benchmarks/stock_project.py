"""A stock Rasa project made of our own training data, and its model."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
STOCK = Path(__file__).resolve().parent / "stock"
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
TOPICS = ROOT / "bot" / "data"


def lay_out(folder: Path) -> None:
    """Writes the project: our sentences, rules and responses; our rules as stories too.

    Stock Rasa learns its dialogue from stories; ours has none, so TED is given the same paths.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    for kind in ("nlu", "rules", "responses"):
        shutil.copytree(TOPICS / kind, folder / "data" / kind)
    for name in ("config.yml", "endpoints.yml", "credentials.yml"):
        shutil.copy(STOCK / name, folder / name)
    shutil.copy(ROOT / "domain.yml", folder / "domain.yml")
    stories = {"version": "3.1", "stories": list(_stories())}
    (folder / "data" / "stories.yml").write_text(
        yaml.safe_dump(stories, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


def _stories() -> list[dict[str, Any]]:
    rules = [
        rule
        for path in sorted((TOPICS / "rules").glob("*.yml"))
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    ]
    return [
        {"story": rule["rule"], "steps": rule["steps"]} for rule in rules if "condition" not in rule
    ]


def fingerprint(folder: Path) -> str:
    """Changes when anything the model is trained on does."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yml")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def model(work: Path) -> tuple[Path, Path]:
    """(project folder, trained model); trained once per state of the data, which takes minutes."""
    project = work / "stock"
    lay_out(project)
    trained = work / f"stock-{fingerprint(project)}.tar.gz"
    if not trained.is_file():
        command = [RASA_PYTHON, "-m", "rasa", "train", "--out", "trained"]
        subprocess.run(
            [*command, "--fixed-model-name", "model"],
            cwd=project,
            env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "RASA_MAX_CACHE_SIZE": "0"},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.replace(project / "trained" / "model.tar.gz", trained)
    return project, trained
