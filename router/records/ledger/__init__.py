"""Questions to the tables that must all have the answer "none": what does not add up, row by row."""
