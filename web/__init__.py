"""What the page shows: texts, styles, and answers and articles as HTML."""
