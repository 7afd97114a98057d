"""Trains the dialogue model when what it is made from has changed, whole or not at all."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot import paths
from bot.components.gazetteer import titles

KEPT_MODELS = 2


class TrainingFailed(Exception):
    """Rasa made no model; the message says why."""


def inputs() -> Iterator[Path]:
    """Every file the model depends on, in a fixed order."""
    yield paths.CONFIG
    yield paths.DOMAIN
    yield from sorted(path for path in paths.DATA.rglob("*.yml") if path.parent != paths.NLU)
    yield from understanding()


def understanding() -> Iterator[Path]:
    """Of them, what a sentence is understood with, the pipeline apart."""
    yield from sorted(paths.NLU.glob("*.yml"))
    yield from sorted(paths.COMPONENTS.glob("*.py"))
    yield from sorted(paths.LEXICON.iterdir())
    yield from sorted(paths.ENCODER.glob("*.*"))
    if paths.DICTIONARY.is_file():
        yield paths.DICTIONARY


def fingerprint() -> str:
    """Twelve hex digits that change when any input does."""
    digest = hashlib.sha256()
    for path in inputs():
        digest.update(f"{path.relative_to(paths.ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    # Of the corpus only its titles matter: the policies that a message may name.
    for title in titles(paths.CORPUS):
        digest.update(f"{title}\0".encode())
    return digest.hexdigest()[:12]


def model_path() -> Path:
    """Where the model of the present inputs lies, trained or not."""
    return paths.models_dir() / f"dialogue-{fingerprint()}.tar.gz"


def newest_model() -> Path | None:
    """The model to serve: of the present inputs, else the latest; None when there is none."""
    if (present := model_path()).is_file():
        return present
    models = paths.models_dir().glob("dialogue-*.tar.gz")
    return max(models, key=lambda path: path.stat().st_mtime, default=None)


def train(*, only_if_changed: bool = False) -> Path:
    """The model of the present inputs, trained now unless `only_if_changed` finds it made.

    Raises TrainingFailed. An interrupted training leaves the earlier models as they were.
    """
    target = model_path()
    if only_if_changed and target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # In the target's own folder, so that the last step is a rename within one file system.
    scratch = Path(tempfile.mkdtemp(prefix=".training-", dir=target.parent))
    try:
        os.replace(_trained_by_rasa(scratch), target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _drop_old_models(target)
    return target


def _trained_by_rasa(folder: Path) -> Path:
    # Rasa's own cache knows nothing of our components' source and would keep what they made.
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    from rasa.model_training import train as rasa_train

    log = folder / "training.log"
    with (
        contextlib.chdir(paths.ROOT),
        log.open("w", encoding="utf-8") as written,
        contextlib.redirect_stdout(written),
        contextlib.redirect_stderr(written),
    ):
        try:
            result = rasa_train(
                domain=str(paths.DOMAIN),
                config=str(paths.CONFIG),
                training_files=[str(paths.DATA)],
                output=str(folder),
                fixed_model_name="dialogue",
                force_training=True,
            )
        except Exception as error:
            # What matters is the innermost cause: Rasa wraps each in "error running component".
            cause: BaseException = error
            while cause.__cause__ is not None:
                cause = cause.__cause__
            raise TrainingFailed(f"{type(cause).__name__}: {cause}") from error
    if result.code != 0 or not result.model:
        raise TrainingFailed(log.read_text(encoding="utf-8")[-2000:] or f"code {result.code}")
    return Path(result.model)


def _drop_old_models(current: Path) -> None:
    others = sorted(
        (path for path in current.parent.glob("dialogue-*.tar.gz") if path != current),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in others[KEPT_MODELS - 1 :]:
        path.unlink(missing_ok=True)
    # Left behind by a training that was killed.
    for folder in current.parent.glob(".training-*"):
        shutil.rmtree(folder, ignore_errors=True)
