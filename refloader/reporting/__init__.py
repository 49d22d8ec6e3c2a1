"""What was found, for people and for programs: a module for each form of report."""
