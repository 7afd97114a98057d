"""Staff and their departments: who may sign in, and as what."""
