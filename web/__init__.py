"""What the page shows: texts, styles, and answers and articles as HTML; and its server."""

import os

# Before Gradio is imported: nothing is reported to anyone.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
