"""The service desk: one Django app per business noun."""
