"""What staff and the system changed: who, when, what; written once, never altered."""
