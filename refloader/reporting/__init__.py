"""What was found, for people and for programs: the terminal's report and JSON lines."""
