"""The desk's pages: templates, style and script."""
