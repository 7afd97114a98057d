"""How our encoder's weights were made: tokenizer, pairs, contrast; runnable again on a CPU."""
