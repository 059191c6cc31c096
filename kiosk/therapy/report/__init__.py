"""One profile's report for a therapist: one page, as PDF and as HTML, onto a stick."""
