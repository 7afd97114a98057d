"""Working time: the city's office hours and working days, and what a promise in them means."""
