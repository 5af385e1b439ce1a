"""Reports for people: one HTML file each, which asks the network for nothing."""

from evals.reports.html.comparison_page import write_comparison
from evals.reports.html.report_page import write_html

__all__ = ["write_comparison", "write_html"]
