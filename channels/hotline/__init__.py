"""The hotline: one spoken turn after the other, through jambonz's webhooks and verbs."""
