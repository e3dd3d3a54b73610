"""The market report: the newest day in charts and short tables, and the four answers."""
