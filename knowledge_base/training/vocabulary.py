"""The encoder's tokenizer: characters and frequent words, cut by their likelihood (Unigram)."""

import math
from collections import Counter
from collections.abc import Iterable

import jieba
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

UNKNOWN = "[UNK]"
_RARE = 3
_LONGEST_WORD = 8


def train_tokenizer(texts: Iterable[str], terms: Iterable[str], size: int) -> Tokenizer:
    """A tokenizer of `size` tokens: every usual character, then the most frequent words.

    `terms` are counted as words of our own even where they are rare.
    """
    cutter = jieba.Tokenizer()
    cutter.initialize()
    wanted = list(terms)
    for term in wanted:
        cutter.add_word(term)
    normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    characters: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for text in texts:
        plain = normalizer.normalize_str(text)
        characters.update(char for char in plain if "\u3400" <= char <= "\u9fff")
        words.update(
            word
            for word in cutter.cut(plain, HMM=False)
            if 1 < len(word) <= _LONGEST_WORD and all("\u3400" <= char <= "\u9fff" for char in word)
        )
    for term in wanted:
        if 1 < len(term) <= _LONGEST_WORD:
            words[term] += _RARE
    kept = [char for char, count in characters.most_common() if count >= _RARE]
    kept += list("abcdefghijklmnopqrstuvwxyz0123456789%.")
    chosen = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    chosen = chosen[: size - len(kept) - 1]
    total = sum(words.values()) + sum(characters.values())
    vocabulary = [(UNKNOWN, 0.0)]
    vocabulary += [
        # Characters cost more than words, so a known word is never cut into pieces.
        (char, math.log((characters[char] + 1) / total / 100))
        for char in kept
    ]
    vocabulary += [(word, math.log(count / total)) for word, count in chosen]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[^\u3400-\u9fffa-z0-9.%]+"), "removed"),
            pre_tokenizers.Split(Regex(r"[a-z0-9.%]+"), "isolated"),
        ]
    )
    return tokenizer
