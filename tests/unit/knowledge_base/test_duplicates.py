"""The same document twice is taken once and told; editions and parts are not the same."""

import json
from pathlib import Path

import pytest

from knowledge_base.__main__ import main
from knowledge_base.reading import read_paths

TEXT = "".join(
    f"第{place}条规定企业可以申请第{place * 7}类补助，标准为{place * 31}元。" for place in range(40)
)


def write(folder: Path, name: str, front: str, body: str = TEXT) -> None:
    (folder / f"{name}.md").write_text(f"---\n{front}\n---\n{body}\n", encoding="utf-8")


def test_the_same_text_is_taken_once_and_the_other_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a", "title: 甲")
    write(tmp_path, "b", "title: 转发甲", TEXT.replace("，", "， "))
    reading = read_paths([tmp_path])
    (found,) = reading.duplicates
    assert [document.id for document in reading.documents] == ["a"]
    assert (found.code, found.document, found.repeats, found.kept) == ("same_text", "b", "a", False)
    assert "只保留 a" in str(found)


def test_nearly_the_same_text_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, "a", "title: 甲")
    write(tmp_path, "b", "title: 甲 ", TEXT + "更多信息请关注官方微信。")
    (found,) = read_paths([tmp_path]).duplicates
    assert (found.code, found.kept) == ("near_same_text", False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("title: 2025年公告", "title: 2026年公告"),
        ("title: 甲\nnumber: 甲〔2025〕1号", "title: 甲\nnumber: 甲〔2026〕1号"),
        ("title: 甲\neffective: 2025-01-01", "title: 甲\neffective: 2026-01-01"),
    ],
)
def test_editions_are_not_duplicates(tmp_path: Path, one: str, other: str) -> None:
    write(tmp_path, "a", one)
    write(tmp_path, "b", other, TEXT + "有一处修改。")
    reading = read_paths([tmp_path])
    assert (len(reading.documents), reading.duplicates) == (2, ())


def test_parts_of_one_number_are_told_and_both_kept(tmp_path: Path) -> None:
    write(tmp_path, "a", "title: 甲\nnumber: 公告2023年第12号")
    write(tmp_path, "b", "title: 乙\nnumber: 公告2023年第12号", "完全不同的内容。" * 20)
    reading = read_paths([tmp_path])
    (found,) = reading.duplicates
    assert len(reading.documents) == 2
    assert (found.code, found.kept) == ("same_number", True)


def test_the_report_names_duplicates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    write(folder, "a", "title: 甲\nnumber: 甲〔2025〕1号")
    write(folder, "b", "title: 甲")
    assert main(["ingest", str(folder), "--index", str(tmp_path / "index"), "--json"]) == 0
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert (report["documents"], report["duplicates"][0]["repeats"]) == (1, "a")
    assert report["known"]["number"] == 1
    assert printed.err.startswith("duplicate same_text: ")


def test_digests_of_one_law_are_no_duplicates_but_a_law_beside_its_digest_is_named(
    tmp_path: Path,
) -> None:
    number = "number: 国务院令第722号\n"
    write(tmp_path, "a", f"title: 开办企业\n{number}sources: [条例]", "开办企业一日办结。" * 20)
    write(tmp_path, "b", f"title: 涉企收费\n{number}sources: [条例]", "目录清单以外不得收费。" * 20)
    reading = read_paths([tmp_path])
    assert len(reading.documents) == 2
    assert reading.duplicates == ()
    write(tmp_path, "c", f"title: 优化营商环境条例\n{number}", "市场主体应当守法经营。" * 20)
    assert [item.document for item in read_paths([tmp_path]).duplicates] == ["c"]
