import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.encoder import EncoderUnavailable, load, load_for_questions
from knowledge_base.static_encoder import StaticEncoder

TEXTS = [
    "小微企业所得税有什么优惠",
    "财政部 税务总局公告2023年第12号，减按25%计算",
    "\uff21\uff22\uff23 full width and Latin",
    "😀",
    "",
    "对小型微利企业减按25%计算应纳税所得额。" * 40,
]


def test_both_readers_of_our_weights_give_the_same_vectors(encoder: StaticEncoder) -> None:
    ours = load()
    np.testing.assert_allclose(ours.encode(TEXTS), encoder.encode(TEXTS), atol=1e-5)
    assert (ours.fingerprint, ours.dimension) == (encoder.fingerprint, encoder.dimension)


def test_vectors_have_length_one_or_none(encoder: StaticEncoder) -> None:
    lengths = np.linalg.norm(encoder.encode(TEXTS), axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 1, 0, 0, 1], atol=1e-5)


def test_what_means_the_same_is_nearer_than_what_does_not(encoder: StaticEncoder) -> None:
    asked, meant, other = encoder.encode(["小公司要交多少税", "企业所得税税率", "结婚登记的条件"])
    assert asked @ meant > asked @ other


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable):
        load_for_questions(str(tmp_path))


def test_the_static_reader_works_in_rasas_environment() -> None:
    root = Path(__file__).parents[3]
    python = root / ".venv-rasa" / "bin" / "python"
    if not python.exists():
        pytest.skip(".venv-rasa is not installed")
    script = (
        "from knowledge_base.static_encoder import StaticEncoder as S;"
        "print(*S().encode(['小微企业所得税'])[0][:4])"
    )
    done = subprocess.run(
        [python, "-c", script],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    there = np.array([float(value) for value in done.stdout.split()])
    here = StaticEncoder().encode(["小微企业所得税"])[0][:4]
    np.testing.assert_allclose(there, here, atol=1e-5)
