"""Policy documents as anyone may read them, passage by passage."""
