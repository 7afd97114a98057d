"""People, their conversations, and every message in and out: the store nothing is lost from."""
