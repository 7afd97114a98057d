"""What is bundled: the ways of asking for its documents, and the words people say."""

from collections import defaultdict
from pathlib import Path

from knowledge_base.passages import cut
from knowledge_base.reading import read_paths
from knowledge_base.text import search_form
from knowledge_base.words import LEXICON, Colloquial

CORPUS = Path(__file__).parents[3] / "knowledge_base" / "corpus"


def test_no_two_documents_share_a_way_of_asking() -> None:
    owners = defaultdict(set)
    for document in read_paths([CORPUS]).documents:
        for passage in cut(document):
            for asked in passage.asked:
                owners[search_form(asked)].add(document.id)
    assert {asked: owner for asked, owner in owners.items() if len(owner) > 1} == {}


def test_a_saying_stands_once_in_the_lexicon_and_means_other_words() -> None:
    lines = (LEXICON / "colloquial.tsv").read_text(encoding="utf-8").splitlines()
    said = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]
    assert len(said) == len(set(said))
    entries = Colloquial.load().entries
    assert len(entries) == len(said) >= 400
    assert [said for said, meant in entries if not meant] == []
