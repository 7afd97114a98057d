"""What people say and how the talk goes; the only importer of rasa."""
