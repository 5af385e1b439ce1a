"""What is told of a run: tables, a page, JUnit, lines for programs."""
