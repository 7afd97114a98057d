"""A small world of documents, and an index built from it once by our own encoder."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge_base.index import build
from knowledge_base.passages import cut
from knowledge_base.reading import read_paths
from knowledge_base.static_encoder import StaticEncoder

TAX = """---
id: small-tax
title: 小型微利企业所得税优惠公告
number: 财政部 税务总局公告2023年第12号
issuer: 财政部 税务总局
level: 国家
region: 全国
issued: 2023-08-02
effective: 2023-01-01
expires: 2027-12-31
url: https://example.test/12
status: 现行
sample: false
checked: 2026-11-23
topics: [小微企业, 企业所得税]
---
# 小型微利企业所得税优惠公告

## 一句话
对小型微利企业减按25%计算应纳税所得额，按20%的税率缴纳企业所得税。

## 条件
### 第二条 条件
小型微利企业要求从业人数不超过300人、资产总额不超过5000万元。
"""

SAMPLE = """---
id: sample-rent
title: 示例园区房租补贴办法
number: 示例2026年第1号
level: 县
region: 南江县
issued: 2026-01-01
status: 现行
sample: true
---
## 补贴
入驻示例园区的企业，每月房租补贴500元，最长补贴12个月。
"""

OLD = """---
id: old-fee
title: 暂住证收费办法
number: 旧字1999年第1号
issued: 1999-01-01
status: 已废止
---
## 收费
暂住证工本费每张8元。
"""

FUTURE = """---
id: future-park
title: 充电桩建设奖励办法
number: 新字2026年第9号
issued: 2026-10-01
effective: 2027-01-01
expires: 2028-12-31
---
## 奖励
企业建设公共充电桩，每桩奖励3000元。
"""

ARBITRATION = """---
id: arbitration
title: 劳动争议调解仲裁法
issued: 2007-12-29
effective: 2008-05-01
topics: [劳动仲裁]
---
## 时效
### 第二十七条
劳动争议申请仲裁的时效期间为一年。

## 收费
### 第五十三条
劳动争议仲裁不收费。
"""

WRITTEN = {
    "small-tax": TAX,
    "sample-rent": SAMPLE,
    "old-fee": OLD,
    "future-park": FUTURE,
    "arbitration": ARBITRATION,
}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the documents above."""
    folder = tmp_path_factory.mktemp("corpus")
    for name, text in WRITTEN.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def encoder() -> StaticEncoder:
    """Our encoder, read by numpy."""
    return StaticEncoder()


@pytest.fixture(scope="session")
def build_index(encoder: StaticEncoder) -> Callable[..., None]:
    """Builds an index of `source` in `folder`."""

    def built(folder: Path, source: Path) -> None:
        reading = read_paths([source])
        passages = [
            passage
            for document in reading.documents
            for passage in cut(document, reading.rows.get(document.id, ()))
        ]
        build(
            folder,
            passages,
            documents=reading.documents,
            encoder=encoder,
            terms=("小型微利企业", "小微企业"),
            built_at=datetime(2026, 11, 23, tzinfo=UTC),
        )

    return built


@pytest.fixture(scope="session")
def served(
    corpus: Path, build_index: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An index of the corpus that no test changes."""
    folder = tmp_path_factory.mktemp("served")
    build_index(folder, corpus)
    return folder
