import json
import shutil
from pathlib import Path

import pytest

from knowledge_base.__main__ import main


def test_ingest_search_answer_and_verify(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = ["--index", str(tmp_path / "index")]
    assert main(["ingest", str(corpus), *index]) == 0
    assert "5 documents, 7 passages" in capsys.readouterr().out
    assert main(["verify", *index]) == 0
    capsys.readouterr()
    assert main(["search", "劳动仲裁收费吗", *index, "--top", "2", "--json"]) == 0
    hits = json.loads(capsys.readouterr().out)
    assert len(hits) == 2
    assert set(hits[0]) == {"id", "document", "title", "number", "article", "text", "score"}
    assert main(["answer", "劳动争议仲裁收费吗", *index, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sure"] is True
    assert {"title", "number", "article", "url", "issued", "status"} <= set(told["citations"][0])
    assert main(["answer", "今天天气怎么样", *index, "--json"]) == 0
    untold = json.loads(capsys.readouterr().out)
    assert untold["sure"] is False
    assert "answer" not in untold


def test_ingest_if_changed_builds_only_when_an_input_changed(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest = ["ingest", str(corpus), "--index", str(tmp_path / "index"), "--if-changed"]
    for expected in ("5 documents", "unchanged"):
        assert main(ingest) == 0
        assert expected in capsys.readouterr().out
    document = next(corpus.glob("*.md"))
    document.write_text(document.read_text(encoding="utf-8") + "\n新的一段。\n", encoding="utf-8")
    assert main(ingest) == 0
    assert "5 documents" in capsys.readouterr().out
    current = (tmp_path / "index" / "CURRENT").read_text().strip()
    (tmp_path / "index" / "versions" / current / "passages.jsonl").write_text("")
    assert main(ingest) == 0
    assert "5 documents" in capsys.readouterr().out


def test_evaluation_prints_hits_and_times(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "questions.jsonl"
    rows.write_text(
        '{"id": "q1", "question": "小微企业所得税税率", "relevant": ["small-tax-p1"]}\n',
        encoding="utf-8",
    )
    assert main(["evaluate", str(rows), "--index", str(served), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["hit@1"], result["hit@10"], result["mrr@10"]) == (1.0, 1.0, 1.0)
    assert result["questions"] == 1
    assert {"hit@5", "p50_ms", "p95_ms"} <= set(result)


def test_a_question_may_name_a_document_instead_of_a_passage(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "questions.jsonl"
    row = {"id": "q1", "question": "小微企业所得税税率", "relevant": ["small-tax"]}
    rows.write_text(json.dumps(row), encoding="utf-8")
    assert main(["evaluate", str(rows), "--index", str(served), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hit@1"] == 1.0


def test_quality_counts_quoted_facts_and_refusals(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, negatives = tmp_path / "asked.jsonl", tmp_path / "negatives.jsonl"
    asked.write_text(
        '{"id": "1", "question": "小微企业所得税税率", "document": "small-tax", "fact": "20%"}',
        encoding="utf-8",
    )
    negatives.write_text('{"id": "n1", "question": "今天天气怎么样"}', encoding="utf-8")
    command = ["quality", str(asked), "--negatives", str(negatives), "--index", str(served)]
    assert main([*command, "--as-of", "2026-11-23", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["fact_quoted"], result["negatives_refused"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["search", "所得税", "--index", "{tmp}/none"], "index_missing"),
        (["answer", " ", "--index", "{served}"], "bad_input"),
        (["ingest", "{tmp}/nowhere", "--index", "{tmp}/index"], "no_such_path"),
        (["evaluate", "{tmp}/nowhere", "--index", "{served}"], "bad_questions"),
        (["evaluate", "{tmp}/bad.jsonl", "--index", "{served}"], "bad_questions"),
        (["search", "所得税", "--index", "{served}", "--encoder", "{tmp}"], "encoder_unavailable"),
    ],
)
def test_bad_input_is_one_sentence_with_a_code(
    served: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    code: str,
) -> None:
    (tmp_path / "bad.jsonl").write_text('{"question": "甲"}', encoding="utf-8")
    filled = [part.format(tmp=tmp_path, served=served) for part in command]
    assert main(filled) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{code}: ")
    assert printed.err.count("\n") == 1


def test_nothing_readable_leaves_the_index_as_it_was(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = Path(shutil.copytree(served, tmp_path / "index"))
    (tmp_path / "scan.pdf").write_bytes(b"%PDF")
    assert main(["ingest", str(tmp_path / "scan.pdf"), "--index", str(index)]) == 2
    assert "refused damaged: " in capsys.readouterr().err
    assert main(["verify", "--index", str(index)]) == 0


def test_an_empty_folder_leaves_the_index_as_it_was(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = Path(shutil.copytree(served, tmp_path / "index"))
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "README.md").write_text("# 说明", encoding="utf-8")
    for options in ([], ["--json"], ["--if-changed"]):
        assert main(["ingest", str(empty), "--index", str(index), *options]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("bad_input: 没有一份文件可以入库")
    assert main(["verify", "--index", str(index)]) == 0
    assert not capsys.readouterr().out.startswith("0 documents")
    assert main(["ingest", str(empty), "--index", str(tmp_path / "new")]) == 2
    assert not (tmp_path / "new" / "CURRENT").exists()


def test_the_report_shows_what_was_read_from_texts_and_names_what_is_repealed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "旧办法.md").write_text(
        "# 巴州区停车收费办法\n巴州府发〔2020〕3号\n每小时收费5元。\n"
        "巴州区人民政府\n2020年3月1日\n",
        encoding="utf-8",
    )
    (folder / "新办法.md").write_text(
        "# 巴州区停车服务办法\n巴州府发〔2026〕8号\n每小时收费3元。本办法自2026年6月1日起施行，"
        "《巴州区停车收费办法》（巴州府发〔2020〕3号）同时废止。\n巴州区人民政府\n2026年5月1日\n",
        encoding="utf-8",
    )
    (folder / "c.md").write_text("---\ntitle: 有说明栏\n---\n正文一句。\n", encoding="utf-8")
    ingest = ["ingest", str(folder), "--index", str(tmp_path / "index")]
    assert main(ingest) == 0
    lines = capsys.readouterr().err.splitlines()
    (new,) = [line for line in lines if line.startswith("read ") and "新办法.md" in line]
    assert "《巴州区停车服务办法》 文号 巴州府发〔2026〕8号 · 发文 巴州区人民政府" in new
    assert "县（巴州区） · 发布 2026-05-01 · 施行 2026-06-01 · 失效 未写 · 现行有效" in new
    assert not [line for line in lines if "有说明栏" in line]
    assert lines[-1] == (
        "repealed: 《巴州区停车收费办法》（巴州府发〔2020〕3号）"
        " by 《巴州区停车服务办法》（巴州府发〔2026〕8号） since 2026-06-01"
    )
    assert main([*ingest, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["repeals"][0]["repealed_number"] == "巴州府发〔2020〕3号"
    assert {row["effective"] for row in told["read"]} == {"2026-06-01", ""}


def test_a_cheat_without_a_rule_is_refused_and_not_called_unsure(
    served: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["answer", "怎么骗取残疾人补贴", "--index", str(served)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("不能帮这个忙")
    assert "不确定" not in printed


def test_verify_tells_damage_by_exit_status_one(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = Path(shutil.copytree(served, tmp_path / "index"))
    next((index / "versions").glob("*/vectors.faiss")).write_bytes(b"")
    assert main(["verify", "--index", str(index)]) == 1
    assert capsys.readouterr().err.startswith("index_damaged: ")
    assert main(["verify", "--index", str(tmp_path / "none")]) == 1


@pytest.mark.parametrize("arguments", [[], ["search"], ["search", "甲", "--top", "0"], ["what"]])
def test_a_wrong_call_shows_how_it_is_meant(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_quality_takes_one_half_and_any_of_several_documents(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "questions.jsonl"
    rows.write_text(
        '{"id": "b1", "question": "小微企业所得税税率", "document": ["none", "small-tax"], '
        '"fact": "20%"}\n'
        '{"id": "b2", "question": "小微企业所得税税率", "document": "none", "fact": "20%"}\n',
        encoding="utf-8",
    )
    found = {}
    for half in ("dev", "test"):
        command = ["quality", str(rows), "--half", half, "--index", str(served), "--json"]
        assert main(command) == 0
        found[half] = json.loads(capsys.readouterr().out)
    assert (found["dev"]["questions"], found["test"]["questions"]) == (1, 1)
    assert (found["dev"]["right_document@5"], found["test"]["right_document@5"]) == (0.0, 1.0)
